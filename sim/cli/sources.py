"""``chipsim sources``: where a number comes from, and how many are sourced, judged and calibrated."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from textwrap import TextWrapper, fill
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.console import Debug, Json, document, guarded, hung, print_json, width

if TYPE_CHECKING:
    from sim.study.audit import Entry, Origins, Tally
    from sim.study.sources import Row, Table

WIDEST = 100
"""Columns that a line of prose takes at most."""

Key = Annotated[str | None, typer.Argument(help="A key, the start of one, or the ID of a row; none counts them all.")]
World = Annotated[str, typer.Option("--scenario", metavar="NAME", help="Scenario whose numbers are looked up.")]


def sources(key: Key = None, scenario: World = "baseline", as_json: Json = False, debug: Debug = False) -> None:
    """Where a number comes from: its value, interval, source, file, and every row of the table behind it.

    Without a key: how many numbers rest on filings, estimates, press, judgement, calibration.

    Examples: [bold]chipsim sources chips.H20.price[/bold], [bold]chipsim sources chips.H20[/bold],
    [bold]chipsim sources V13[/bold]
    """
    from sim.study.reading.load import load
    from sim.study.sources import table

    with guarded(as_json, debug):
        rows = table()
        report = _report(key, load(scenario).provenance, rows)
        if as_json:
            print_json(document("sources", {"scenario": scenario, **report}))
        else:
            typer.echo("\n".join(_lines(report, scenario)))


def _report(key: str | None, origins: "Origins", rows: "Table") -> dict[str, Any]:
    from sim.study.audit import entries, tallies, uses
    from sim.study.sources import weighing

    if key is None:
        found = tallies(origins, rows)
        return {"numbers": sum(tally.count for tally in found), "kinds": [_of_tally(tally) for tally in found]}
    if key in rows:
        weighed = weighing((key,), rows)
        return {"rows": _rows([rows[key]]), "used_by": list(uses(origins, key, rows)), "weighing": _rows(weighed)}
    values = entries(origins, key, rows)
    return {
        "key": key,
        "values": [_of_entry(entry) for entry in values],
        "rows": _rows(row for entry in values for row in entry.rows),
        "weighing": _rows(row for entry in values for row in entry.weighing),
    }


def _of_tally(tally: "Tally") -> dict[str, Any]:
    from sim.study.sources import MEANING

    return {**asdict(tally), "share": round(tally.share, 4), "meaning": MEANING[tally.kind]}


def _of_entry(entry: "Entry") -> dict[str, Any]:
    origin = entry.origin
    return {
        "key": entry.key,
        "value": _plain(origin.value),
        "unit": entry.unit,
        "kind": entry.kind,
        "source": origin.source,
        "file": origin.file,
        "replaces": {"value": _plain(origin.old), "file": origin.old_file} if origin.overrides else None,
        "rows": [row.id for row in entry.rows],
    }


def _rows(rows: "Iterable[Row]") -> list[dict[str, Any]]:
    """Each row once, in the order met, without its empty parts."""
    unique = {row.id: row for row in rows}
    return [{name: _plain(part) for name, part in vars(row).items() if part} for row in unique.values()]


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def _lines(report: dict[str, Any], scenario: str) -> Iterator[str]:
    if "kinds" in report:
        yield from _counted(report, scenario)
        return
    values = report.get("values", [])
    for value in values:
        yield from _value(value, alone=len(values) == 1)
    yield from _block("", report["rows"])
    if "used_by" in report:
        cited = len(report["used_by"])
        values = "1 value" if cited == 1 else f"{cited} values"
        yield f"\nUsed by {values} of {scenario}:" if cited else f"\nNo value of {scenario} cites it."
        yield from (f"  {key}" for key in report["used_by"])
    yield from _block("Settings that weigh these against others:", report["weighing"])


def _counted(report: dict[str, Any], scenario: str) -> Iterator[str]:
    yield f"{report['numbers']} numbers and dates in {scenario}\n"
    yield f"{'rests on':<12}{'numbers':>8}{'share':>7}  for example"
    for row in report["kinds"]:
        yield f"{row['kind']:<12}{row['count']:>8}{row['share']:>7.0%}  {row['example']}"
    yield ""
    yield from (hung(f"{row['kind']:<12}", row["meaning"]) for row in report["kinds"])
    example = next((row["example"] for row in report["kinds"] if row["example"]), "")
    yield f"\nnext: chipsim sources {example}"


def _value(value: dict[str, Any], alone: bool) -> Iterator[str]:
    unit = "" if value["value"] == "unknown" else value["unit"]
    yield fill(
        f"{value['key']} = {_in_words(value['value'])} {unit}".rstrip(), min(width(), WIDEST), subsequent_indent="    "
    )
    if not alone and isinstance(value["value"], str) and value["value"] != "unknown":
        return
    source = value["source"]
    yield _indented(source if source.startswith(value["kind"]) else f"{value['kind']}: {source}")
    yield _indented(value["file"])
    if value["replaces"]:
        yield _indented(f"replaces {_in_words(value['replaces']['value'])} of {value['replaces']['file']}")
    note = value["value"].get("note") if isinstance(value["value"], dict) else None
    if note:
        yield _indented(f"note: {note}")


def _block(title: str, rows: list[dict[str, Any]]) -> Iterator[str]:
    if rows and title:
        yield f"\n{title}"
    for row in rows:
        yield ""
        yield fill(f"{row['id']}: {row['claim']}", min(width(), WIDEST), subsequent_indent="    ")
        facts = (row.get("value"), row.get("who"), row.get("date"), row.get("tag") or row["confidence"])
        yield _indented(" | ".join(fact for fact in facts if fact))
        yield from (_indented(f"{name}: {line}") for name, line in row.get("sheet", []))
        if "note" in row:
            yield _indented(f"note: {row['note']}")
        if "address" in row:
            yield _indented(row["address"])
        if "among" in row:
            yield _indented(f"chosen among {', '.join(row['among'])}")


def _indented(text: str) -> str:
    indent = "    "
    wrapper = TextWrapper(min(width(), WIDEST), initial_indent=indent, subsequent_indent=indent)
    wrapper.break_long_words = wrapper.break_on_hyphens = False  # addresses stay whole
    return wrapper.fill(text)


def _in_words(value: Any) -> str:
    """A value in one line: 12,000 (10,000 to 12,500); a series as its dated points."""
    if isinstance(value, dict) and "central" in value:
        interval = f" ({_in_words(value['low'])} to {_in_words(value['high'])})" if "low" in value else ""
        return f"{_in_words(value['central'])}{interval}"
    if isinstance(value, dict) and "points" in value:
        spread = value.get("relative_low")
        interval = f", times {spread:g} to {value['relative_high']:g}" if spread is not None else ""
        return ", ".join(f"{day}: {_in_words(number)}" for day, number in value["points"].items()) + interval
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,.10g}"
    return str(value)
