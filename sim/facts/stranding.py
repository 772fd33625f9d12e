"""What a maker loses when a rule closes a part: finished stock, work in process and purchase commitments, at cost."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stranded:
    """Chips for China that cannot be sold there any more: ``finished``, and ``begun`` from wafer to commitment."""

    finished: float
    begun: float

    @property
    def chips(self) -> float:
        """All of them."""
        return self.finished + self.begun

    def value(self, price: float, cost: float, reuse: float) -> float:
        """Dollars lost: cost (a share of the price) of what cannot be used again."""
        return self.chips * price * cost * (1 - reuse)


def stranded(finished: float, pipeline: float, ordered: float, unordered: float) -> Stranded:
    """What is left behind on the day of closing, in chips.

    ``pipeline`` is what the line would have shipped over the days its work in process and commitments reach; a maker
    begins no more of it than orders ask for beyond the finished stock, and ``unordered`` chips.
    """
    return Stranded(finished, min(pipeline, max(ordered - finished, 0.0) + unordered))
