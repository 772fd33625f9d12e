"""A scenario written out whole: no parents, every value, every source; running it again gives the same world."""

from typing import Any

import tomli_w

from sim.study.reading.keys import format_key
from sim.study.reading.load import Loaded
from sim.study.reading.sheet import take_apart


def resolved_toml(loaded: Loaded) -> str:
    """The scenario as one self-contained file. Sources that no table around a value states stand in ``provenance``."""
    tree = dict(loaded.tree)
    stated = _unstated_sources(loaded)
    if stated:
        tree["provenance"] = stated
    return f"# Resolved by chipsim: every value of the scenario, nothing left to look up\n{tomli_w.dumps(tree)}"


def _unstated_sources(loaded: Loaded) -> dict[str, str]:
    """Sources by dotted key where the tree alone would name another."""
    leaves: dict[str, Any] = {format_key(path): leaf for path, leaf in take_apart(loaded.tree, "").leaves.items()}
    sources = {key: origin.source for key, origin in sorted(loaded.provenance.items())}
    return {key: source for key, source in sources.items() if leaves[key].source != source}
