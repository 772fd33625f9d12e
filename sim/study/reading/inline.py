"""A value written as TOML does on one line, so that a program can say what ``--set`` would."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from numbers import Integral, Real

from sim.facts.errors import Fault, InputError
from sim.study.reading.keys import format_key


def inline(value: object, key: str = "") -> str:
    """A value, of that ``key`` if it has one, as TOML writes it on one line. InputError if TOML knows no such value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Real):
        return str(int(value)) if isinstance(value, Integral) else repr(float(value))
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{format_key((str(k),))} = {inline(v, key)}' for k, v in value.items())} }}"
    if isinstance(value, Sequence):
        return f"[{', '.join(inline(one, key) for one in value)}]"
    raise InputError((Fault("", key, f"cannot be {value!r}", "give a number, a date, text, a list or a table"),))
