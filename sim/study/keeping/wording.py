"""Numbers as people write them: 0.93M chips, $11.2bn, 42%."""

from collections.abc import Callable

Spelling = Callable[[float], str]


def brief(value: float) -> str:
    """A count: 94T, 3.2bn, 1.24M, 0.38M, 38k, 950."""
    return counting(value)(value)


def counting(size: float) -> Spelling:
    """How counts of that size are spelt, so that the numbers of one line can be compared at a glance."""
    for unit, word in ((1e12, "T"), (1e9, "bn")):
        if abs(size) >= 0.995 * unit:
            return lambda value: f"{value / unit:,.{int(abs(size) < 9.95 * unit)}f}{word}"
    if abs(size) >= 99_500:
        return lambda value: f"{value / 1e6:.2f}M"
    if abs(size) >= 9_950:
        return lambda value: f"{value / 1e3:.0f}k"
    return lambda value: f"{value:,.0f}" if abs(value) >= 9.95 or value == round(value) else f"{value:.1f}"


def paying(size: float) -> Spelling:
    """How sums of US dollars of that size are spelt: $11.2bn, $430m, $65k."""
    for unit, word, decimals in ((1e9, "bn", 1), (1e6, "m", 0), (1e3, "k", 0)):
        if abs(size) >= unit:
            return lambda value: f"${value / unit:.{decimals}f}{word}"
    return lambda value: f"${value:,.0f}"


def spelling(size: float, unit: str) -> Spelling:
    """How values of a measure are spelt, by its unit and their size."""
    if unit == "USD":
        return paying(size)
    if unit == "share":
        return lambda value: f"{value:.0%}"
    return (lambda value: f"{value:.0f} days") if unit == "days" else counting(size)


def signed(value: float, size: float, unit: str = "chips") -> str:
    """A difference with its sign, spelt at the size of another, or at its own if nothing were left of it then."""
    if unit == "share":
        return f"{value * 100:+.{int(abs(size) < SMALL_SHARE)}f} pp"
    text = spelling(size, unit)(abs(value))
    if value and not set(text) & set("123456789"):
        text = spelling(abs(value), unit)(abs(value))
    return f"{'-' if value < 0 else '+'}{text}"


SMALL_SHARE = 0.1
"""Below it a difference of shares is told to a tenth of a percentage point."""


def agreed(part: float) -> str:
    """How many replications agree: all only if every one does."""
    return "all" if part == 1 else f"{min(part, 0.99):.0%}"


def together(low: float, middle: float, high: float, unit: str = "chips") -> tuple[str, str, str]:
    """An interval and its middle, all spelt at the size of the middle."""
    spell = spelling(middle, unit)
    return spell(low), spell(middle), spell(high)
