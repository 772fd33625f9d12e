"""What one nine-year replication of the baseline costs, in bare SimPy timeouts.

Milliseconds belong to a machine, the ratio travels. Both are measured in one process, turn about, so that a busy
machine slows them alike. Run: python benchmarks/replication.py [ROUNDS]
"""

import sys
from collections.abc import Callable, Generator
from statistics import median
from time import perf_counter

import simpy

from sim.study.reading.load import load
from sim.study.replication import Plan, plan, replicate

TIMEOUTS = 100_000


def wait(environment: simpy.Environment, times: int) -> Generator[simpy.Event, None, None]:
    """A clock that ticks and does nothing else."""
    for _ in range(times):
        yield environment.timeout(1)


def tick() -> None:
    """One environment, one process, a hundred thousand timeouts."""
    environment = simpy.Environment()
    environment.process(wait(environment, TIMEOUTS))
    environment.run()


def play(scene: Plan, number: int) -> int:
    """One replication; the number of events it logged. SystemExit if it failed."""
    outcome = replicate(scene, number)
    if outcome.failure is not None:
        raise SystemExit(f"replication {number} failed on {outcome.failure}")
    return len(outcome.events)


def seconds(action: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = perf_counter()
    action()
    return perf_counter() - start


def main(rounds: int) -> None:
    """Warm up once, measure the two in turn, print medians and the median of the rounds' ratios."""
    scenario = load("baseline").scenario
    scene = plan(scenario, 1)
    tick()
    logged = play(scene, 0)
    pairs = [(seconds(tick) / TIMEOUTS, seconds(lambda n=number: play(scene, n))) for number in range(rounds)]
    timeout, replication = (median(column) for column in zip(*pairs, strict=True))
    print(f"a timeout      {timeout * 1e6:10.2f} us")
    print(f"a replication  {replication * 1e3:10.1f} ms, {logged} events logged")
    print(f"ratio          {median(r / t for t, r in pairs):10.0f} timeouts, median of {rounds} rounds")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
