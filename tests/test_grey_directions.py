"""What smuggling and compute abroad do when enforcement or the law changes."""

from datetime import date

import numpy as np
from histories import before, history

FEW = 8
YEAR_2024 = (date(2024, 1, 1), date(2024, 12, 31))


def smuggled(name, start, end):
    """Chips smuggled between two days, one number a replication."""
    return history(name, FEW).total("deliveries", start, end, origin="smuggled")


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
    no_h200 = ("rules.us-2026-01-h200.enabled=false", "window.end=2026-02-01")
    assert np.array_equal(premium(date(2025, 11, 30)), premium(date(2025, 11, 30), *no_h200))
    assert np.median(premium(date(2025, 12, 31)) - premium(date(2025, 12, 31), *no_h200)) < -0.05
    assert np.median(premium(date(2026, 1, 31))) > np.median(premium(date(2025, 12, 31)))


def test_who_never_waits_pays_for_what_he_is_denied_today():
    impatient = ("grey.patience=1", "window.end=2026-01-01")
    for month in (date(2024, 2, 29), date(2025, 12, 31)):
        assert np.median(premium(month)) < np.median(premium(month, *impatient)) - 0.1


def test_a_chip_in_its_first_quarter_is_smuggled_more_the_sooner_brokers_sell_out():
    def blackwell(setting):
        world = history("baseline", FEW, settings=(setting, "window.end=2025-07-01"))
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
