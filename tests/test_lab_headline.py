"""The headline of a world with labs: every row can be told, in figures that people read, on a narrow terminal."""

import pytest
from histories import history
from rich.console import Console

from sim.cli.headline import headline_table
from sim.study.comparing.phrases import subject
from sim.study.ensemble import run_ensemble
from sim.study.keeping.headline import asked_for, headline
from sim.study.keeping.tables import blocks
from sim.study.keeping.wording import brief, together
from sim.study.reading.load import load
from sim.world.series import OF_LABS


def test_every_row_about_labs_is_told_and_fits_eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    scenario, played = load("baseline").scenario, history("baseline", 2)
    wanted = {name: row for name, row in scenario.headline.items() if row.measure in {*OF_LABS, "inference_share"}}
    ensemble = run_ensemble(lambda number: played.outcomes[number], 2)
    told = headline(wanted, blocks(ensemble, played.plan.frame), played.plan.frame)
    assert (len(wanted), told.notes) == (12, ())

    manifest = {"title": scenario.title, "replications": 2, "failures": [], "seed": 1, "labels": {}}
    console = Console(width=80, record=True)
    console.print(headline_table(manifest, told.rows))
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= 80
    for name in ("inference share, end of 2025", "tokens, end of 2025, tokens a day", "largest cluster: DeepSeek"):
        assert sum(line.strip().startswith(name) for line in lines) == 1


@pytest.mark.parametrize(
    ("value", "words"), [(94.01e12, "94T"), (3.24e9, "3.2bn"), (9.94e11, "994bn"), (998e6, "1.0bn"), (9.9e8, "990.00M")]
)
def test_large_counts_are_brief(value, words):
    assert brief(value) == words
    assert together(value, value, value, "tokens a day") == (words,) * 3


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("inference-share-2025", "the share of compute in use that serves at the end of 2025 is"),
        ("tokens-2025", "the number of tokens served at the end of 2025 is"),
        ("unmet-training-2025", "what training lacks at the end of 2025 is"),
        ("unmet-training-share-2025", "the unmet share of training's demand at the end of 2025 is"),
        ("largest-cluster-deepseek-2025", "DeepSeek's largest cluster at the end of 2025 is"),
    ],
)
def test_what_rows_about_labs_measure_in_words(row, words):
    asked = asked_for(row, load("baseline").scenario.headline[row])
    assert " ".join(subject(asked, {}, [asked["period"]])) == words
