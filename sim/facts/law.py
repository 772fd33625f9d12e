"""Export-control rules as dated, sourced data: who forbids what, to whom, from which day.

The code does not change when the law does: a rule is a record, a clause a list of conditions. How a rule gets its days
is in ``timetable``, how clauses are read in ``clauses``, how gates add up to a verdict in ``ruling``.
"""

from datetime import date
from enum import IntEnum
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from sim.facts.caps import Cap
from sim.facts.estimate import Estimate, Number, Record

Authority = Literal["US", "CN", "JP", "NL"]
AUTHORITIES: tuple[Authority, ...] = ("US", "CN", "JP", "NL")
SIDES: tuple[Authority, ...] = ("US", "CN")
"""Authorities that every sale is put to; the others only answer where a rule of theirs speaks of it."""
ItemKind = Literal["chip", "hbm", "foreign-die", "wafer-tool", "remote-access"]
Event = Literal["announced", "in_force", "withdrawn"]


class Verdict(IntEnum):
    """How strict a gate is. ``DENIED`` includes a presumption of denial; the clause says which."""

    ALLOWED = 0
    DISCOURAGED = 1
    CAPPED = 2
    CASE_BY_CASE = 3
    LICENCE = 4
    DENIED = 5
    UNDETERMINED = 6

    @property
    def word(self) -> str:
        """The verdict as users read and write it: ``case_by_case``."""
        return self.name.lower()


def _verdict(raw: object) -> object:
    names = {verdict.word: verdict for verdict in Verdict if verdict is not Verdict.UNDETERMINED}
    if isinstance(raw, str) and raw in names:
        return names[raw]
    if isinstance(raw, Verdict):
        return raw
    raise ValueError(f"{raw!r} is not one of {', '.join(names)}")


def _never(raw: object) -> object:
    return None if raw == "never" else raw


class Clause(Cap):
    """One condition list of a rule: it applies when every condition given holds.

    Bandwidths are in GB/s, densities in TPP per mm2 of die or (HBM) GB/s per mm2 of stack, nodes in nm. ``linked_to``
    is the party test of 2023: the destination, or the headquarters of the buyer or its parent, is one of these.
    ``buyers`` are the scenario's own buyers and makers, ``entities`` any party by its name.
    ``presumption`` marks a denial that is a presumption of denial, not a refusal.
    """

    verdict: Annotated[Verdict, BeforeValidator(_verdict)]
    text: str
    presumption: bool = False
    items: list[ItemKind] = ["chip"]
    chips: list[str] = []
    tpp_at_least: float | None = None
    tpp_below: float | None = None
    density_at_least: float | None = None
    density_below: float | None = None
    interconnect_at_least: float | None = None
    memory_bandwidth_at_least: float | None = None
    memory_bandwidth_below: float | None = None
    bandwidth_sum_at_least: float | None = None
    memory_bandwidth_density_above: float | None = None
    node_at_most: float | None = None
    data_center: bool | None = None
    sellers: list[str] = []
    seller_headquarters: list[str] = []
    seller_outside: list[str] = []
    buyers: list[str] = []
    entities: list[str] = []
    buyer_headquarters: list[str] = []
    buyer_outside: list[str] = []
    buyer_listed: bool | None = None
    buyer_state_funded: bool | None = None
    destinations: list[str] = []
    destinations_outside: list[str] = []
    linked_to: list[str] = []

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.verdict is Verdict.CAPPED and not self.limits:
            raise ValueError("a capped clause needs cap_units, cap_tpp or cap_share")
        if self.presumption and self.verdict is not Verdict.DENIED:
            raise ValueError(f"presumption goes with denied, not with {self.verdict.word}")
        return self


MOST_DAYS = 36_500
"""Days between two steps of a rule: a century at most."""


class Dated(Record):
    """What starts on a day of its own, or some days after an event of the rule that triggers it.

    A date of its own wins, so that a variant can free a triggered rule from its trigger by giving it a date.
    """

    triggered_by: str | None = None
    trigger_event: Event = "announced"
    enabled: bool = True

    @property
    def usual_lag(self) -> int | None:
        """Days from the trigger to the start: the central figure where they are uncertain."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _lagged(self) -> Self:
        if (self.triggered_by is None) != (self.usual_lag is None):
            raise ValueError("triggered_by and lag_days go together")
        return self


class Rule(Dated):
    """A rule of one authority. One date and offsets from it, so that moving the date moves the whole rule.

    A rule that ``relaxes`` others forbids nothing itself: where one of its clauses applies, its verdict replaces
    theirs. ``withdrawn_days`` counts from the announcement; "never" undoes a parent's withdrawal. ``label`` is a short
    name for charts.
    """

    title: str
    label: str = ""
    authority: Authority
    announced: date | None = None
    lag_days: int | None = Field(default=None, ge=-MOST_DAYS, le=MOST_DAYS)
    leaked_days_before: int = Field(default=0, ge=0, le=MOST_DAYS)
    in_force_days: int = Field(default=0, ge=0, le=MOST_DAYS)
    withdrawn_days: Annotated[int | None, BeforeValidator(_never, json_schema_input_type=int | Literal["never"])] = (
        Field(default=None, ge=0, le=MOST_DAYS)
    )
    relaxes: list[str] = []
    clauses: dict[str, Clause] = Field(min_length=1)

    @property
    def usual_lag(self) -> int | None:
        """Days from the trigger to the announcement."""
        return self.lag_days

    @model_validator(mode="after")
    def _starts(self) -> Self:
        if self.announced is None and self.triggered_by is None:
            raise ValueError("give either announced (a date) or triggered_by with lag_days")
        return self


class Licence(Dated, Cap):
    """Licences an authority has issued under its rules: to whom, for which chips, from when, at what share of revenue.

    An empty list of chips or buyers means all of them. The rules may be a buyer's own state's: then it is an import
    licence. ``chance`` is the probability that the applications are granted at all; ``lag_days`` may be uncertain, and
    are then drawn for each replication.
    """

    rules: list[str] = Field(min_length=1)
    chips: list[str] = []
    buyers: list[str] = []
    issued: date | None = None
    lag_days: Number | None = None
    until: date | None = None
    chance: Number = Estimate(central=1.0)
    revenue_share: float = Field(default=0.0, ge=0, lt=1)

    @property
    def usual_lag(self) -> int | None:
        """Days from the trigger to the issue, in the centre."""
        return None if self.lag_days is None else round(self.lag_days.central)

    @property
    def chancy(self) -> bool:
        """Whether it may be refused."""
        return self.chance.uncertain or self.chance.central < 1

    @property
    def drawn(self) -> bool:
        """Whether luck decides if, or when, it is issued."""
        return self.chancy or (self.issued is None and self.lag_days is not None and self.lag_days.uncertain)

    @model_validator(mode="after")
    def _starts(self) -> Self:
        if self.issued is None and self.triggered_by is None:
            raise ValueError("give either issued (a date) or triggered_by with lag_days")
        return self

    @model_validator(mode="after")
    def _likely(self) -> Self:
        for share in (self.chance.low, self.chance.central, self.chance.high):
            if share is not None and not 0 <= share <= 1:
                raise ValueError(f"chance {share:g} is not between 0 and 1")
        if self.lag_days is not None and not -MOST_DAYS <= self.lag_days.central <= MOST_DAYS:
            raise ValueError(f"lag_days {self.lag_days.central:g} is beyond a century")
        return self
