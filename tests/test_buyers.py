"""Buyers: what they order, how a leak makes them rush and what holds the rush, what pushes them, what they lack."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from histories import history
from tiny_buyers import RICH, choices, nothing, wallet, wishes

from sim.actors.buyers import accepted, belief, missing, target_orders
from sim.facts.days import DAYS_PER_QUARTER, DAYS_PER_YEAR, date_of, day_of
from sim.facts.estimate import Estimate
from sim.facts.lawbook import Outlook
from sim.study.reading.load import load
from sim.study.replication import build, plan
from sim.study.scoring.as_of import known_on
from sim.world.draws import Draws
from sim.world.stage import set_stage

TINY = str(Path(__file__).parent / "worlds" / "tiny" / "tiny.toml")
ALPHA = 0


def ordered(wants, held=None, may=None, dollars=RICH):
    """What one buyer wants open in week 0."""
    chips = wants.worth.shape[1]
    have = nothing(1, chips) if held is None else np.array([held])
    short = wants.load[0] - wants.fleet(have)
    return target_orders(wants, 0, short, may or choices([[1] * chips]), wallet(dollars)).tolist()[0]


# Belief


@pytest.mark.parametrize(
    ("day", "sure"), [(900, 0.0), (1000, 0.0), (1025, 0.25), (1050, 0.5), (1100, 1.0), (1150, 1.0), (1300, 1.0)]
)
def test_belief_grows_from_the_leak(day, sure):
    assert belief(wishes([[0]], belief_days=100.0), day, leaked=1000, announced=1200) == sure


@pytest.mark.parametrize(("day", "sure"), [(1029, 0.29), (1030, 1.0), (1031, 1.0)])
def test_belief_is_full_at_the_announcement(day, sure):
    assert belief(wishes([[0]], belief_days=100.0), day, leaked=1000, announced=1030) == sure


def test_nobody_believes_in_what_has_not_leaked_yet():
    assert belief(wishes([[0]]), 999, leaked=1000, announced=1000) == 0.0


# What one buyer orders


def test_a_need_is_shared_by_what_a_dollar_buys_and_by_preference():
    wants = wishes([[90.0]], 2, worth_per_dollar=[[2.0, 1.0]])
    assert ordered(wants) == [60, 30]
    pushed = wishes([[90.0]], 2, worth_per_dollar=[[2.0, 1.0]], preference=[[[1.0, 4.0]]], stack_of=[0, 1])
    assert ordered(pushed) == [30, 60]


def test_a_chip_worth_half_an_h100_is_ordered_twice_as_often():
    assert ordered(wishes([[100.0]], 1, worth=[[0.5]], units_per_worth=[[2.0]]), held=[40]) == [160]


def test_what_is_held_or_coming_is_not_ordered_and_a_full_fleet_orders_nothing():
    assert ordered(wishes([[100.0]]), held=[30]) == [70]
    assert ordered(wishes([[100.0]]), held=[130]) == [0]


def test_nobody_orders_what_it_may_not_buy():
    assert ordered(wishes([[100.0]], 2), may=choices([[0, 1]])) == [0, 100]
    assert ordered(wishes([[100.0]], 2), may=choices([[0, 0]])) == [0, 0]


# The rush of one buyer


def rushed(sure, **changes):
    """Two chips alike, the first threatened; 100 wanted by all, 60 more if the ban is certain."""
    wants = wishes([[100.0]], 2, rush=[[60.0]], **{name: changes[name] for name in changes if name != "held"})
    return ordered(wants, changes.get("held"), choices([[1, 1]], [[sure, 0]]))


def test_the_threatened_chip_is_ordered_ahead_and_the_other_is_not():
    assert rushed(0.0) == [50, 50]
    assert rushed(0.5) == [80, 50]
    assert rushed(1.0) == [110, 50]


def test_whoever_has_more_than_it_needs_rushes_only_for_what_it_lacks_ahead():
    assert rushed(1.0, held=[120, 0]) == [40, 0]
    assert rushed(1.0, held=[200, 0]) == [0, 0]


def test_of_two_threatened_chips_the_surer_loss_draws_more_and_the_surest_sets_the_size():
    wants = wishes([[0.0]], 2, rush=[[60.0]])
    assert ordered(wants, may=choices([[1, 1]], [[1.0, 0.5]])) == [40, 20]


def test_a_chip_that_cannot_be_bought_any_more_draws_no_rush():
    assert ordered(wishes([[100.0]], 2, rush=[[60.0]]), may=choices([[0, 1]], [[1.0, 0.0]])) == [0, 100]


def test_the_rush_is_bounded_by_the_money_at_hand_and_by_the_budget_up_to_the_horizon():
    """64 dollars for 160 chips: all orders shrink alike."""
    wants = wishes([[100.0]], 2, rush=[[60.0]], budget=[[4.0]], budget_weeks=10.0)
    assert ordered(wants, None, choices([[1, 1]], [[1, 0]]), dollars=24.0) == pytest.approx([44, 20])
    assert ordered(wants, None, choices([[1, 1]], [[1, 0]]), dollars=-40.0) == [0, 0]


def test_the_rush_is_bounded_by_what_makers_accept():
    wanted = np.array([[110.0, 50.0], [55.0, 20.0]])
    taken = accepted(wanted, np.array([3.0, 10.0]), weeks=20.0)
    assert taken.tolist() == [[40, 50], [20, 20]]
    assert accepted(wanted, np.array([0.0, 0.0]), weeks=20.0).tolist() == [[0, 0], [0, 0]]


# A review in a world of two holders and two chips


def reviewed(*changes, threatened=(), abroad=None, coming=None, supply=(1e6, 1e6)):
    """Open orders, (holders, chips), and shortages after a review on the first day.

    Each holder wants 100 chips and 60 more if it is certain to lose one; ``threatened`` chips are open, and closed to
    be.
    """
    drawn = plan(load(TINY, changes).scenario, 1)
    stage = set_stage(drawn.frame, Draws(1, 0), drawn.law.regime(drawn.frame.span.start))
    buying = build(drawn, stage).buying
    stage.ledger.balance[:] = 0
    stage.offered[:] = True
    every_week = np.full((len(drawn.frame.weeks), 2), 100.0)
    buying.appetite = wishes(every_week, 2, rush=0.6 * every_week, budget=every_week, budget_weeks=1e6)
    gates = stage.gates.copy()
    gates[:, list(threatened)] = False
    threats = dict.fromkeys([drawn.frame.chips[chip] for chip in threatened], "ban")
    stage.outlook = Outlook(gates, threats, np.where(gates, 0.0, np.inf))
    if abroad is not None:
        stage.ledger.place_abroad(np.array(abroad))
    buying.review(0, np.array(supply), nothing(2, 2) if coming is None else np.array(coming))
    return stage, buying


TEN_DAYS_AGO = ("rules.ban.announced=2022-01-11", "rules.ban.leaked_days_before=20")
TODAY = ("rules.ban.announced=2022-01-01", "rules.ban.leaked_days_before=0")


def test_a_leak_ten_days_old_adds_a_tenth_of_the_rush_to_the_threatened_chip_alone():
    assert reviewed(*TEN_DAYS_AGO)[0].book.open.tolist() == [[50, 50], [50, 50]]
    assert reviewed(*TEN_DAYS_AGO, threatened=[ALPHA])[0].book.open.tolist() == [[56, 50], [56, 50]]


def test_an_announcement_adds_all_of_it():
    assert reviewed(*TODAY, threatened=[ALPHA])[0].book.open.tolist() == [[110, 50], [110, 50]]


def test_a_rush_is_told_with_its_chip_and_size_and_a_calm_review_is_not():
    told = [(e.kind, e.chip, e.quantity) for e in reviewed(*TODAY, threatened=[ALPHA])[0].journal.events]
    assert told == [("orders rushed", "Alpha", 220.0)]
    assert reviewed(*TODAY)[0].journal.events == []


def test_makers_accept_no_more_of_the_rush_than_their_horizon():
    """52 weeks at one and a half chips a week: 78 chips for two holders."""
    book = reviewed(*TODAY, threatened=[ALPHA], supply=(1.5, 1e6))[0].book
    assert book.open.tolist() == [[39, 50], [39, 50]]


@pytest.mark.parametrize("where", ["abroad", "coming"])
def test_chips_abroad_and_on_the_road_count_towards_the_need_and_against_the_shortage(where):
    chips = [[0, 0], [30, 10]]
    stage, buying = reviewed(abroad=chips) if where == "abroad" else reviewed(coming=chips)
    assert stage.book.open.tolist() == [[50, 50], [30, 30]]
    assert stage.shortage.tolist() == pytest.approx([1.0, 0.6])
    assert buying.shortage == pytest.approx(0.8)


def test_what_arrived_this_week_is_paid_before_anything_new_is_ordered():
    """40 dollars of budget came in over four weeks and 60 more may be committed; 60 chips have just arrived."""
    stage, buying = reviewed()
    stage.book.revise(0, -stage.book.open)
    buying.appetite = wishes(np.full((5, 2), 1000.0), 2, budget=np.full((5, 2), 10.0), budget_weeks=6.0)
    buying.wallet = wallet(0.0, 0.0)
    arrived = np.array([[60, 0], [0, 0]])
    stage.ledger.settle(0, ALPHA, 60)
    stage.recorder.weekly["deliveries"][4] = arrived
    buying.review(4, np.array([1e6, 1e6]), nothing(2, 2))
    assert stage.book.open.tolist() == [[20, 20], [50, 50]]


# Shortage


@pytest.mark.parametrize(("held", "lacking"), [(0, 1.0), (25, 0.75), (100, 0.0), (300, 0.0)])
def test_the_shortage_is_the_missing_part_of_the_fleet_in_use(held, lacking):
    wants = wishes([[500.0]], in_use=[[100.0]])
    each, nation = missing(wants.in_use[0], wants.fleet(np.array([[held]])))
    assert (each.tolist(), nation) == ([lacking], lacking)


def test_one_holders_plenty_does_not_fill_anothers_gap():
    wants = wishes([[100.0, 300.0]])
    each, nation = missing(wants.in_use[0], wants.fleet(np.array([[500], [150]])))
    assert (each.tolist(), nation) == ([0.0, 0.5], 0.375)


def test_who_wants_nothing_lacks_nothing():
    each, nation = missing(np.zeros(2), np.zeros(2))
    assert (each.tolist(), nation) == ([0.0, 0.0], 0.0)


# Preferences that rules push


def preference(*changes, push=None):
    """Cloud's weight of Delta's stack on three week ends around 31 December 2022, and on the last."""
    world = load(TINY, changes).scenario
    pushed = {} if push is None else {"cann": {"ban": Estimate(central=push)}}
    cloud = world.buyers["Cloud"].model_copy(update={"pushed": pushed})
    drawn = plan(world.model_copy(update={"buyers": {**world.buyers, "Cloud": cloud}}), 1)
    stage = set_stage(drawn.frame, Draws(1, 0), drawn.law.regime(drawn.frame.span.start))
    weights = build(drawn, stage).buying.appetite.preference[:, 0, list(world.stacks).index("cann")]
    days = [day_of(date(2022, 12, 24)), day_of(date(2022, 12, 31)), day_of(date(2023, 1, 7)), drawn.frame.weeks[-1]]
    return weights[[drawn.frame.weeks.index(day) for day in days]].tolist()


def test_a_push_steps_up_when_its_rule_is_announced_and_stays():
    assert preference() == [0.3, 0.3, 0.3, 0.3]
    assert preference(push=0.8) == [0.3, 0.3, 0.8, 0.8]


def test_on_the_very_day_of_the_announcement():
    assert preference("rules.ban.announced=2022-12-31", push=0.8) == [0.3, 0.8, 0.8, 0.8]


def test_a_push_moves_with_its_rule_and_is_never_felt_without_it():
    assert preference("rules.ban.announced=2023-01-08", push=0.8) == [0.3, 0.3, 0.3, 0.8]
    assert preference("rules.ban.enabled=false", push=0.8) == [0.3, 0.3, 0.3, 0.3]


def test_a_push_below_what_is_preferred_anyway_changes_nothing():
    assert preference(push=0.2) == [0.3, 0.3, 0.3, 0.3]


# The rush of a whole world: Alpha is leaked to be banned on 1 November 2022, announced on 1 January, closed on 1 March

LATE_2022 = (date(2022, 11, 1), date(2022, 12, 31))
EARLIER = (date(2022, 1, 1), date(2022, 10, 31))
ONLY_ALPHA = "rules.ban.clauses.fast.tpp_at_least=5000"
LEAKED = (ONLY_ALPHA, "rules.ban.leaked_days_before=61", "rules.ban.in_force_days=59")
UNLEAKED = (ONLY_ALPHA, "rules.ban.leaked_days_before=0", "rules.ban.in_force_days=59")
NEVER = (ONLY_ALPHA, "rules.ban.enabled=false")
SMALL = "demand.load={points={2022-01-01=5000,2025-01-01=20000}}"


def orders(rule, chip, period, *more):
    return history(TINY, 3, 1, (*rule, *more)).total("orders", *period, chip=chip)


def test_a_leaked_ban_raises_orders_of_the_threatened_chip_before_it_is_announced():
    assert (orders(LEAKED, "Alpha", EARLIER, SMALL) == orders(NEVER, "Alpha", EARLIER, SMALL)).all()
    assert (orders(LEAKED, "Alpha", LATE_2022, SMALL) > 1.5 * orders(NEVER, "Alpha", LATE_2022, SMALL)).all()


def test_and_of_no_other_chip():
    assert (orders(LEAKED, "Delta", LATE_2022, SMALL) <= orders(NEVER, "Delta", LATE_2022, SMALL) + 4).all()


def test_without_a_leak_nobody_rushes_before_the_announcement():
    for chip in ("Alpha", "Delta"):
        for period in (EARLIER, LATE_2022):
            assert (orders(UNLEAKED, chip, period, SMALL) == orders(NEVER, chip, period, SMALL)).all()


def test_the_rush_names_the_leak_and_then_the_announcement_as_its_cause():
    for outcome in history(TINY, 3, 1, (*LEAKED, SMALL)).outcomes:
        steps = {event.id: event.kind for event in outcome.events}
        causes = [steps[e.cause] for e in outcome.events if e.kind == "orders rushed"]
        assert set(causes) == {"rule leaked", "rule announced"}
        assert causes == sorted(causes, reverse=True)


# A surge that nobody foresaw, on a Monday

SURGE = str(Path(TINY).parent / "surge.toml")
CALM = "demand.surges.wave.enabled=false"


def calm_and_surged():
    return history(SURGE, 3, 1, (*NEVER, SMALL, CALM)), history(SURGE, 3, 1, (*NEVER, SMALL))


def test_nobody_knows_of_a_surge_before_its_day():
    known = (date(2022, 1, 1), date(2022, 9, 30))
    calm, surged = calm_and_surged()
    for chip in ("Alpha", "Delta"):
        assert (calm.total("orders", *known, chip=chip) == surged.total("orders", *known, chip=chip)).all()


def test_a_surge_is_told_and_ordered_for_at_the_weeks_end():
    october = (date(2022, 10, 1), date(2022, 10, 31))
    calm, surged = calm_and_surged()
    assert (surged.total("orders", *october) > calm.total("orders", *october) + 3000).all()
    told = [(date_of(e.day), e.quantity, e.detail) for e in surged.outcomes[0].events if e.kind == "demand surges"]
    assert told == [(date(2022, 10, 3), 2.0, "wave")]


def test_a_surge_that_is_switched_off_is_none():
    calm, never = calm_and_surged()[0], history(TINY, 3, 1, (*NEVER, SMALL))
    assert calm.outcomes[0].events == never.outcomes[0].events
    assert (calm.total("orders", *EARLIER) == never.total("orders", *EARLIER)).all()


def test_from_its_week_on_load_and_budget_are_larger_by_its_factor():
    calm, surged = appetite_of(TINY), appetite_of(TINY)
    surged.surge(40, 2.0)
    factor = np.where(np.arange(len(calm.load)) >= 40, 2.0, 1.0)[:, None]
    for name in ("load", "in_use", "rush", "budget"):
        assert np.allclose(getattr(surged, name), getattr(calm, name) * factor), name


def test_who_looks_from_a_day_before_it_knows_no_surge():
    settings = {day: known_on(load(SURGE), date(2022, 10, day)).settings for day in (2, 3)}
    assert [CALM in settings[day] for day in (2, 3)] == [True, False]


def appetite_of(name, *changes):
    drawn = plan(load(name, changes).scenario, 1)
    stage = set_stage(drawn.frame, Draws(1, 0), drawn.law.regime(drawn.frame.span.start))
    return build(drawn, stage).buying.appetite


def test_makers_never_have_more_open_orders_than_a_year_of_what_they_could_send():
    """Acme makes 10,000 a quarter for the world and lets China have 35%; the rush fills its book."""
    steady = "foreign.acme.lines.one.output={points={2022-01-01=10000}}"
    most = 10_000 * 0.35 / DAYS_PER_QUARTER * 365
    for outcome in history(TINY, 3, 1, (*LEAKED, steady)).outcomes:
        fullest = outcome.measures["backlog"][:, :, ALPHA].sum(axis=1).max()
        assert 0.9 * most < fullest <= most


def test_buyers_never_pay_more_than_their_budget_so_far_and_up_to_the_horizon():
    yearly, horizon = 2e7, 90
    poor = (f"demand.budget={{points={{2022-01-01={yearly}}}}}", f"demand.budget_horizon={horizon}")
    world = history(TINY, 3, 1, (*LEAKED, *poor))
    days = np.array(world.plan.frame.months) - world.plan.frame.span.start
    for outcome in world.outcomes:
        paid = np.cumsum(outcome.measures["revenue"].sum(axis=(1, 2)))
        assert (paid <= yearly * (days + horizon) / DAYS_PER_YEAR).all()
        assert paid[13] > 0.9 * yearly * days[13] / DAYS_PER_YEAR
