"""What is wrong with an input, told all at once: file, key, fault, remedy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong with what the user wrote: where it stands, what is wrong, what would mend it."""

    file: str
    key: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        place = ": ".join(part for part in (self.file, self.key) if part)
        text = f"{place}: {self.problem}" if place else self.problem
        return f"{text}; {self.remedy}" if self.remedy else text


class InputError(Exception):
    """Every fault of one input. Nothing was computed or written because of it.

    The faults are the only argument, so that the exception survives pickling between processes.
    """

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


def did_you_mean(word: str, known: "list[str] | tuple[str, ...] | set[str]") -> str:
    """'did you mean X?' when a known word is close, else the empty string."""
    from difflib import get_close_matches

    lowered = {candidate.lower(): candidate for candidate in known}
    close = get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return f"did you mean {lowered[close[0]]}?" if close else ""
