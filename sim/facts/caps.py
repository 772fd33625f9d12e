"""Caps: how much may pass under a rule or licence, in chips, in TPP, or as a share of another flow."""

from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from sim.facts.estimate import Record

Flow = Literal["units-shipped-to-US", "buyers-new-chips"]

FLOWS: dict[Flow, str] = {
    "units-shipped-to-US": "units shipped to US customers",
    "buyers-new-chips": "the buyer's new chips",
}
"""The flows that a cap can be a share of, and the words in which users read them."""


@dataclass(frozen=True)
class Limit:
    """How much may pass: chips, TPP, or a share of another flow. None is no limit.

    ``by`` names the rule or licence that sets it: two rules with equal limits are two limits.
    """

    units: float | None = None
    tpp: float | None = None
    share: float | None = None
    flow: Flow | None = None
    by: str = ""

    @property
    def share_of(self) -> str:
        """The other flow in words, empty if the limit is no share."""
        return "" if self.flow is None else FLOWS[self.flow]

    @property
    def words(self) -> str:
        """The limit as users read it."""
        if self.units is not None:
            return f"at most {self.units:,.0f} chips"
        if self.tpp is not None:
            return f"at most {self.tpp:,.0f} TPP"
        return f"at most {self.share:.0%} of {self.share_of}"


class Cap(Record):
    """The part of a clause or licence that limits a quantity.

    ``cap_units`` (chips) and ``cap_tpp`` (their TPP added up) count all that is sent to all buyers since the cap is in
    force; ``cap_share`` is a share of the flow ``cap_share_of``.
    """

    cap_units: float | None = Field(default=None, gt=0)
    cap_tpp: float | None = Field(default=None, gt=0)
    cap_share: float | None = Field(default=None, gt=0, le=1)
    cap_share_of: Flow | None = None

    @model_validator(mode="after")
    def _share_of_something(self) -> Self:
        if (self.cap_share is None) != (self.cap_share_of is None):
            raise ValueError("cap_share and cap_share_of go together")
        return self

    @property
    def limits(self) -> bool:
        """Whether any quantity is limited at all."""
        return any(limit is not None for limit in (self.cap_units, self.cap_tpp, self.cap_share))

    def limit(self, by: str) -> Limit:
        """The limit by itself, and who sets it."""
        return Limit(self.cap_units, self.cap_tpp, self.cap_share, self.cap_share_of, by)
