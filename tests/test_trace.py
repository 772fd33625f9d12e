import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.cli.trace import listed, told
from sim.facts.errors import InputError
from sim.study.causes import Entry, logs_of
from sim.study.keeping.tables import EVENTS
from sim.study.sentences import sentence
from sim.study.tracing import Traces

TINY = str(Path(__file__).parent / "worlds" / "tiny" / "tiny.toml")
COLUMNS = ("id", "cause", "date", "kind", "actor", "chip", "quantity", "unit", "detail")
BAN = [
    (1, None, date(2023, 1, 1), "rule leaked", "ban", "", None, "", "No fast chips"),
    (2, 1, date(2023, 1, 20), "orders rushed", "", "Alpha", 950.0, "chips", ""),
    (3, 1, date(2023, 2, 1), "rule announced", "ban", "", None, "", "No fast chips"),
    (4, 3, date(2023, 2, 1), "rule in force", "ban", "", None, "", "No fast chips"),
    (5, 4, date(2023, 2, 1), "sales stopped", "acme", "Alpha", None, "", ""),
    (6, 4, date(2023, 2, 1), "stock stranded", "acme", "Alpha", 3.1e9, "USD", "40 chips"),
    (7, 3, date(2023, 2, 1), "design started", "acme", "Beta", None, "", "cut"),
    *((8 + i, 5, date(2023, 3 + i, 1), "lot ordered", "Lab", "Alpha", 1000.0, "chips", "") for i in range(4)),
    (12, 8, date(2023, 3, 9), "lot delivered", "Lab", "Alpha", 1000.0, "chips", ""),
    (13, 7, date(2023, 8, 1), "first shipment", "acme", "Beta", None, "", ""),
    (14, 3, date(2023, 9, 1), "rule announced", "answer", "", None, "", "No chips from abroad"),
    (15, 14, date(2023, 9, 1), "rule in force", "answer", "", None, "", "No chips from abroad"),
    (16, 15, date(2023, 9, 1), "orders struck", "", "Beta", 12_000.0, "chips", ""),
    (17, None, date(2023, 9, 2), "first production", "delta", "Delta", None, "", ""),
]
STORY = """\
replication 0 of a-run

2023-01-01  rule leaked: No fast chips
2023-01-20  -> 950 Alpha ordered ahead of the rule
2023-02-01  -> rule announced and in force: No fast chips
2023-02-01    -> sales of the Alpha in China stopped
2023-03-01      -> lot ordered, 4 times, Mar 2023 to Jun 2023:
                   4,000 chips of Alpha
2023-03-09        -> 1,000 smuggled Alpha reach Lab
2023-02-01    -> $3.1bn of Alpha stranded: 40 chips
2023-02-01    -> Acme starts a successor, the Beta: cut
2023-08-01      -> first shipment of the Beta
2023-09-01    -> rule announced and in force: No chips from abroad
2023-09-01      -> orders for 12k Beta struck

in 2 of 2 sound replications; what followed: how often, when, how
much (90% interval)
  orders rushed: Alpha: in 2; 2023-01-20; 950 chips (950 to 950)
"""


def log(*replications: list[tuple]) -> pl.DataFrame:
    numbered = [(number, row) for number, rows in enumerate(replications) for row in rows]
    return pl.DataFrame([(number, *row, "") for number, row in numbered], schema=EVENTS, orient="row")


def traces(*replications: list[tuple]) -> Traces:
    return Traces("a-run", logs_of(log(*replications)), {"acme": "Acme"})


def later(days: int, times: float) -> list[tuple]:
    """The same story with another date and another quantity of the shipment and of the answer's orders."""
    moved = {13: (date(2023, 8, 1 + days), None), 16: (date(2023, 9, 1), 12_000 * times)}
    return [
        (*row[:2], *((moved[row[0]][0],) if row[0] in moved else row[2:3]), *row[3:6],
         moved[row[0]][1] if row[0] in moved else row[6], *row[7:])
        for row in BAN
    ]  # fmt: skip


def test_a_rule_is_told_from_its_leak_to_the_last_consequence(monkeypatch):
    monkeypatch.setenv("COLUMNS", "66")
    story = "\n".join(told(found := traces(BAN, BAN), found.trace("ban", 0)))

    assert story.startswith(STORY)
    assert max(len(line) for line in story.splitlines()) <= 66


def test_an_event_is_told_with_the_causes_behind_it():
    found = traces(BAN).trace("13", 0)

    assert [[entry.id for entry in entries] for entries in found.chain] == [[1], [3], [7], [13]]
    assert found.tree == ()
    assert "it led to nothing" in list(told(traces(BAN), found))


def test_across_replications_dates_and_quantities_have_their_intervals():
    mine = traces(BAN, later(10, 2), later(20, 3), [row for row in BAN if row[0] not in (12, 16)])
    across = {(pattern.kind, pattern.about): pattern for pattern in mine.trace("ban", 0).across}

    shipment, struck = across["first shipment", "Beta"], across["orders struck", "Beta"]
    assert (shipment.replications, shipment.of, shipment.when) == (4, 4, date(2023, 8, 6))
    assert (struck.replications, struck.law) == (3, "answer")
    assert struck.quantity == pytest.approx((13_200, 24_000, 34_800))
    assert across["lot ordered", "Alpha"].times == 4
    assert ("rule announced", "answer") not in across
    assert ("first production", "Delta") not in across


def test_a_step_asked_for_by_its_id_is_followed_from_there():
    across = traces(BAN, BAN).trace("4", 0).across

    assert {pattern.kind for pattern in across} == {"sales stopped", "stock stranded", "lot ordered", "lot delivered"}


def test_without_an_event_what_set_something_off_is_listed():
    mine = traces(BAN)
    lines = list(listed(mine, 0, mine.triggers(0), "a-run"))

    assert [(trigger.name, trigger.caused) for trigger in mine.triggers(0)] == [("ban", 11), ("answer", 1)]
    assert "2023-01-01  11  ban: No fast chips" in lines
    assert lines[-1] == "next: chipsim trace a-run ban"


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ("bam", "did you mean ban"),
        ("an", "say which: ban, answer"),
        ("99", "ids go from 1 to 17"),
    ],
)
def test_what_is_not_known_is_told_with_a_remedy(wanted, problem):
    with pytest.raises(InputError, match=problem):
        traces(BAN).trace(wanted, 0)


def test_a_piece_of_a_name_or_title_is_enough():
    assert traces(BAN).trace("fast", 0).chain[0][0].actor == "ban"


def chipsim(*words: str):
    return CliRunner().invoke(app, list(words))


def test_the_command_runs_a_scenario_and_follows_its_ban(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    listing, story = chipsim("trace", TINY), chipsim("trace", TINY, "ban", "--json")
    document = json.loads(story.stdout)

    assert (listing.exit_code, story.exit_code) == (0, 0)
    assert listing.stdout.splitlines()[-1] == f"next: chipsim trace {TINY} ban"
    assert document["schema"] == "chipsim/trace/1"
    assert document["chain"][0]["kind"] == "rule leaked"
    assert {"sales stopped", "orders struck"} <= {row["kind"] for row in document["across"]}
    stopped = next(row for row in document["across"] if row["kind"] == "sales stopped")
    assert (stopped["about"], stopped["replications"], stopped["date"]["p50"]) == ("Alpha", 3, "2023-01-11")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("cap binds", "quarter", "", 500.0, "chips", "half"), "500 chips withheld by the cap of A quarter: half"),
        (("cap used up", "quarter", "", None, "", "half"), "the cap of A quarter is used up: half"),
        (("regulator closes", "US", "Beta", None, "", "and any other"), "the regulator closes the Beta: and any other"),
        (
            ("offshore closed", "", "Beta", 40.0, "chips", "rented chips go back"),
            "a way abroad closes on 40 chips, most of them Beta: rented chips go back",
        ),
        (("memory ordered ahead", "", "", 90.0, "stacks", ""), "90 stacks of memory ordered ahead"),
        (("held memory sold", "", "", 90.0, "stacks", ""), "90 stacks of held memory sold"),
        (("licence refused", "quarter", "", None, "", "Alpha"), "licence refused: A quarter, for Alpha"),
        (("licence lapsed", "quarter", "", None, "", "Alpha"), "licence lapsed: A quarter, for Alpha"),
    ],
)
def test_an_event_is_told_in_words(row, told):
    assert sentence([Entry(1, None, date(2023, 1, 1), *row)], {"quarter": "A quarter"}) == told


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("bann",), "did you mean ban?"),
        (("ban", "--replication", "7"), "no sound replication 7; give one of 0 to 2"),
    ],
)
def test_a_slip_is_exit_2(words, problem, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = chipsim("trace", TINY, *words)

    assert done.exit_code == 2
    assert problem in done.stderr


def test_many_events_about_no_chip_say_what_and_with_whom():
    makers = ("huawei", "baidu", "hygon", "t-head", "baidu")
    entries = [Entry(i, None, date(2026, 1 + i, 1), "input binds", name, "", None, "", "hbm")
               for i, name in enumerate(makers)]  # fmt: skip
    words = sentence(entries, {"huawei": "Huawei"})
    assert words == "input binds, 5 times, Jan 2026 to May 2026: hbm at Huawei, baidu, hygon and 1 more"


def test_a_rule_that_nothing_followed_prints_no_empty_heading():
    alone = [(1, None, date(2023, 1, 1), "rule in force", "ban", "", None, "", "No fast chips")]
    story = traces(alone, alone)
    text = "\n".join(told(story, story.trace("ban", 0)))
    assert "it led to nothing" in text
    assert text.endswith("and nothing of weight followed")
