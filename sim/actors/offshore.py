"""Compute abroad: what the law denies Chinese firms at home they buy or rent elsewhere, as far as it lets them.

Every fourth week each firm compares the part of its denied need that it would meet abroad with what it has there. What
it owns stays when the law closes the way; what it rents goes back when renting is closed.
"""

from dataclasses import dataclass, field
from math import isfinite

import numpy as np

from sim.facts.channels import Offshore
from sim.facts.days import DAYS_PER_WEEK, DAYS_PER_YEAR
from sim.facts.works import PERIOD_WEEKS
from sim.world.draws import Draws, Floats
from sim.world.journal import About
from sim.world.ledger import Ints
from sim.world.stage import Flags, Stage
from sim.world.transit import Transit

LOOKS_A_YEAR = DAYS_PER_YEAR / DAYS_PER_WEEK / PERIOD_WEEKS

TELL_WEEKS = 12
"""Weeks between entries in the log of what is newly placed."""

OWNED, RENTED = "owned", "rented"

TINY = 1e-9


@dataclass(frozen=True)
class Habits:
    """How firms go abroad in one replication; see the facts of offshore compute.

    ``propensity`` is (holders,), ``share_cap`` a list by week, ``rent`` a share of price for four weeks.
    """

    propensity: Floats
    share_cap: list[float]
    owned_share: float
    budget_share: float
    rent: float


@dataclass(frozen=True)
class Wants:
    """One look abroad: ``chips`` sold there in four weeks, (chips,); the rest as the buyers see it.

    ``lacking`` of each holder, (holders,), is what it would still have abroad, in H100-equivalents; ``basket``,
    (holders, chips), the closed chips it would get for one of them; ``means``, (holders,), the dollars it may spend.
    """

    chips: Floats
    lacking: Floats
    basket: Floats
    means: Floats


@dataclass(frozen=True)
class Ways:
    """What the law leaves open abroad, all (holders, chips): who may be ``owning`` and ``renting`` what there;
    ``reach``, the part of the supply a holder can get at, by owning, by renting or by both; ``owned``, how much of what
    it gets it owns; ``outlay``, dollars a chip in a year.
    """

    owning: Flags
    renting: Flags
    reach: Floats
    owned: Floats
    outlay: Floats

    def under(self, owning: Flags, renting: Flags) -> bool:
        """Whether these are the ways under a law that lets holders own and rent so."""
        return np.array_equal(owning, self.owning) and np.array_equal(renting, self.renting)


def habits(offshore: Offshore, propensity: Floats, draws: Draws, days: Floats) -> Habits:
    """Firms' ways abroad in one replication, on the given week ends; ``propensity`` of the holders, (holders,)."""
    return Habits(
        propensity=np.clip(propensity, 0.0, 1.0),
        share_cap=np.clip(draws.curve(offshore.share_cap, days), 0.0, 1.0).tolist(),
        owned_share=min(draws.value(offshore.owned_share), 1.0),
        budget_share=draws.value(offshore.budget_share),
        rent=draws.value(offshore.rent) / LOOKS_A_YEAR,
    )


def ways(habits: Habits, owning: Flags, renting: Flags, price: Floats) -> Ways:
    """The ways abroad under a law that lets holders own and rent chips where marked, both (holders, chips)."""
    own, rent = owning * habits.owned_share, renting * (1.0 - habits.owned_share)
    owned = own / np.maximum(own + rent, TINY)
    return Ways(owning, renting, own + rent, owned, price * (owned + (1.0 - owned) * habits.rent * LOOKS_A_YEAR))


def placed(wants: Wants, ways: Ways, limit: float) -> Floats:
    """Chips that holders get abroad, (holders, chips).

    All together get at most a share ``limit`` of what is sold abroad, each what is within its reach;
    all are cut alike, and each to what it can pay in the first year.
    """
    units = wants.lacking[:, None] * wants.basket
    supply = wants.chips * limit / np.maximum(np.add.reduce(units), TINY)
    units *= np.minimum(supply * ways.reach, 1.0)
    cost = np.add.reduce(units * ways.outlay, axis=1)
    return np.asarray(units * np.minimum(wants.means / np.maximum(cost, TINY), 1.0)[:, None])


@dataclass
class Tenants:
    """All firms with compute abroad: of what the ledger has there, ``rented``, (holders, chips), is not their own.

    ``ways`` are those that the law leaves open; ``untold``, (holders, chips), is not in the log yet; ``shut`` names the
    ways that closed on somebody.
    """

    stage: Stage
    habits: Habits
    transit: Transit
    price: Floats
    rented: Ints
    untold: Ints
    ways: Ways
    shut: set[str] = field(default_factory=set)

    def pay(self) -> None:
        """The rent of four weeks, due whether anything is still denied or not."""
        self.stage.spent += self.habits.rent * (self.rented @ self.price)

    def look(self, week: int, wants: Wants) -> None:
        """Every fourth week: place what is lacking, as own chips and as rented ones."""
        stage, cap = self.stage, self.habits.share_cap[week]
        if cap > 0 and np.count_nonzero(wants.lacking):
            new = self._within_cap(placed(wants, self.ways, cap))
            own = (new * self.ways.owned).astype(np.int64)
            stage.spent += own @ self.price
            stage.ledger.place_abroad(new)
            self.rented += new - own
            self.untold += new
        if week % TELL_WEEKS == 0:
            self._tell()

    def lose(self, own: Ints, rented: Ints) -> None:
        """Chips of their own and rented ones, both (holders, chips), wear out."""
        self.stage.ledger.retire_abroad(own + rented)
        self.rented -= rented

    def law_changed(self) -> None:
        """A new regime: log a way that closes; what was rented goes back if renting is closed.

        Where nothing was shut and the law abroad stays as it was, nobody has a chip that could be.
        """
        regime = self.stage.regime
        if not self.shut and self.ways.under(regime.abroad, regime.renting):
            return
        self.ways = ways(self.habits, regime.abroad, regime.renting, self.price)
        self._shut(OWNED, np.where(regime.abroad, 0, self.stage.ledger.offshore - self.rented), regime.abroad_closers)
        back = np.where(regime.renting, 0, self.rented)
        self._shut(RENTED, back, regime.renting_closers)
        if np.count_nonzero(back):
            self.stage.ledger.place_abroad(-back)
            self.rented -= back

    def _within_cap(self, chips: Floats) -> Ints:
        """Whole chips, (holders, chips), cut alike to what countries of transit may still pass."""
        room, tpp = self.transit.room(), self.transit.tpp
        if isfinite(room):
            chips = chips * min(room / max(float(np.add.reduce(chips) @ tpp), TINY), 1.0)
        whole = chips.astype(np.int64)
        if isfinite(room):
            self.transit.let_through(float(np.add.reduce(whole) @ tpp))
        return whole

    def _tell(self) -> None:
        """Log what each firm has newly placed abroad, behind the rule that closed most of it at home."""
        stage, today = self.stage, self.stage.clock.today
        placed, most = np.add.reduce(self.untold, axis=1).tolist(), self.untold.argmax(axis=1).tolist()
        for holder, chips, chip in zip(stage.frame.holders, placed, most, strict=True):
            if chips:
                name = stage.frame.chips[chip]
                about = About(holder, name, float(chips), "chips", "most of them")
                stage.journal.record(today, "placed abroad", cause=stage.closing_event(name), about=about)
        self.untold[:] = 0

    def _shut(self, way: str, chips: Ints, closers: dict[str, str]) -> None:
        """Log that a way abroad has closed on chips, (holders, chips), behind the rule that closed it."""
        if not np.count_nonzero(chips):
            self.shut.discard(way)
        elif way not in self.shut:
            self.shut.add(way)
            name = self.stage.frame.chips[int(np.add.reduce(chips).argmax())]
            cause = self.stage.legal_events.get((closers.get(name, ""), "in force"))
            detail = f"{way} chips {'stay' if way == OWNED else 'go back'}"
            about = About(chip=name, quantity=float(chips.sum()), unit="chips", detail=detail)
            self.stage.journal.record(self.stage.clock.today, "offshore closed", cause=cause, about=about)
