"""Fits: a known value is found again in the tiny world, no check row is ever read, bad parameters are told."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from test_observations import one
from typer.testing import CliRunner

from sim.cli.app import app
from sim.facts.errors import InputError
from sim.study.ensemble import run_ensemble
from sim.study.keeping.tables import blocks
from sim.study.reading.load import load
from sim.study.reading.shipped import home
from sim.study.replication import plan, replicate
from sim.study.scoring.calibrate import How, fit, residual
from sim.study.scoring.observations import recorded, shipped_file
from sim.study.scoring.observed import observe
from sim.study.scoring.overlay import overlay, page
from sim.study.scoring.parameters import free_file, problem

TINY = str(Path(__file__).parent / "worlds/tiny/tiny.toml")
REPLICATIONS = 4
TRUE = {"delta-packages": 700.0, "acme-share": 0.2}
FIGURES = {
    "delta-2023": 'measure = "produced"\nactors = ["delta"]\nperiod = "2023"\nunit = "chips"',
    "alpha-2022": 'measure = "deliveries"\nchips = ["Alpha"]\nperiod = "2022"\nunit = "chips"',
    "delta-2024": 'measure = "produced"\nactors = ["delta"]\nperiod = "2024"\nunit = "chips"',
}
ROLES = {"delta-2023": "calibration", "alpha-2022": "calibration", "delta-2024": "check"}
SPREAD = """
[spread]
factor = { filing = 0.1 }
days = { filing = 10 }
zero = { chips = 10 }
"""
PARAMETERS = """
[parameters.delta-packages]
key = "domestic.delta.packaging"
points = [2022-01-01]
low = 200
high = 1500
start = 1000
targets = ["delta-2023"]

[parameters.acme-share]
key = "foreign.acme.lines.one.china_share_cap"
points = [2022-01-01]
low = 0.05
high = 0.9
targets = ["alpha-2022"]
"""


def figures_file(path, values, roles=ROLES):
    tables = [
        f'[figures.{name}]\ntopic = "tiny"\nwhat = "{name}"\n{asked}\ncentral = {values[name]}\nconfidence = "filing"\n'
        f'known = 2025-01-01\nsource = "T1"\nrole = "{roles[name]}"\n'
        for name, asked in FIGURES.items()
    ]
    path.write_text(SPREAD + "\n".join(tables), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def truth():
    """What the tiny world says with the true values, on other luck than the fit's own."""
    settings = (
        f"domestic.delta.packaging={{ points = {{ 2022-01-01 = {TRUE['delta-packages']} }} }}",
        f"foreign.acme.lines.one.china_share_cap={{ points = {{ 2022-01-01 = {TRUE['acme-share']} }} }}",
    )
    drawn = plan(load(TINY, settings).scenario, 7)
    ensemble = run_ensemble(lambda number: replicate(drawn, number), 20)
    figures = {
        name: one(**{**tomllib.loads(asked), "confidence": "filing"}).figures["one"] for name, asked in FIGURES.items()
    }
    told = observe(figures, blocks(ensemble, drawn.frame), drawn.frame, ensemble).values
    return {name: float(np.median(told[name])) for name in FIGURES}


@pytest.fixture(scope="module")
def clean(tmp_path_factory, truth):
    """The fit as it should be, for tests that compare with it."""
    return fitted(written(tmp_path_factory.mktemp("clean"), truth))


@pytest.fixture
def files(tmp_path, truth):
    return written(tmp_path, truth)


def written(tmp_path, truth):
    parameters = tmp_path / "free.toml"
    parameters.write_text(PARAMETERS, encoding="utf-8")
    return parameters, figures_file(tmp_path / "figures.toml", truth)


def fitted(files):
    return fit(problem(TINY, *files), How(REPLICATIONS, jobs=1))


def test_known_values_are_found_again(clean):
    for name, value in TRUE.items():
        assert clean.values[name] == pytest.approx(value, rel=0.08), name
    assert clean.misfit_after < 0.1 < clean.misfit_before
    assert all(one.felt and one.low < one.value < one.high for one in clean.dials)


def test_the_intervals_follow_the_targets(clean):
    """A filing is known within a tenth: so is what alone decides it, on a scale of one to one."""
    (packages,) = [one for one in clean.dials if one.dial.name == "delta-packages"]
    assert packages.high / packages.value - 1 == pytest.approx(0.1, abs=0.05)


@pytest.mark.parametrize("poison", ["1e300", '"none"'])
def test_a_check_row_poisoned_leaves_the_fit_the_same_to_the_bit(files, poison, tmp_path, clean):
    parameters, figures = files
    text = figures.read_text(encoding="utf-8")
    head, check, tail = text.partition("[figures.delta-2024]")
    line = next(line for line in tail.splitlines() if line.startswith("central"))
    other = tmp_path / "poisoned.toml"
    other.write_text(head + check + tail.replace(line, f"central = {poison}\nnonsense = true"), encoding="utf-8")
    again = fitted((parameters, other))
    assert again.values == clean.values
    assert [met.after for met in again.targets] == [met.after for met in clean.targets]


def test_serial_and_parallel_fits_are_the_same(files, clean):
    assert fit(problem(TINY, *files), How(REPLICATIONS, jobs=2)).values == clean.values


def test_the_shipped_parameters_ask_for_calibration_figures_only():
    posed = problem("baseline", free_file(), shipped_file())
    assert {figure.role for figure in posed.targets.figures.values()} == {"calibration"}
    assert set(posed.targets.figures) < set(recorded().figures)


def said(parameters, figures):
    with pytest.raises(InputError) as error:
        problem(TINY, parameters, figures)
    return str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ('["delta-2023"]', '["delta-2024"]', "parameters.delta-packages.targets: 'delta-2024' is a check figure"),
        ('["delta-2023"]', '["delta-2O23"]', "no recorded figure is called 'delta-2O23'; did you mean delta-2023?"),
        ('["delta-2023"]', "[]", "parameters.delta-packages.targets: "),
        (
            "delta.packaging",
            "delta.packing",
            "no value 'domestic.delta.packing'; did you mean domestic.delta.pack",
        ),
        ("[2022-01-01]", "[2022-01-02]", "domestic.delta.packaging has no point 2022-01-02; its points are 2022-01-01"),
        ("points = [2022-01-01]\n", "", "a value needs exactly one point of a dated series"),
        ("low = 200", "low = 1200", "the bounds 1200 to 1500 exclude the start 1000; widen the bounds"),
        ("start = 1000\n", "", "the bounds 200 to 1500 exclude the start 2000"),
        ("low = 200", "low = 2000", "parameters.delta-packages.low: low 2000 is not below high 1500"),
        ("low = 200", "low = -1", "parameters.delta-packages.low: should be more than 0"),
        ("delta.packaging", "delta.gross_dies", "points belong to a dated series; leave points out"),
        ("[2022-01-01]", "[soon]", "not valid TOML"),
    ],
)
def test_bad_parameters_are_told(files, old, new, wanted):
    parameters, figures = files
    parameters.write_text(PARAMETERS.replace(old, new, 1), encoding="utf-8")
    assert wanted in said(parameters, figures)


def test_an_unfelt_value_keeps_its_start_and_says_so(files):
    parameters, _ = files
    idle = '\n[parameters.idle]\nkey = "demand.discouraged_weight"\nlow = 0.1\nhigh = 0.9\ntargets = ["alpha-2022"]\n'
    parameters.write_text(PARAMETERS + idle, encoding="utf-8")
    found = fitted(files)
    (idle,) = [one for one in found.dials if one.dial.name == "idle"]
    assert not idle.felt
    assert idle.value == pytest.approx(0.3)
    assert "| not | felt |" in page(found)


def test_the_overlay_is_a_scenario_that_runs_and_says_what_it_was_fitted_to(clean, tmp_path):
    found, out = clean, tmp_path / "fitted.toml"
    out.write_text(overlay(found, out), encoding="utf-8")
    loaded = load(str(out))
    origin = loaded.provenance["domestic.delta.packaging"]
    assert origin.value["points"]["2022-01-01"] == pytest.approx(found.values["delta-packages"], rel=1e-3)
    assert origin.source == "calibrated to T1: fitted to delta-2023"
    assert origin.old["points"] == {"2022-01-01": 2000}


def test_among_the_shipped_parts_the_file_is_a_part(clean):
    told = tomllib.loads(overlay(clean, home() / "world" / "not-there-yet.toml"))
    assert set(told) == {"domestic", "foreign"}


def test_the_command_writes_values_and_report(files, tmp_path):
    parameters, figures = files
    out = tmp_path / "new" / "fitted.toml"
    options = ["--parameters", str(parameters), "--observations", str(figures), "--reps", "4", "--jobs", "1"]
    done = CliRunner().invoke(app, ["calibrate", TINY, *options, "--out", str(out), "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert told["schema"] == "chipsim/calibrate/1"
    assert told["misfit"]["after"] < told["misfit"]["before"]
    assert "evaluation 1 of at most " in done.stderr
    assert tomllib.loads(out.read_text(encoding="utf-8"))["extends"] == TINY
    assert "| delta-packages |" in out.with_suffix(".md").read_text(encoding="utf-8")


def test_residuals_count_deviations_of_the_recorded_interval():
    filing = one(confidence="filing")
    figure, interval = filing.figures["one"], filing.interval("one")
    assert residual(figure, interval, 110) == pytest.approx(1.645, rel=1e-3)
    assert residual(figure, interval, 0) < -50
    floor = one(bound="at least")
    assert residual(floor.figures["one"], floor.interval("one"), 500) == 0
    assert residual(floor.figures["one"], floor.interval("one"), 50) == pytest.approx(-2 * 1.645, rel=1e-3)
