"""Chips are conserved: every move takes from one account what it gives another."""

import numpy as np
import pytest

from sim.world.ledger import Ledger, LedgerError


def world():
    return Ledger(("ByteDance", "Tencent"), ("A100", "H20"))


def test_a_chip_goes_from_its_maker_over_the_road_to_its_holder_and_wears_out():
    ledger = world()
    ledger.make(np.array([0, 120]))
    ledger.dispatch(np.array([0, 100]))
    ledger.deliver(np.array([[0, 60], [0, 40]]))
    ledger.retire(np.array([[0, 1], [0, 0]]))
    ledger.check()
    assert ledger.held.tolist() == [[0, 59], [0, 40]]
    assert ledger.stocked.tolist() == [0, 20]


def test_a_chip_abroad_wears_out_there_and_is_not_given_back():
    ledger = world()
    ledger.place_abroad(np.array([[0, 5], [0, 0]]))
    ledger.retire_abroad(np.array([[0, 2], [0, 0]]))
    ledger.check()
    assert (ledger.offshore[0, 1], ledger.retired[1], ledger.made[1]) == (3, 2, -5)


def test_a_negative_first_stock_is_refused():
    ledger = world()
    with pytest.raises(ValueError, match="ByteDance starts with -1 A100"):
        ledger.settle(0, 0, -1)


def test_sending_what_was_never_made_is_found():
    ledger = world()
    ledger.dispatch(np.array([5, 0]))
    with pytest.raises(LedgerError, match="account 'stock' holds -5 of A100"):
        ledger.check()


def test_a_lost_chip_is_found():
    ledger = world()
    ledger.balance[0, 0] += 1
    with pytest.raises(LedgerError, match="all accounts together"):
        ledger.check()
