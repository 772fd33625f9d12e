"""What smuggling and compute abroad do when enforcement or the law changes."""

from datetime import date

import numpy as np
from histories import before, history

FEW = 12
YEAR_2024 = (date(2024, 1, 1), date(2024, 12, 31))


MANY = 40
"""Replications of which two are beyond either end of a 90% interval."""


def smuggled(name, start, end, replications=FEW):
    """Chips smuggled between two days, one number a replication."""
    played = history(name, replications)
    rows = [i for i, month in enumerate(played.months) if start <= month <= end]
    return np.array([outcome.measures["deliveries"][rows][..., 2].sum() for outcome in played.outcomes])


def test_the_baseline_smuggles_as_many_as_are_estimated():
    """Z18 to Z20: some 30,000 in 2023, 140,000 in 2024 (10,000 to 400,000), 150,000 in 2025."""
    assert smuggled("baseline", date(2020, 1, 1), date(2022, 8, 25), MANY).max() == 0
    assert 10_000 <= np.median(smuggled("baseline", date(2023, 1, 1), date(2023, 12, 31), MANY)) <= 60_000
    of_2024 = smuggled("baseline", *YEAR_2024, MANY)
    assert 100_000 <= np.median(of_2024) <= 200_000
    assert of_2024.min() <= 30_000
    assert of_2024.max() >= 350_000


def test_a_crackdown_more_than_halves_what_arrives_and_raises_its_price():
    usual, hunted = smuggled("baseline", *YEAR_2024), smuggled("smuggling-crackdown", *YEAR_2024)
    assert hunted.sum() < 0.5 * usual.sum()
    end = date(2024, 12, 31)
    dearer = history("smuggling-crackdown", FEW).level("premium", end) - history("baseline", FEW).level("premium", end)
    assert dearer.min() > 0


def test_before_the_crackdown_nothing_differs():
    worlds = history("baseline", FEW), history("smuggling-crackdown", FEW)
    for one, other in zip(*(world.outcomes for world in worlds), strict=True):
        assert before(one.events, date(2024, 1, 1)) == before(other.events, date(2024, 1, 1))


def premium(on, *settings):
    return history("baseline", FEW, settings=settings).level("premium", on)


def test_the_price_falls_while_relief_is_in_sight_and_not_before_it_is_known():
    no_h200 = "rules.us-2026-01-h200.enabled=false"
    assert np.array_equal(premium(date(2025, 11, 30)), premium(date(2025, 11, 30), no_h200))
    assert np.median(premium(date(2025, 12, 31)) - premium(date(2025, 12, 31), no_h200)) < -0.05
    assert np.median(premium(date(2026, 1, 31))) > np.median(premium(date(2025, 12, 31)))


def test_who_never_waits_pays_for_what_he_is_denied_today():
    impatient = "grey.patience=1"
    for month in (date(2024, 2, 29), date(2025, 12, 31)):
        assert np.median(premium(month)) < np.median(premium(month, impatient)) - 0.1


def test_a_chip_in_its_first_quarter_is_smuggled_more_the_sooner_brokers_sell_out():
    def blackwell(*settings):
        world = history("baseline", FEW, settings=settings)
        return world.total("deliveries", date(2025, 4, 1), date(2025, 6, 30), chip="B200", origin="smuggled").sum()

    assert blackwell("grey.on_hand=60") > blackwell("grey.on_hand=365")


def test_customs_look_for_smuggled_chips_whatever_beijing_says_of_the_h20():
    for name in ("h20-never-banned", "beijing-does-not-object"):
        for outcome in history(name, FEW).outcomes:
            dates = {e.day for e in outcome.events if e.actor == "cn-2025-10-smuggled" and e.kind == "rule in force"}
            assert dates == {date(2025, 10, 10).toordinal()}


def test_without_controls_nothing_is_smuggled_and_nothing_goes_abroad():
    assert smuggled("no-controls", date(2020, 1, 1), date(2028, 12, 31)).max() == 0
    assert history("no-controls", FEW).level("offshore", date(2028, 12, 31)).max() == 0


def test_no_smuggling_means_none():
    assert smuggled("no-smuggling", date(2020, 1, 1), date(2028, 12, 31)).max() == 0


def test_compute_abroad_is_next_to_nothing_before_2023_and_hundreds_of_thousands_by_mid_2026():
    played = history("baseline", FEW)
    assert played.level("offshore", date(2022, 12, 31)).max() < 2_000
    assert 150_000 <= np.median(played.level("offshore", date(2026, 6, 30))) <= 600_000


def test_every_lot_goes_back_to_a_rule():
    for outcome in history("baseline", FEW).outcomes:
        log = {event.id: event for event in outcome.events}
        for event in outcome.events:
            if event.kind in ("lot delivered", "lot seized"):
                assert log[event.cause].kind == "lot ordered"
            if event.kind in ("lot ordered", "placed abroad"):
                assert log[event.cause].kind.startswith(("rule", "licence", "cap", "regulator"))


def test_smuggled_chips_bring_their_maker_nothing():
    played = history("baseline", FEW)
    b200 = played.plan.frame.column["B200"]
    assert sum(outcome.measures["deliveries"][:, :, b200, 2].sum() for outcome in played.outcomes) > 0
    assert sum(outcome.measures["revenue"][:, :, b200].sum() for outcome in played.outcomes) == 0
