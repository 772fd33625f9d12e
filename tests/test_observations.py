"""Recorded figures: the shipped file, the rule for intervals, what is said of a bad file, how a figure is read off."""

from copy import deepcopy
from datetime import date
from math import inf

import numpy as np
import pytest
from small_world import FRAME, kept, outcome

from sim.facts.days import day_of
from sim.facts.errors import InputError
from sim.study.keeping.tables import blocks, events_table
from sim.study.reading.load import load
from sim.study.replication import Outcome
from sim.study.scoring.checking import faults_beside
from sim.study.scoring.figures import Interval, Observation, stretch
from sim.study.scoring.observations import checked, recorded, shipped_file
from sim.study.scoring.observed import observe
from sim.study.scoring.reading_off import first_days
from sim.world.journal import Event

FIGURE = {
    "topic": "t",
    "what": "w",
    "measure": "deliveries",
    "period": "2024-01..2024-02",
    "unit": "chips",
    "central": 100.0,
    "confidence": "estimate",
    "known": date(2024, 6, 1),
    "source": "V13",
    "role": "check",
}
SPREAD = {
    "factor": {"filing": 0.1, "estimate": 0.25, "press": 0.4},
    "days": {"press": 30.0, "estimate": 20.0},
    "zero": {"chips": 5.0},
}


def tree(**changes):
    figure = {name: value for name, value in {**FIGURE, **changes}.items() if value is not None}
    return {"spread": deepcopy(SPREAD), "figures": {"one": figure}}


def one(**changes):
    return checked(tree(**changes), "f.toml")


def said(**changes):
    with pytest.raises(InputError) as error:
        one(**changes)
    return [str(fault) for fault in error.value.faults]


def test_the_shipped_figures_are_many_sourced_and_of_both_roles():
    figures = recorded().figures
    assert len(figures) >= 65
    assert {figure.role for figure in figures.values()} == {"calibration", "check"}
    assert sum(figure.role == "check" for figure in figures.values()) >= 35
    assert faults_beside(str(shipped_file())) == ()


def test_roles_fixed_by_the_issue_stay_fixed():
    role = {name: figure.role for name, figure in recorded().figures.items()}
    for name in (
        "h20-2024",
        "h20-revenue-2024",
        "910b-over-h20-2024",
        "deepseek-a100-2021",
        "a800-window",
        "a800-2022q4",
    ):
        assert role[name] == "calibration", name
    for name in ("h20-2024q1", "h20-revenue-2025-feb-apr", "nvidia-lost-2025-q2", "ascend-2025", "smuggled-2025"):
        assert role[name] == "check", name


def test_every_shipped_figure_lies_in_the_baselines_days():
    window = load("baseline").scenario.window
    for name, figure in recorded().figures.items():
        for part in figure.parts:
            span = stretch(part.period)
            assert day_of(window.start) <= span.start < span.end <= day_of(window.end), name


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, Interval(80, 100, 125)),
        ({"low": 90.0, "high": 130.0}, Interval(90, 100, 130)),
        ({"central": 0.0}, Interval(0, 0, 5)),
        ({"bound": "at least"}, Interval(100, 100, inf)),
        ({"bound": "at most"}, Interval(-inf, 100, 100)),
        (
            {
                "measure": None,
                "period": None,
                "event": "sold",
                "chips": ["F1"],
                "unit": "date",
                "central": date(2024, 3, 1),
            },
            Interval(*(float(day_of(date(2024, 3, 1)) + days) for days in (-20, 0, 20))),
        ),
        (
            {"measure": None, "period": None, "event": "a", "since": "b", "chips": ["F1"], "unit": "days"},
            Interval(80, 100, 120),
        ),
    ],
)
def test_an_interval_is_the_figures_own_or_the_rules(changes, wanted):
    assert one(**changes).interval("one") == wanted


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"measure": "delivery"}, "figures.one.measure: no measure is called 'delivery'; did you mean deliveries?"),
        ({"items": ["hbm"]}, "figures.one.items: deliveries is not recorded by item; leave items out"),
        ({"origins": ["leagl"]}, "figures.one.origins: unknown origin 'leagl'; did you mean legal?"),
        ({"period": "2024-13"}, "figures.one.period: "),
        ({"period": "spring"}, "figures.one.period: 'spring' is not a period"),
        ({"unit": "USD"}, "figures.one.unit: should be 'chips', not 'USD'"),
        ({"low": 90.0}, "figures.one.low: give both low and high, or neither"),
        ({"low": 110.0, "high": 120.0}, "figures.one.central: low <= central <= high does not hold"),
        ({"central": date(2024, 1, 1)}, "figures.one.central: a date goes with an event"),
        (
            {"measure": "revenue", "unit": "USD", "central": 0.0},
            "figures.one.central: the rule says nothing of zero",
        ),
        ({"measure": "lead_time", "unit": "days"}, "figures.one.chips: lead_time does not add up"),
        ({"colour": "red"}, "figures.one.colour: unknown key 'colour'"),
        ({"known": "2024"}, "figures.one.known: should be a date such as 2024-07-01"),
        ({"over": {"measure": "order", "period": "2024"}}, "figures.one.over.measure: no measure is called 'order'"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(changes, wanted):
    assert any(fault.startswith(f"f.toml: {wanted}") for fault in said(**changes)), said(**changes)


def test_check_names_unknown_chips_and_rows(tmp_path):
    text = shipped_file().read_text(encoding="utf-8").replace('chips = ["A100"]', 'chips = ["A10"]', 1)
    file = tmp_path / "mine.toml"
    file.write_text(text.replace('source = "V20"', 'source = "V999"'), encoding="utf-8")
    told = [str(fault) for fault in faults_beside(str(file)) or ()]
    assert len(told) == 2
    assert "unknown chip 'A10'; did you mean A100?" in told[0]
    assert "h20-revenue-2025-aug-oct.source: cites 'V999'" in told[1]


def test_the_digest_changes_with_what_is_asked_and_not_with_what_was_recorded():
    assert one().digest == one(central=5.0, role="calibration", source="V1").digest
    assert one().digest != one(period="2024-01").digest
    assert one().digest != one(chips=["F1"]).digest


def read_off(ensemble, **changes):
    figure = Observation.model_validate({**FIGURE, **changes})
    firsts = first_days(events_table(ensemble).lazy(), [one.number for one in ensemble])
    told = observe({"one": figure}, blocks(ensemble, FRAME), FRAME, firsts)
    return told.values["one"].tolist() if told.values else told.left_out["one"]


def flows(number):
    """Two replications: chip F1 comes to the cloud and the lab every month, twice as much in the second."""
    came = np.zeros((4, 2, 2, 3))
    came[:, :, 0, 0] = [[1, 10], [2, 20], [3, 30], [4, 40]]
    waits = np.array([[np.nan, 7.0], [10.0, 7.0], [20.0, 7.0], [np.nan, 7.0]])
    return outcome(number, deliveries=came * (number + 1), stock=came[..., 0], orders=came[..., 0] * 2, lead_time=waits)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, [33, 66]),
        ({"actors": ["lab"]}, [30, 60]),
        ({"actors": ["lab", "cloud"], "chips": ["F1", "D1"], "origins": ["legal"]}, [33, 66]),
        ({"origins": ["smuggled"]}, [0, 0]),
        ({"measure": "stock"}, [22, 22]),
        ({"measure": "stock", "take": "mean"}, [16.5, 16.5]),
        ({"measure": "stock", "take": "max", "plus": 1.0}, [23, 23]),
        ({"measure": "lead_time", "chips": ["F1"], "period": "2024-01..2024-04", "take": "mean"}, [15, 15]),
        ({"over": {"measure": "orders", "period": "2024-01..2024-02"}}, [0.5, 1.0]),
        ({"chips": ["H99"]}, "there is no chip 'H99'"),
        ({"period": "2024"}, "2024 is not wholly inside the simulated days"),
    ],
)
def test_a_figure_is_read_off_every_replication(changes, wanted):
    assert read_off(kept(flows(0), flows(1)), **changes) == wanted


def with_events(number, *events):
    quiet, start = outcome(number), FRAME.span.start
    log = tuple(Event(i + 1, None, start + day, kind, chip=chip) for i, (day, kind, chip) in enumerate(events))
    return Outcome(number, quiet.measures, log)


def test_events_are_dated_by_their_first_and_what_never_came_is_infinite():
    ensemble = kept(
        with_events(0, (3, "sold", "F1"), (5, "sold", "F1"), (13, "stopped", "F1")),
        with_events(1, (4, "sold", "D1")),
        with_events(2, (6, "sold", "F1")),
    )
    start = FRAME.span.start
    assert read_off(ensemble, event="sold", chips=["F1"]) == [start + 3, inf, start + 6]
    assert read_off(ensemble, event="stopped", since="sold", chips=["F1"]) == [10, inf, inf]
