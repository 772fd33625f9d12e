"""What a day knew: when a row was published, what of a number stays, how a cut series goes on, that nothing leaks."""

from datetime import date
from math import log

import numpy as np
import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.cli.validate import columns
from sim.facts.days import day_of
from sim.facts.estimate import Series
from sim.study.audit import is_number
from sim.study.question import canonical
from sim.study.reading.keys import parse_key
from sim.study.reading.load import load
from sim.study.reading.provenance import Origin
from sim.study.reading.resolved import resolved_toml
from sim.study.scoring.as_of import day_known, known_on
from sim.study.scoring.levels import ELSEWHERE, SPECIFICATIONS, level
from sim.study.scoring.publication import end_of, published
from sim.study.scoring.refit import problem_of
from sim.study.scoring.trend import carried_on, growth, known_points
from sim.study.sources import Row, cited, table
from sim.world.draws import Draws

BASE = load("baseline")
DAY = date(2024, 1, 1)
WRITTEN = date(2026, 7, 1)
END = date(2029, 1, 1)


# when a row was published


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("7 Oct 2022 (chip part effective 21 Oct 2022: knowledge)", date(2022, 10, 21)),
        ("[week of 11 Aug 2025]", date(2025, 8, 11)),
        ("Jan–Feb 2024", date(2024, 2, 29)),
        ("H1 2023", date(2023, 6, 30)),
        ("CY2024", date(2024, 12, 31)),
        ("2025–26", date(2026, 12, 31)),
        ("mid-2025", date(2025, 7, 31)),
        ("31 Feb 2024", date(2024, 2, 29)),
        ("", None),
    ],
)
def test_a_period_is_known_when_it_is_over(text, end):
    assert end_of(text) == end


def row(when, who="", confidence="press", address=""):
    return Row("X1", "", "", when, who, confidence, address)


@pytest.mark.parametrize(
    ("one", "day"),
    [
        (row("2023"), date(2023, 12, 31)),
        (row("to Dec 2024", confidence="estimate", address="https://x.org/2025-09-08_a"), date(2025, 9, 8)),
        (row("Dec 2024", address="https://x.org/2025/09/08/a"), date(2024, 12, 31)),
        (row("2026 plan", address="https://x.org/2025/08/28/a"), date(2025, 8, 28)),
        (row("2028", who="Morgan Stanley, 26 Apr 2026"), date(2026, 4, 26)),
        (row("2028"), None),
        (row(""), None),
    ],
)
def test_what_lies_ahead_is_as_old_as_its_page_and_what_has_no_day_is_never_known(one, day):
    assert published(one, WRITTEN) == day


def test_figures_and_choices_tell_the_day_of_their_rows():
    shelf = day_known(BASE, DAY).shelf
    assert shelf.days["V4"] == date(2023, 11, 28)
    assert shelf.days["E2"] == date(2026, 4, 15)
    there, later = shelf.read_by("Z21", DAY)
    assert "P1" in there
    assert "P7" in later


# trends


def series(points, unit="chips a year", interpolate="log"):
    return {"points": {day: float(value) for day, value in points.items()}, "unit": unit, "interpolate": interpolate}


DOUBLING = series({"2022-01-01": 1000, "2023-01-01": 2000, "2024-01-01": 4000, "2025-01-01": 5})


def on(leaf, day):
    return Series(**leaf, source="x").at(day_of(day))


def test_a_doubling_series_keeps_growing_less_each_year_and_not_to_what_came():
    cut = carried_on(DOUBLING, known_points(DOUBLING, DAY), END)
    first, second, third = (log(on(cut, date(y + 1, 1, 1)) / on(cut, date(y, 1, 1))) for y in (2024, 2025, 2026))
    assert log(2) > first > second > third > 0
    assert first == pytest.approx(log(2) * 0.816, rel=0.01)
    assert on(cut, DAY) == pytest.approx(4000)


@pytest.mark.parametrize(
    ("leaf", "grows"),
    [
        (DOUBLING, True),
        ({**DOUBLING, "unit": "share of price"}, False),
        ({**DOUBLING, "unit": "weight"}, False),
        ({**DOUBLING, "interpolate": "step"}, False),
        (series({f"2023-{m:02}-01": 100 * m for m in (1, 4, 7, 10)}, interpolate="step"), True),
        (series({"2022-01-01": 10, "2023-01-01": 0}, interpolate="linear"), False),
        (series({"2022-01-01": 0, "2022-07-01": 10, "2023-01-01": 20}, interpolate="linear"), True),
    ],
)
def test_amounts_and_records_grow_on_shares_and_settings_stay(leaf, grows):
    points = known_points(leaf, DAY)
    assert (growth(leaf, points) > 0) == grows
    assert (on(carried_on(leaf, points, END), END) > list(points.values())[-1]) == grows


def test_the_chips_of_a_quarter_are_known_when_it_is_over():
    quarters = series({"2023-07-01": 1, "2023-10-01": 2, "2024-01-01": 3, "2024-04-01": 4}, interpolate="step")
    assert list(known_points(quarters, DAY).values()) == [1, 2]
    assert list(known_points(quarters, date(2023, 12, 31)).values()) == [1]


def test_doubt_grows_with_the_distance_and_is_none_before_it():
    cut = Series(**carried_on(DOUBLING, known_points(DOUBLING, DAY), END), source="x", key="x")
    days = np.array([day_of(date(year, 1, 1)) for year in (2023, 2024, 2025, 2027)], float)
    spread = np.std([np.log(Draws(1, number).curve(cut, days)) for number in range(40)], axis=0)
    assert spread[:2] == pytest.approx([0, 0], abs=1e-9)
    assert 0.2 < spread[2] < spread[3]


# numbers


@pytest.mark.parametrize("day", [date(2022, 6, 1), DAY, date(2025, 6, 1)])
def test_no_number_whose_sources_are_all_later_goes_unnoticed(day):
    known, shelf, rows = known_on(BASE, day), day_known(BASE, day).shelf, table()
    told = {one.key: one for one in known.levels}
    idle = {one for key in known.idle for one in BASE.provenance if f"{one}.".startswith(f"{key}.")}
    idle |= {one for one in BASE.provenance if set(parse_key(one)) & set(known.dropped)}
    for key, origin in BASE.provenance.items():
        if not is_number(origin.value) or isinstance(origin.value, date) or parse_key(key)[0] in ELSEWHERE:
            continue
        assert (key in told) != (key in idle), key
        if key in told and cited(origin.source, rows) and not shelf.read_by(origin.source, day)[0]:
            one = told[key]
            assert one.standing in ("later", "fitted later") or SPECIFICATIONS in cited(origin.source, rows), key


def value(raw, source, day=DAY):
    return level("grey.made.up", Origin(raw, source, "x"), day_known(BASE, day))


ESTIMATE = {"low": 90.0, "central": 100.0, "high": 110.0, "unit": "days"}


def test_what_only_later_rows_tell_is_doubted_and_an_interval_that_is_wide_stays():
    late = value(ESTIMATE, "M1")
    assert (late.standing, late.treatment, late.later) == ("later", "widened", ("M1",))
    assert (late.leaf["low"], late.leaf["central"], late.leaf["high"]) == (66.67, 100.0, 150.0)
    assert value({**ESTIMATE, "low": 1.0, "high": 900.0}, "M1").treatment == "kept"
    share = value({**ESTIMATE, "low": 0.79, "central": 0.8, "high": 0.81, "unit": "share"}, "M1").leaf
    assert 0.7 < share["low"] < 0.8 < share["high"] < 0.9


@pytest.mark.parametrize(
    ("source", "standing"),
    [("V2", "known"), ("V2; M1", "partly"), ("M1", "later"), ("judgement: a guess", "judgement")],
)
def test_standing_follows_from_the_rows(source, standing):
    assert value(ESTIMATE, source).standing == standing


def test_a_value_may_state_its_own_day():
    assert value({**ESTIMATE, "known": date(2023, 5, 1)}, "M1").standing == "known"
    assert value({**ESTIMATE, "known": date(2024, 5, 1)}, "V2").standing == "later"


def test_what_was_fitted_later_gives_way_to_its_bounds_or_to_what_is_left():
    known = {one.key: one for one in known_on(BASE, DAY).levels}
    share = known["foreign.nvidia.lines.hopper.china_share_cap"]
    assert (share.standing, share.treatment) == ("fitted later", "prior")
    assert share.leaf["points"] == {"2022-01-01": pytest.approx((0.05 * 0.5) ** 0.5, abs=1e-4)}
    assert share.leaf["relative_high"] == pytest.approx(10**0.5, abs=1e-3)
    packaging = known["domestic.huawei.packaging"].leaf
    assert packaging["fan_from"] == date(2022, 10, 1)
    assert packaging["points"]["2024-01-01"] < BASE.scenario.domestic["huawei"].packaging.points[DAY] / 2
    assert known["buyers.DeepSeek.share"].standing == "fitted"


EDITED = """
title = "Baseline: the rules as they happened"
question = "How many AI chips does China have, from whom, under the export controls as they happened?"
extends = "baseline"
"""


def edited(key, days):
    """A series of the baseline with the points of some days three times as large, as TOML."""
    leaf = BASE.provenance[key].value
    points = "\n".join(f"{day} = {3 * v if days(day) else v}" for day, v in leaf["points"].items())
    plain = "\n".join(f"{k} = {v!r}" for k, v in leaf.items() if k in ("interpolate", "relative_low", "relative_high"))
    source = BASE.provenance[key].source.replace('"', "'")
    unit = leaf.get("unit", "")
    return f'[{key}]\n{plain}\nunit = "{unit}"\nsource = "{source}"\n[{key}.points]\n{points}\n'


CHANGES = {
    "demand.load": lambda day: day > "2024-01-01",
    "foreign.nvidia.lines.hopper.output": lambda day: day >= "2024-01-01",
    "foreign.nvidia.lines.ampere.china_share_cap": lambda day: True,
    "domestic.huawei.packaging": lambda day: day >= "2023-01-01",
    "grey.capacity": lambda day: day >= "2023-07-01",
}


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    file = tmp_path_factory.mktemp("worlds") / "baseline.toml"
    file.write_text(EDITED + "\n".join(edited(key, days) for key, days in CHANGES.items()), encoding="utf-8")
    return str(file)


def as_of(name, day):
    loaded = load(name, known_on(load(name), day).settings)
    return {k: v for k, v in canonical(loaded.scenario).items() if k not in ("title", "question", "sources")}


def test_a_later_number_changed_changes_nothing_as_of_the_day(other):
    assert as_of(other, DAY) == as_of("baseline", DAY)
    assert as_of(other, date(2026, 6, 1)) != as_of("baseline", date(2026, 6, 1))


def test_the_resolved_file_says_what_was_put_in_and_why():
    text = resolved_toml(load("baseline", known_on(BASE, DAY).settings))
    assert "as of 2024-01-01: cut, carried on" in text
    assert "as of 2024-01-01: prior" in text
    assert "fan_from = 2023-10-01" in text


def test_a_fit_as_of_a_day_meets_only_what_was_published(tmp_path):
    for when in (date(2023, 1, 1), DAY, date(2025, 1, 1)):
        known, day = known_on(BASE, when), day_known(BASE, when)
        posed = problem_of(BASE, known, day)
        assert all(figure.known <= when for figure in posed.targets.figures.values())
        assert all(figure.role == "calibration" for figure in posed.targets.figures.values())
        assert all(max(dial.parameter.points) <= when for dial in posed.dials)
        load("baseline", (*posed.under, *posed.settings({dial.name: dial.start for dial in posed.dials})))
        for key in posed.keys:
            assert max(posed.loaded.provenance[key].value["points"]) <= when.isoformat()
    assert {dial.name for dial in posed.dials} == {
        "hopper-share-2023",
        "hopper-share-2024",
        "deepseek-share-2021",
        "huawei-packaging-2023",
        "smuggling-2023",
    }


# the command


def test_a_fit_without_a_day_is_refused(tmp_path):
    done = CliRunner().invoke(app, ["validate", "--refit", "--out", str(tmp_path / "none")])
    assert done.exit_code == 2
    assert "--refit: there is no day to fit as of; give --as-of 2024-01-01 too" in done.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("width", [40, 50, 60, 70, 80])
def test_a_narrow_terminal_keeps_what_matters(width):
    kept = columns(width)
    assert sum(kept.values()) + len(kept) <= width
    assert {"figure", "recorded", "model", "in"} <= kept.keys()
    assert (len(kept) == 8) == (width == 80)
