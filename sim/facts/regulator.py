"""How a regulator behaves: by the dates on record, or by closing what makers come up with."""

from typing import Literal

from sim.facts.estimate import Estimate, Number, Record


class Regulator(Record):
    """``scheduled``: rules come on their dates only. ``reactive``: besides, each new design for China is closed.

    ``lag`` is the time, in days, from a design's volume shipments to its closing; ``share`` the part of its TPP, or of
    its memory bandwidth, from which foreign chips are closed with it.
    """

    mode: Literal["scheduled", "reactive"] = "scheduled"
    lag: Number = Estimate(central=450.0, low=365.0, high=545.0, unit="days")
    share: Number = Estimate(central=0.5, low=0.3, high=0.96, unit="share")
