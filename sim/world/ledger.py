"""Every chip is somewhere: a double-entry ledger of whole chips.

An account is a place (made, in a maker's stock, abroad, on the way, with a holder, worn out). A move takes from one account
what it gives another, so each chip's balances sum to zero for ever; ``made`` alone may go below zero.
"""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class LedgerError(Exception):
    """Chips were lost, made from nothing, or given twice."""

    def __init__(self, account: str, chip: str, balance: int) -> None:
        super().__init__(account, chip, balance)
        self.account, self.chip, self.balance = account, chip, balance

    def __str__(self) -> str:
        return f"account {self.account!r} holds {self.balance} of {self.chip}"


class Ledger:
    """Balances of shape (accounts, chips). The first accounts are the holders', in the order given."""

    MADE, ON_THE_WAY, RETIRED = "made", "on the way", "retired"

    def __init__(self, holders: tuple[str, ...], makers: tuple[str, ...], chips: tuple[str, ...]) -> None:
        self.chips = chips
        self.accounts = (*holders, *makers, self.MADE, self.ON_THE_WAY, self.RETIRED)
        self.holders = slice(0, len(holders))
        self.makers = slice(len(holders), len(holders) + len(makers))
        self.made, self.on_the_way, self.retired = range(len(self.accounts) - 3, len(self.accounts))
        self.balance: Ints = np.zeros((len(self.accounts), len(chips)), dtype=np.int64)

    @property
    def held(self) -> Ints:
        """What the holders hold, a view of shape (holders, chips)."""
        return self.balance[self.holders]

    def move(self, source: int, target: int, chip: int, amount: int) -> None:
        """Move some of one chip between two accounts. A negative amount is a ValueError."""
        if amount < 0:
            raise ValueError(f"a move of {amount} {self.chips[chip]}")
        self.balance[source, chip] -= amount
        self.balance[target, chip] += amount

    def hand_out(self, source: int, grants: Ints) -> None:
        """Give every holder its grants, of shape (holders, chips), out of one account."""
        self.balance[source] -= grants.sum(axis=0)
        self.balance[self.holders] += grants

    def take_back(self, target: int, amounts: Ints) -> None:
        """Take amounts of shape (holders, chips) from every holder into one account."""
        self.balance[self.holders] -= amounts
        self.balance[target] += amounts.sum(axis=0)

    def check(self) -> None:
        """Raise LedgerError unless every chip is conserved and nobody holds less than nothing."""
        sums = self.balance.sum(axis=0)
        for chip in np.flatnonzero(sums):
            raise LedgerError("all accounts together", self.chips[chip], int(sums[chip]))
        short = self.balance < 0
        short[self.made] = False
        for account, chip in zip(*np.nonzero(short), strict=True):
            raise LedgerError(self.accounts[account], self.chips[chip], int(self.balance[account, chip]))
