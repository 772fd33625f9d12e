"""Chips are conserved: every move takes from one account what it gives another."""

import numpy as np
import pytest

from sim.world.ledger import Ledger, LedgerError


def world():
    return Ledger(("ByteDance", "Tencent"), ("nvidia",), ("A100", "H20"))


def test_a_chip_goes_from_its_maker_over_the_road_to_its_holder_and_wears_out():
    ledger = world()
    ledger.move(ledger.made, ledger.makers.start, 1, 100)
    ledger.move(ledger.makers.start, ledger.on_the_way, 1, 100)
    ledger.hand_out(ledger.on_the_way, np.array([[0, 60], [0, 40]]))
    ledger.take_back(ledger.retired, np.array([[0, 1], [0, 0]]))
    ledger.check()
    assert ledger.held.tolist() == [[0, 59], [0, 40]]


def test_a_negative_move_is_refused():
    ledger = world()
    with pytest.raises(ValueError, match="-1 A100"):
        ledger.move(ledger.made, 0, 0, -1)


def test_giving_what_one_does_not_have_is_found():
    ledger = world()
    ledger.move(ledger.makers.start, ledger.on_the_way, 0, 5)
    with pytest.raises(LedgerError, match="account 'nvidia' holds -5 of A100"):
        ledger.check()


def test_a_lost_chip_is_found():
    ledger = world()
    ledger.balance[0, 0] += 1
    with pytest.raises(LedgerError, match="all accounts together"):
        ledger.check()
