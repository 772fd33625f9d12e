"""What is wrong with a value, in an analyst's words: pydantic's verdicts translated."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic_core import ErrorDetails

from sim.facts.errors import did_you_mean

DATE = "a date such as 2024-07-01, without quotes"

WANTED = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "date_type": DATE,
    "date_from_datetime_inexact": DATE,
    "list_type": "a list",
    "dict_type": "a table",
    "finite_number": "a finite number",
}

RECORDS = {
    "Estimate": "a number or an estimate such as { low = 1, central = 2, high = 3 }",
    "Series": "a dated series such as { points = { 2024-01-01 = 1.0 } }",
}

BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


def described(value: Any) -> str:
    """A value as a sentence names it: the text 'abc', 5, a table."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"the text {value!r}"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, datetime):
        return f"the moment {value}"
    return f"the date {value}" if isinstance(value, date) else str(value)


def in_words(error: ErrorDetails) -> tuple[str, str]:
    """Problem and remedy of one verdict."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return "is missing", f"state {error['loc'][-1]} here"
    if kind == "extra_forbidden":
        return f"unknown key {str(error['loc'][-1])!r}", ""
    if kind == "too_short" and context["actual_length"] == 0:
        return "is empty", "give at least one"
    if kind == "value_error":
        return str(context["error"]), ""
    wanted = _wanted(kind, context)
    if wanted is None:
        return error["msg"].replace("Input should", "should"), ""
    close = did_you_mean(str(error["input"]), _options(context)) if kind == "literal_error" else ""
    return f"should be {wanted}, not {described(error['input'])}", close


def _wanted(kind: str, context: Mapping[str, Any]) -> str | None:
    """What should stand there, for the verdicts that say so."""
    if kind in BOUNDS:
        word, name = BOUNDS[kind]
        return f"{word} {context[name]}"
    if kind == "literal_error":
        return str(context["expected"])
    if kind == "model_type":
        return RECORDS.get(str(context.get("class_name")), "a table")
    return WANTED.get(kind)


def _options(context: Mapping[str, Any]) -> list[str]:
    return re.findall("'([^']*)'", str(context["expected"]))
