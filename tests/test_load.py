"""How files become a scenario: who wins, who clashes, what is new, where each value comes from, and back to a file."""

import time
from datetime import date
from pathlib import Path

import pytest

from sim.facts.errors import InputError
from sim.study.reading.load import load
from sim.study.reading.resolved import resolved_toml
from sim.study.reading.shipped import names, parsed, parts

WORLDS = Path(__file__).parent / "worlds/tiny"
TINY = str(WORLDS / "tiny.toml")


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write scenario files that extend the tiny world and load the last of them."""
    monkeypatch.chdir(tmp_path)

    def written(*bodies, extends=f'"{TINY}"', settings=()):
        for number, body in enumerate(bodies):
            inherits = extends if number == 0 else f'"{number - 1}"'
            text = body if "extends =" in body else f"extends = {inherits}\n{body}"
            Path(f"{number}.toml").write_text(f'title = "T{number}"\nquestion = "Q?"\n{text}', encoding="utf-8")
        return load(f"{len(bodies) - 1}.toml", settings)

    return written


def faults(error):
    return [str(fault) for fault in error.value.faults]


# Who wins


def test_tables_merge_key_by_key(write):
    scenario = write("[buyers.Lab]\nlisted = true").scenario
    assert scenario.buyers["Lab"].listed
    assert scenario.buyers["Lab"].cover.high == 120
    assert set(scenario.buyers) == {"Cloud", "Lab"}


def test_leaves_are_replaced_whole(write):
    scenario = write("buyers.Lab.cover = 45\ndemand.load = { points = { 2023-01-01 = 7 } }").scenario
    assert (scenario.buyers["Lab"].cover.low, scenario.buyers["Lab"].cover.central) == (None, 45)
    assert scenario.demand.load.points == {date(2023, 1, 1): 7}
    assert scenario.demand.load.interpolate == "linear"


def test_the_nearest_descendant_wins_and_the_command_line_over_all(write):
    bodies = ("demand.wear = 0.06", "demand.wear = 0.07")
    assert write(*bodies).scenario.demand.wear.central == 0.07
    assert write(*bodies, settings=["demand.wear=0.08"]).scenario.demand.wear.central == 0.08


def test_layers_stand_in_the_order_applied(write):
    loaded = write("demand.wear = 0.06", 'extends = ["0"]', settings=["demand.wear=0.08"])
    assert [Path(file).name for file in loaded.layers] == ["parts.toml", "tiny.toml", "0.toml", "1.toml", "--set"]
    assert [Path(file).name for file in loaded.parents] == ["tiny.toml", "0.toml"]


def test_a_heading_is_not_inherited(write):
    scenario = write("").scenario
    assert (scenario.name, scenario.title, scenario.sources) == ("0", "T0", [])


def test_order_of_entries_follows_the_parents(write):
    body = '[chips.Beta]\nnew = true\nvendor = "acme"\nline = "one"\nstack = "cuda"\n[chips.Alpha]\ndies = 2'
    assert list(write(body).scenario.chips) == ["Alpha", "Delta", "Beta"]


# Who clashes


def test_listed_parents_that_disagree_clash(write):
    with pytest.raises(InputError) as error:
        write("demand.wear = 0.06", f'extends = "{TINY}"\ndemand.wear = 0.07', 'extends = ["0", "1"]')
    assert faults(error) == [
        "2.toml: demand.wear: parents disagree: 0.06 in 0.toml and 0.07 in 1.toml; state the value here to decide"
    ]


def test_the_child_decides_between_parents_that_disagree(write):
    last = 'extends = ["0", "1"]\ndemand.wear = 0.08'
    loaded = write("demand.wear = 0.06", f'extends = "{TINY}"\ndemand.wear = 0.07', last)
    assert loaded.scenario.demand.wear.central == 0.08


def test_parents_that_agree_or_inherit_the_same_do_not_clash(write):
    loaded = write("demand.wear = 0.06", f'extends = "{TINY}"\ndemand.wear = 0.06', 'extends = ["0", "1"]')
    assert loaded.scenario.demand.wear.central == 0.06


@pytest.mark.parametrize("order", ['["0", "1"]', '["1", "0"]'])
def test_what_one_parent_changes_stands_against_what_the_other_only_inherits(write, order):
    loaded = write("demand.wear = 0.06", f'extends = "{TINY}"\nmemory.held = 9', f"extends = {order}")
    assert (loaded.scenario.demand.wear.central, loaded.scenario.memory.held.central) == (0.06, 9)


def test_two_sources_of_one_table_do_not_clash(write):
    first = '[rules.ban]\nin_force_days = 5\nsource = "X1"'
    second = f'extends = "{TINY}"\n[rules.ban]\nleaked_days_before = 9\nsource = "X2"'
    loaded = write(first, second, 'extends = ["0", "1"]')
    assert loaded.provenance["rules.ban.in_force_days"].source == "X1"
    assert loaded.provenance["rules.ban.leaked_days_before"].source == "X2"


# What is new


def test_a_new_entry_says_so_and_may_then_be_changed_by_its_children(write):
    new = '[chips.Beta]\nnew = true\nvendor = "acme"\nline = "one"\nstack = "cuda"'
    assert write(new, "chips.Beta.dies = 2").scenario.chips["Beta"].dies == 2


def test_a_table_that_no_parent_has_needs_no_new(write):
    body = '[licences.one]\nrules = ["ban"]\nissued = 2023-06-01'
    assert set(write(body).scenario.licences) == {"one"}


# Where values come from


def test_a_source_is_the_nearest_in_the_same_file(write):
    body = """
    source = "F"
    replications = 9
    [buyers.Lab]
    source = "B"
    listed = true
    cover = { central = 5, source = "E" }
    [buyers.Lab.preference]
    source = "P"
    cann = { points = { 2022-01-01 = 0.5 } }
    """
    origins = write(body).provenance
    keys = ("replications", "buyers.Lab.listed", "buyers.Lab.cover", "buyers.Lab.preference.cann")
    assert [origins[key].source for key in keys] == ["F", "B", "E", "P"]
    assert origins["buyers.Lab.preference.cuda"].source == "judgement: a made-up world for tests"


def test_a_changed_value_never_keeps_its_parents_source(write):
    origin = write("rules.ban.announced = 2022-10-07").provenance["rules.ban.announced"]
    assert (origin.value, origin.source, origin.file) == (date(2022, 10, 7), "stated in 0.toml", "0.toml")
    assert (origin.old, Path(origin.old_file).name) == (date(2023, 1, 1), "parts.toml")
    assert origin.overrides


def test_a_setting_is_named_as_one(write):
    origin = write("demand.wear = 0.06", settings=["demand.wear=0.07"]).provenance["demand.wear"]
    assert (origin.value, origin.source, origin.file) == (0.07, "stated in --set", "--set")
    assert (origin.old, origin.old_file) == (0.06, "0.toml")


def test_changes_are_those_of_the_file_and_the_command_line(write):
    loaded = write("demand.wear = 0.06", "memory.held = 5", settings=["replications=2"])
    assert set(loaded.changes) == {"memory.held", "replications"}


def test_estimates_and_series_know_their_key(write):
    scenario = write("buyers.Lab.cover = { central = 5, low = 4, high = 6 }").scenario
    assert scenario.buyers["Lab"].cover.key == "buyers.Lab.cover"
    assert scenario.domestic["delta"].die_yield.factor.key == "domestic.delta.die_yield"
    assert scenario.chips["Delta"].price.key == ""


def test_sources_and_notes_are_not_values():
    about = {"source", "note", "title", "question"}
    assert [key for key in load(TINY).provenance if key.split(".")[-1] in about] == ["rules.ban.title"]


# Back to a file


@pytest.mark.parametrize("settings", [(), ("demand.wear=0.03", "rules.ban.withdrawn_days=90")])
@pytest.mark.parametrize("name", ["tiny", "early"])
def test_a_resolved_scenario_is_the_same_world(name, settings, tmp_path):
    loaded = load(str(WORLDS / f"{name}.toml"), settings)
    (tmp_path / "other.toml").write_text(resolved_toml(loaded), encoding="utf-8")
    again = load(str(tmp_path / "other.toml"))
    assert again.scenario == loaded.scenario
    assert sources(again) == sources(loaded)
    assert resolved_toml(again).splitlines()[1:] == resolved_toml(loaded).splitlines()[1:]


@pytest.mark.parametrize("name", names())
def test_a_resolved_shipped_scenario_is_the_same_world(name, tmp_path):
    loaded = load(name)
    (tmp_path / "other.toml").write_text(resolved_toml(loaded), encoding="utf-8")
    again = load(str(tmp_path / "other.toml"))
    assert again.scenario.model_dump_json() == loaded.scenario.model_dump_json()
    assert sources(again) == sources(loaded)


def test_a_resolved_scenario_names_no_folder():
    assert str(WORLDS.parent) not in resolved_toml(load(TINY))
    assert "extends" not in resolved_toml(load(TINY))


def sources(loaded):
    return {key: origin.source for key, origin in loaded.provenance.items()}


# What ships


@pytest.mark.parametrize("name", names())
def test_every_shipped_scenario_loads(name):
    assert load(name).scenario.name == name


def test_parts_are_not_scenarios():
    assert parts()
    assert not set(names()) & set(parts())
    assert "sources" not in names()


def test_the_baseline_loads_quickly():
    def seconds():
        parsed.cache_clear()
        begun = time.process_time()
        load("baseline")
        return time.process_time() - begun

    assert min(seconds() for _ in range(5)) < 0.25
