"""``chipsim plot``: a chart of a run, and the numbers behind it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from sim.cli.console import FAILED, Debug, Json, document, guarded, print_json
from sim.cli.options import NameOrRun, Question, Reps, Seed, Settings, Until, the_run
from sim.study.charts.choices import OF_LABS, OFFERED, By, Format, Name, Units, Wish, without_labs
from sim.study.charts.comparison import choices as comparing

if TYPE_CHECKING:
    from sim.study.comparing.compared import Compared
    from sim.study.keeping.results import Run


CHART, OF_COMPARISON, PICTURE = "The chart", "A difference", "The picture"
"""Panels of help."""

Kind = Annotated[
    Name | None,
    typer.Option(
        "--chart",
        metavar="KIND",
        help="Which chart: one of those above; else availability, of a comparison the difference.",
        rich_help_panel=CHART,
    ),
]
Measure = Annotated[
    str | None,
    typer.Option(
        "--measure", metavar="MEASURE", help="Of which measure; else China's stock.", rich_help_panel=OF_COMPARISON
    ),
]
Actor = Annotated[
    str | None,
    typer.Option("--actor", metavar="ACTOR", help="Of one holder or maker.", rich_help_panel=OF_COMPARISON),
]
Origin = Annotated[
    str | None,
    typer.Option(
        "--origin", metavar="ORIGIN", help="Of chips legal, domestic or smuggled.", rich_help_panel=OF_COMPARISON
    ),
]
Item = Annotated[
    str | None,
    typer.Option(
        "--item", metavar="ITEM", help="Of one software stack, or of one input.", rich_help_panel=OF_COMPARISON
    ),
]
Group = Annotated[
    By | None,
    typer.Option(
        "--by",
        metavar="WHAT",
        help="availability: a line for each chip, vendor, holder or origin (legal, domestic, smuggled); else chip.",
        rich_help_panel=CHART,
    ),
]
Count = Annotated[
    Units | None,
    typer.Option(
        "--units",
        metavar="UNITS",
        help="availability, origins: chips, or H100-equivalents as h100e-tpp, h100e-training or h100e-inference; "
        "else chips.",
        rich_help_panel=CHART,
    ),
]
Chip = Annotated[
    str | None,
    typer.Option(
        "--chip",
        metavar="CHIP",
        help="orders: of which chip; else the most ordered. difference: of one chip.",
        rich_help_panel=CHART,
    ),
]
Maker = Annotated[
    str | None,
    typer.Option(
        "--maker", metavar="MAKER", help="bottleneck: of one domestic maker; else of all.", rich_help_panel=CHART
    ),
]
Lab = Annotated[
    str | None,
    typer.Option(
        "--lab",
        metavar="LAB",
        help="milestones: of one lab; else of all. tokens: of a comparison, the same.",
        rich_help_panel=CHART,
    ),
]
Holder = Annotated[
    str | None,
    typer.Option(
        "--holder", metavar="HOLDER", help="training-inference: of one holder; else of all.", rich_help_panel=CHART
    ),
]
Image = Annotated[
    Format | None,
    typer.Option("--format", metavar="KIND", help="png, svg or pdf; else as FILE ends.", rich_help_panel=PICTURE),
]
File = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Its path; in the run's charts/ if not given.", rich_help_panel=PICTURE),
]


def plot(
    name: NameOrRun,
    chart: Kind = None,
    by: Group = None,
    units: Count = None,
    chip: Chip = None,
    maker: Maker = None,
    lab: Lab = None,
    holder: Holder = None,
    measure: Measure = None,
    actor: Actor = None,
    origin: Origin = None,
    item: Item = None,
    kind: Image = None,
    out: File = None,
    settings: Settings = None,
    until: Until = None,
    reps: Reps = None,
    seed: Seed = 1,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Draw a chart of a run or of a comparison, with the numbers behind it as CSV beside it.

    [bold]availability[/bold]: how many chips China has; takes --by, --units
    [bold]origins[/bold]: legal, domestic, smuggled: where new chips came from; takes --units
    [bold]bottleneck[/bold]: what holds domestic makers back; takes --maker
    [bold]timeline[/bold]: what each rule set off
    [bold]orders[/bold]: how one chip was ordered and obtained; takes --chip
    [bold]milestones[/bold]: when labs' models come, and came; takes --lab
    [bold]training-inference[/bold]: compute against what training and serving ask for; takes --holder
    [bold]tokens[/bold]: tokens a day that labs serve
    [bold]difference[/bold]: variant less reference; takes --units or --measure, --actor, --chip, --origin, --item

    A comparison (chipsim compare) has difference, availability, origins, bottleneck and these, of all its sides.

    Example: chipsim plot baseline --by vendor --units h100e-training --format svg
    """
    with guarded(as_json, debug):
        picked = Picked(chart, by, units, chip, maker, lab, holder, measure, actor, origin, item)
        picture = (_format(kind, out), out)
        done, written, told = _drawn(name, picked, picture, (reps, seed, settings, until))
        if as_json:
            paths = dict(zip(("path", "numbers"), map(str, written), strict=True))
            print_json(document("plot", {**told, **paths}))
        else:
            typer.echo(f"written: {written[0]}\nnumbers: {written[1]}")
    if done.failures:
        typer.echo(f"{len(done.failures)} replications of it failed: see {done.path}/manifest.json", err=True)
        raise typer.Exit(FAILED)


Written = tuple[Path, Path]
"""A picture and the numbers behind it."""


def _drawn(
    name: str, picked: "Picked", picture: tuple[Format, Path | None], question: Question
) -> "tuple[Run | Compared, Written, dict[str, str]]":
    """The chart of a comparison or of a run: what it is of, where it lies, what it shows."""
    compared = _comparison(name, question)
    if compared is not None:
        shown = _comparing(picked, *picture)
        told = {"chart": str(shown.kind), "units": str(shown.counted), "comparison": str(compared.path)}
        return compared, _draw_comparison(compared, shown), told
    wish = _wish(picked, *picture)
    _check_labs(name, wish.chart, question)
    run = the_run(name, question)
    told = {"chart": str(wish.chart), "by": str(wish.by), "units": str(wish.units), "run": str(run.path)}
    return run, _draw(run, wish), told


class Picked(NamedTuple):
    """What was chosen of the chart, None where nothing was."""

    chart: Name | None
    by: By | None
    units: Units | None
    chip: str | None
    maker: str | None
    lab: str | None
    holder: str | None
    measure: str | None
    actor: str | None
    origin: str | None
    item: str | None

    def unfit(self, offered: tuple[str, ...]) -> list[str]:
        """The options given that a chart does not offer."""
        given = {f"--{name}": value for name, value in self._asdict().items() if name != "chart"}
        return [option for option, value in given.items() if value is not None and option not in offered]


def _format(kind: Format | None, out: Path | None) -> Format:
    """The kind asked for, else what the file's name says. InputError if the two disagree or the name says nothing."""
    from sim.facts.errors import Fault, InputError

    if out is None:
        return kind or Format.PNG
    said = out.suffix.removeprefix(".").lower()
    if said not in list(Format) or kind not in (None, said):
        wanted = kind or "png, .svg or .pdf"
        raise InputError((Fault(str(out), "--out", f"does not end in .{wanted}", "give a file such as chart.svg"),))
    return Format(said)


def _wish(picked: Picked, kind: Format, out: Path | None) -> Wish:
    """What is to be drawn of a run. InputError for every choice that the chart does not offer."""
    from sim.facts.errors import Fault, InputError

    chart = picked.chart or Name.AVAILABILITY
    if chart is Name.DIFFERENCE:
        remedy = "compare two scenarios, then name the comparison's folder: chipsim compare baseline no-controls"
        raise InputError((Fault("", "--chart", "a difference is drawn of a comparison", remedy),))
    _refuse(chart, picked, OFFERED[chart])
    by, units = picked.by or By.CHIP, picked.units or Units.CHIPS
    return Wish(chart, by, units, kind, out, picked.chip, picked.maker, picked.lab, picked.holder)


def _comparing(picked: Picked, kind: Format, out: Path | None) -> comparing.Wish:
    """What is to be drawn of a comparison. InputError for every choice that the chart does not offer."""
    from sim.facts.errors import Fault, InputError

    chart = picked.chart or Name.DIFFERENCE
    if str(chart) not in [str(kind) for kind in comparing.Kind]:
        problem = f"{chart} is drawn of a run, not of a comparison"
        raise InputError((Fault("", "--chart", problem, "name the folder of one of its sides/"),))
    shown = comparing.Kind(chart)
    _refuse(chart, picked, comparing.OFFERED[shown])
    chosen = (picked.units, picked.measure, picked.actor, picked.chip, picked.origin, picked.item)
    return comparing.Wish(shown, *chosen, picked.maker, picked.lab, picked.holder, kind, out)


def _check_labs(name: str, chart: Name, question: Question) -> None:
    """InputError, before anything is run, if the chart is about labs and the scenario has none."""
    from sim.study.keeping.results import find_run
    from sim.study.question import Asked, ask

    reps, seed, settings, until = question
    if chart in OF_LABS and find_run(name) is None:
        asked = ask(name, Asked(tuple(settings or ()), reps, seed, until))
        if not asked.scenario.labs:
            raise without_labs(name, chart)


def _refuse(chart: Name, picked: Picked, offered: tuple[str, ...]) -> None:
    from sim.facts.errors import Fault, InputError

    if unfit := picked.unfit(offered):
        remedy = f"it takes {' and '.join(offered)}" if offered else "leave it out"
        raise InputError(tuple(Fault("", option, f"means nothing for {chart}", remedy) for option in unfit))


def _comparison(name: str, question: Question) -> "Compared | None":
    """The comparison in a folder of that path or name; None if it is something else."""
    from sim.facts.errors import Fault, InputError
    from sim.study.keeping.results import find_run, is_comparison

    folder = find_run(name)
    if folder is None or not is_comparison(folder):
        return None
    from sim.study.comparing.compared import open_comparison

    if question != (None, 1, None, None):
        problem = "is a comparison, which --reps, --seed, --set and --until cannot change"
        raise InputError((Fault(name, "", problem, "compare the scenarios again"),))
    return open_comparison(folder)


def _draw_comparison(compared: "Compared", wish: comparing.Wish) -> tuple[Path, Path]:
    from sim.study.charts.comparison.registry import write_comparison_chart

    return write_comparison_chart(compared, wish)


def _draw(run: "Run", wish: Wish) -> tuple[Path, Path]:
    from sim.study.charts.registry import write_chart
    from sim.study.charts.view import view_of

    return write_chart(run.path, view_of(run.path), wish)
