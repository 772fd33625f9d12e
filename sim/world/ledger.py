"""Every chip is somewhere: a double-entry ledger of whole chips.

An account is a place (made, in its maker's stock, on the way, with a holder, worn out). A move takes from one account
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
    """Balances of shape (accounts, chips), and views of them.

    ``held`` is what the holders have in China and ``offshore`` what they own or rent abroad, both (holders, chips);
    ``made``, ``stocked`` with the makers, ``on_the_way``, ``retired``, ``grey`` in brokers' hands and ``seized`` are
    (chips,). ``owned`` are ``held`` and, ``abroad`` rows further down, ``offshore``; of that ``training``, of the same
    shape, is in the hands of training runs.
    """

    def __init__(self, holders: tuple[str, ...], chips: tuple[str, ...]) -> None:
        self.chips = chips
        abroad = tuple(f"{holder} abroad" for holder in holders)
        self.accounts = (*holders, *abroad, "made", "stock", "on the way", "retired", "grey", "seized")
        self.balance: Ints = np.zeros((len(self.accounts), len(chips)), dtype=np.int64)
        self.held: Ints = self.balance[: len(holders)]
        self.offshore: Ints = self.balance[len(holders) : 2 * len(holders)]
        others = self.balance[2 * len(holders) :]
        self.made, self.stocked, self.on_the_way, self.retired, self.grey, self.seized = others
        self.abroad = len(holders)
        self.owned: Ints = self.balance[: 2 * self.abroad]
        self.training: Ints = np.zeros(self.owned.shape, dtype=np.int64)

    def settle(self, holder: int, chip: int, amount: int) -> None:
        """What a holder has on the first day. A negative amount is a ValueError."""
        if amount < 0:
            raise ValueError(f"holder {self.accounts[holder]} starts with {amount} {self.chips[chip]}")
        self.held[holder, chip] += amount
        self.made[chip] -= amount

    def make(self, amounts: Ints) -> None:
        """New chips, of shape (chips,), enter their makers' stock."""
        self.made -= amounts
        self.stocked += amounts

    def dispatch(self, amounts: Ints) -> None:
        """Chips, of shape (chips,), leave their makers for the road."""
        self.stocked -= amounts
        self.on_the_way += amounts

    def deliver(self, amounts: Ints) -> None:
        """Chips come off the road to their holders, of shape (holders, chips)."""
        self.on_the_way -= np.add.reduce(amounts)
        self.held += amounts

    def retire(self, amounts: Ints) -> None:
        """Chips of every holder, of shape (holders, chips), wear out."""
        self.held -= amounts
        self._keep_in_training()
        self.retired += np.add.reduce(amounts)

    def _keep_in_training(self) -> None:
        """Runs hold at most what is left."""
        np.minimum(self.training, self.owned, out=self.training)

    def assign(self, account: int, chip: int, amount: int) -> None:
        """A training run takes chips that a holder has, at home or abroad, and no other run holds.

        More than those are a LedgerError.
        """
        self.training[account, chip] += amount
        if self.training[account, chip] > self.owned[account, chip]:
            short = int(self.owned[account, chip] - self.training[account, chip])
            raise LedgerError(f"{self.accounts[account]}, not in training", self.chips[chip], short)

    def relieve(self, account: int, chip: int, amount: int) -> None:
        """A run gives back its chips, less those that wore out."""
        self.training[account, chip] = max(self.training[account, chip] - amount, 0)

    def smuggle(self, chip: int, amount: int) -> None:
        """Chips bought abroad pass into brokers' hands."""
        self.made[chip] -= amount
        self.grey[chip] += amount

    def hand_over(self, holder: int, chip: int, amount: int) -> None:
        """Smuggled chips reach a holder."""
        self.grey[chip] -= amount
        self.held[holder, chip] += amount

    def seize(self, chip: int, amount: int) -> None:
        """Smuggled chips are taken by an authority."""
        self.grey[chip] -= amount
        self.seized[chip] += amount

    def place_abroad(self, amounts: Ints) -> None:
        """Chips, of shape (holders, chips), are bought or rented abroad; below zero, given back."""
        self.made -= np.add.reduce(amounts)
        self.offshore += amounts
        self._keep_in_training()

    def retire_abroad(self, amounts: Ints) -> None:
        """Chips abroad, of shape (holders, chips), wear out; the measure ``retired`` is of China's and not of these."""
        self.offshore -= amounts
        self._keep_in_training()
        self.retired += np.add.reduce(amounts)

    def check(self) -> None:
        """Raise LedgerError unless every chip is conserved and nobody holds less than nothing."""
        sums, below = np.add.reduce(self.balance), self.balance < 0
        if not np.count_nonzero(sums) and np.count_nonzero(below) == np.count_nonzero(self.made < 0):
            return
        for chip in np.flatnonzero(sums):
            raise LedgerError("all accounts together", self.chips[chip], int(sums[chip]))
        below[self.accounts.index("made")] = False
        for account, chip in zip(*np.nonzero(below), strict=True):
            raise LedgerError(self.accounts[account], self.chips[chip], int(self.balance[account, chip]))
