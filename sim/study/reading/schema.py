"""The JSON Schema of a scenario file, for editors that complete and check keys while one types.

It fits partial files: nothing is required but what makes an estimate or a dated series whole. To write it anew:
``python -m sim.study.reading.schema > scenarios/schema.json``.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

from sim.facts.law import Verdict
from sim.study.scenario import Scenario

WHOLE = ("Estimate", "Series")
"""Records that are replaced whole, so that their required keys stay required."""

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FILE: Schema = {
    "extends": {
        "description": "names of shipped scenarios or parts, or paths relative to this file",
        "anyOf": [TEXT, {"type": "array", "items": TEXT}],
    },
    "provenance": {
        "description": "sources of single values, by dotted key",
        "type": "object",
        "additionalProperties": TEXT,
    },
}
NEW: Schema = {"const": True, "description": "says that no parent has this entry"}


def schema() -> Schema:
    """JSON Schema of a scenario file, from the typed records."""
    whole = Scenario.model_json_schema()
    tables: Schema = whole.pop("$defs")
    tables["Verdict"] = {"enum": [verdict.word for verdict in Verdict if verdict is not Verdict.UNDETERMINED]}
    for name in WHOLE:
        del tables[name]["properties"]["key"]
    for name in sorted(_named_records([whole, *tables.values()])):
        tables[name]["properties"]["new"] = NEW
    root = _partial(whole)
    root["properties"] |= FILE
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A chipsim scenario"}
    return head | root | {"$defs": {name: _partial(table, name in WHOLE) for name, table in tables.items()}}


def _named_records(tables: list[Schema]) -> Iterator[str]:
    """Definitions that are entries of a table keyed by name."""
    for table in tables:
        for one in table.get("properties", {}).values():
            reference = one["additionalProperties"].get("$ref", "") if _keyed(one) else ""
            name = reference.rpartition("/")[2]
            if name and name not in WHOLE:
                yield name


def _keyed(one: Schema) -> bool:
    return isinstance(one.get("additionalProperties"), dict)


def _partial(table: Schema, whole: bool = False) -> Schema:
    """A table of which a file may hold any part."""
    kept = {
        name: value
        for name, value in table.items()
        if name not in ("title", "required") or (whole and name == "required")
    }
    if "properties" in kept:
        kept["properties"] = {name: _value(one) for name, one in kept["properties"].items()}
    return kept


def _value(one: Schema) -> Schema:
    """A value as TOML can hold it: never null; a table keyed by name may state a source over its entries."""
    kept = {name: value for name, value in one.items() if name != "title" and (name, value) != ("default", None)}
    if "anyOf" in kept:
        options = [option for option in kept.pop("anyOf") if option != {"type": "null"}]
        kept |= options[0] if len(options) == 1 else {"anyOf": options}
    if _keyed(kept) and "propertyNames" not in kept:
        kept["properties"] = {"source": TEXT, "note": TEXT}
    return kept


def written() -> str:
    """The schema as the shipped file has it."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(written())
