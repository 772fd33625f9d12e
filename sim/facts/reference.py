"""The other side: which part of what China does not get of the foreign lines is installed for owners in the US."""

from sim.facts.estimate import Estimate, Number, Record


class Reference(Record):
    """A fleet to measure China's by: ``us_share`` of what the foreign lines make and China does not get,
    of which ``home_use`` is for use in the US itself.

    ``initial`` is what stood on the first day, in H100-equivalents by TPP. The fleet wears as China's does.
    """

    us_share: Number
    home_use: Number = Estimate(central=1.0, unit="share")
    initial: Number = Estimate(central=0.0, unit="H100e by TPP")
