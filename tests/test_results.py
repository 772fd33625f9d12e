import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from sim.facts.errors import InputError
from sim.study.keeping.results import damage, find_run, keep, open_run, replace_file
from sim.study.keeping.shelf import FOLDER
from sim.study.question import Asked, Question, ask, canonical
from sim.study.runs import How, answer

TINY = str(Path(__file__).parent / "worlds/tiny/tiny.toml")
SOMETIMES_BREAKS = 'buyers.Cloud.initial.Alpha={ central = 500, low = 500, high = 1e30, unit = "chips" }'


def tiny(*settings: str, **asked) -> Question:
    return ask(TINY, Asked(settings, **asked))


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "run-info.json")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return answer(tiny(), How(tmp_path_factory.mktemp("first")))


def test_a_run_leaves_these_files_and_no_others(first):
    assert sorted(contents(first.path)) == [
        "charts/availability.csv",
        "charts/availability.png",
        "events.parquet",
        "groups.parquet",
        "headline.json",
        "manifest.json",
        "measures.json",
        "observed.parquet",
        "scenario.toml",
        "series.parquet",
        "summary.parquet",
    ]
    assert (first.path / "run-info.json").is_file()
    assert {path.name for path in first.path.parent.iterdir()} == {first.path.name, FOLDER}


def test_the_same_question_gives_the_same_bytes_whatever_the_number_of_processes(tmp_path):
    question = tiny(replications=6)
    alone, *others = (answer(question, How(tmp_path / str(jobs), jobs=jobs)) for jobs in (1, 2, 3))

    for again in others:
        assert again.path.name == alone.path.name
        assert contents(again.path) == contents(alone.path)


def test_the_resolved_scenario_asks_the_same_question_again(tmp_path):
    once = answer(tiny("demand.wear=0.1", replications=2, until="2023-07-01"), How(tmp_path / "once"))
    resolved = ask(str(once.path / "scenario.toml"), Asked())

    assert resolved.folder == once.path.name
    twice = answer(resolved, How(tmp_path / "twice"))
    assert contents(twice.path) == contents(once.path)


def test_a_question_asked_again_is_answered_from_disk(first):
    stamp = (first.path / "run-info.json").read_bytes()
    again = answer(tiny(), How(first.path.parent))

    assert (first.from_disk, again.from_disk) == (False, True)
    assert (first.path / "run-info.json").read_bytes() == stamp


def spoil(folder: Path) -> None:
    table = folder / "summary.parquet"
    table.write_bytes(table.read_bytes()[:-1])


def lose(folder: Path) -> None:
    (folder / "events.parquet").unlink()


def scribble(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")


def relabel(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "schema": "chipsim/manifest/0"}))


@pytest.mark.parametrize("harm", [spoil, lose, scribble, relabel])
def test_a_damaged_folder_is_no_answer_and_is_made_whole(first, harm, tmp_path):
    folder = tmp_path / first.path.name
    shutil.copytree(first.path, folder)
    harm(folder)
    assert damage(folder)
    with pytest.raises(InputError, match="run the scenario again"):
        open_run(folder)

    mended = answer(tiny(), How(tmp_path))

    assert not mended.from_disk
    assert contents(mended.path) == contents(first.path)


def test_failures_are_in_the_manifest_the_rest_is_written_and_it_is_never_an_answer(tmp_path):
    question = tiny(SOMETIMES_BREAKS, replications=4)
    broken = answer(question, How(tmp_path))

    assert 0 < len(broken.failures) < 4
    assert {"replication", "date", "cause"} == set(broken.failures[0])
    assert broken.failures[0]["date"] == "2022-01-01"
    assert pl.read_parquet(broken.path / "series.parquet")["replication"].n_unique() == 4 - len(broken.failures)
    assert not answer(question, How(tmp_path)).from_disk


def test_where_all_fail_there_is_no_chart_and_the_headline_says_so(tmp_path):
    run = answer(tiny("buyers.Cloud.initial.Alpha=1e30", replications=2), How(tmp_path))

    assert len(run.failures) == 2
    assert pl.read_parquet(run.path / "summary.parquet").is_empty()
    assert not (run.path / "charts").exists()
    assert run.headline["rows"] == []
    assert all("undefined in every replication" in note for note in run.headline["notes"])


def test_raw_series_are_added_to_an_answer_and_its_charts_stay(tmp_path):
    question = tiny(replications=21)
    plain = answer(question, How(tmp_path, jobs=1))
    assert not (plain.path / "series.parquet").exists()
    (plain.path / "charts" / "mine.png").write_bytes(b"drawn later")

    raw = answer(question, How(tmp_path, jobs=1, raw=True))

    assert (raw.path / "series.parquet").is_file()
    assert (raw.path / "charts" / "mine.png").read_bytes() == b"drawn later"
    assert answer(question, How(tmp_path, raw=True)).from_disk


class Interrupted(BaseException):
    """Stands for Ctrl-C."""


@pytest.mark.parametrize("halt", [Interrupted(), OSError(28, "No space left on device")])
def test_what_stops_half_way_leaves_nothing(halt, tmp_path):
    def fill(folder: Path) -> None:
        (folder / "summary.parquet").write_bytes(b"half")
        raise halt

    with pytest.raises(type(halt)):
        keep(tmp_path, "run", fill)

    assert list(tmp_path.iterdir()) == []


def test_what_stops_half_way_leaves_an_earlier_run_alone(tmp_path):
    keep(tmp_path, "run", lambda folder: replace_file(folder / "table", b"old"))

    def fill(folder: Path) -> None:
        (folder / "table").mkdir()
        (folder / "table").write_bytes(b"new")

    with pytest.raises(OSError, match="directory"):
        keep(tmp_path, "run", fill)

    assert contents(tmp_path) == {"run/table": b"old"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_place_is_told_and_left_alone(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError):
        answer(tiny(replications=1), How(tmp_path / "results"))
    tmp_path.chmod(0o700)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    (tmp_path / "chart.png").mkdir()
    with pytest.raises(OSError, match="directory"):
        replace_file(tmp_path / "chart.png", b"picture")

    assert [path.name for path in tmp_path.iterdir()] == ["chart.png"]


def test_hash_follows_what_matters_and_nothing_else():
    plain = tiny().hash

    assert tiny("demand.wear=0.06").hash != plain
    assert tiny(seed=2).hash != plain
    assert tiny(replications=4).hash != plain
    assert tiny(until="2024-12-31").hash != plain
    assert tiny('rules.ban.note="said twice"').hash == plain
    assert tiny(replications=3, until="2025-01-01").hash == plain


def test_canonical_values_forget_sources_and_keep_the_order_of_named_tables():
    scenario = tiny().scenario
    turned = scenario.model_copy(update={"buyers": dict(reversed(scenario.buyers.items()))})

    assert "source" not in json.dumps(canonical(scenario))
    assert list(canonical(turned)["buyers"]) == ["Lab", "Cloud"]


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"replications": 0}, "--reps: 0 is not a number of replications"),
        ({"seed": -1}, "--seed: -1 is below zero"),
        ({"until": "soon"}, "--until: 'soon' is not a date"),
        ({"until": "2022-01-01"}, "--until: 2022-01-01 is not between"),
        ({"until": "2031-01-01"}, "--until: 2031-01-01 is not between"),
    ],
)
def test_a_bad_question_names_its_fault(asked, problem):
    with pytest.raises(InputError, match=problem):
        tiny(**asked)


def test_a_run_is_found_by_path_and_by_name(first):
    assert find_run(str(first.path)) == first.path
    assert find_run(first.path.name, first.path.parent) == first.path
    assert find_run("baseline", first.path.parent) is None
    with pytest.raises(InputError, match=r"folder without manifest\.json"):
        find_run(str(first.path.parent))


def test_a_shorter_span_leaves_out_the_headline_that_lies_beyond(tmp_path):
    run = answer(tiny(replications=1, until="2024-01-01"), How(tmp_path))

    assert [row["name"] for row in run.headline["rows"]] == ["delta"]
    assert run.headline["notes"] == ["headline.stock: 2024 is not wholly inside the simulated days"]
    assert run.manifest["span"] == {"start": "2022-01-01", "end": "2024-01-01"}


def test_how_is_not_part_of_the_question(first):
    assert answer(tiny(), replace(How(first.path.parent), jobs=2)).from_disk
