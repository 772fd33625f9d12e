"""A value written as TOML does on one line, so that a program can say what ``--set`` would."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sim.study.reading.keys import format_key


def inline(value: Any) -> str:
    """A value as TOML writes it on one line."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{format_key((str(k),))} = {inline(v)}' for k, v in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)
