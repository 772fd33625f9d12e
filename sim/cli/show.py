"""``chipsim show``: what a scenario changes against its parent, and where every value comes from."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.console import Json, document, guarded, line, print_json
from sim.cli.options import Name

if TYPE_CHECKING:
    from sim.study.reading.load import Loaded
    from sim.study.reading.provenance import Origin

Settings = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set a value; may be repeated.")]
All = Annotated[bool, typer.Option("--all", help="Show every value, not only what changes.")]


def show(name: Name, settings: Settings = None, everything: All = False, as_json: Json = False) -> None:
    """Show what a scenario changes against its parent: key, old and new value, source, file.

    Example: chipsim show baseline --all
    """
    from sim.study.reading.load import load

    with guarded(as_json):
        loaded = load(name, settings or ())
        if as_json:
            print_json(_as_document(loaded, everything))
        else:
            typer.echo("\n".join(_lines(loaded, everything)))


def _lines(loaded: "Loaded", everything: bool) -> list[str]:
    scenario = loaded.scenario
    head = [line(scenario.title), line(scenario.question, 0)]
    if scenario.sources:
        head.append(line(f"sources: {', '.join(scenario.sources)}", 9))
    lines = [*head, "", line(f"order:   {' -> '.join(loaded.layers)}", 9), ""]
    if everything:
        return [*lines, *(_line(key, origin, _before(loaded, key)) for key, origin in loaded.provenance.items())]
    changes = [_line(key, origin, _before(loaded, key)) for key, origin in loaded.changes.items()]
    if changes or loaded.parents:
        lines += [f"{len(changes)} changed", *changes, ""]
    if not loaded.parents:
        lines += [f"{table:<12}{_count(count)}" for table, count in _tables(loaded).items()] + [""]
    return [*lines, f"every value: chipsim show {loaded.name} --all"]


def _tables(loaded: "Loaded") -> dict[str, tuple[int, int]]:
    """Values and estimates with an interval under each top-level table."""
    tables: dict[str, tuple[int, int]] = {}
    for key, origin in loaded.provenance.items():
        values, uncertain = tables.get(key.split(".")[0], (0, 0))
        interval = isinstance(origin.value, Mapping) and bool({"low", "relative_low"} & set(origin.value))
        tables[key.split(".")[0]] = values + 1, uncertain + interval
    return tables


def _count(count: tuple[int, int]) -> str:
    values, uncertain = count
    word = "value" if values == 1 else "values"
    return f"{values:>5} {word}, {uncertain} uncertain" if uncertain else f"{values:>5} {word}"


def _added(loaded: "Loaded", key: str) -> bool:
    """Whether a value stands in no parent."""
    return key in loaded.changes and not loaded.changes[key].overrides


def _before(loaded: "Loaded", key: str) -> str:
    """What held where no parent says anything: the default of the field, or nothing, so that the value is new."""
    if not _added(loaded, key):
        return ""
    entry = key.rpartition(".")[0]
    known = any(other.startswith(f"{entry}.") and not _added(loaded, other) for other in loaded.provenance)
    return _default(key) if known else "new: "


def _default(key: str) -> str:
    from sim.study.reading.keys import parse_key
    from sim.study.reading.shape import shape_at

    path = parse_key(key)
    above = shape_at(path[:-1])
    field = getattr(above.annotation, "model_fields", {}).get(path[-1]) if above else None
    plain = field is not None and isinstance(field.default, bool | int | float | str)
    return f"{brief(field.default)} (unless stated) -> " if field and plain else "new: "


def _line(key: str, origin: "Origin", before: str) -> str:
    """``key  old -> new unit  [source]  file``; ``before`` stands there for values that replaced none."""
    old = f"{brief(origin.old)} -> " if origin.overrides else before
    unit = f" {origin.unit}" if origin.unit else ""
    return line(f"{key}  {old}{brief(origin.value)}{unit}  [{origin.source}]  {origin.file}")


def brief(value: Any) -> str:
    """A value in a few characters: 12 (10 to 15), a series by its ends, a list by commas."""
    if isinstance(value, Mapping) and "central" in value:
        interval = f" ({brief(value['low'])} to {brief(value['high'])})" if "low" in value else ""
        return f"{brief(value['central'])}{interval}"
    if isinstance(value, Mapping) and "points" in value:
        points = sorted(value["points"].items())
        ends = [points[0], points[-1]] if len(points) > 1 else points
        middle = f" .. {len(points)} points .. " if len(points) > 2 else ", "
        return middle.join(f"{when}: {brief(number)}" for when, number in ends)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:,}" if abs(value) < 1e15 else f"{value:g}"
    return ", ".join(brief(one) for one in value) if isinstance(value, list) else str(value)


def _as_document(loaded: "Loaded", everything: bool) -> dict[str, Any]:
    scenario = loaded.scenario
    chosen = loaded.provenance if everything else loaded.changes
    body = {
        "name": loaded.name,
        "title": scenario.title,
        "question": scenario.question,
        "sources": scenario.sources,
        "layers": list(loaded.layers),
        "values" if everything else "changes": [
            {**_entry(key, origin), "new": _added(loaded, key)} for key, origin in chosen.items()
        ],
    }
    return document("show", body)


def _entry(key: str, origin: "Origin") -> dict[str, Any]:
    entry = {"key": key, "value": _plain(origin.value), "unit": origin.unit}
    entry |= {"source": origin.source, "file": origin.file}
    if origin.overrides:
        entry |= {"old": _plain(origin.old), "old_file": origin.old_file}
    return entry


def _plain(value: Any) -> Any:
    """A TOML value as JSON has it; dates as text."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value
