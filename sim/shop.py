"""What chips give in training in one replication: runs, research, and runs on record by the same arithmetic."""

from typing import get_args

import numpy as np

from sim.actors.buyers import Catalogue
from sim.facts.chips import Chip
from sim.facts.labs import Design, Precedent, Training
from sim.facts.training import SECONDS_PER_DAY, SECONDS_PER_HOUR, TERA, Gains, Pace, effective
from sim.world.draws import Draws, Floats
from sim.world.projects import Shop

LEAST = 0.01
"""Of a dense model's rate: no mixture of experts is slower, however wide an interval is."""


def shop_of(training: Training, catalogue: Catalogue, draws: Draws) -> Shop:
    """What chips give in training."""
    chips, paces, gains = list(catalogue.chips.values()), _paces(training, draws), _gains(training, draws)
    tflops = np.array([_tflops(chip, catalogue, draws) if chip.stack in paces else 0.0 for chip in chips])
    rate = np.array([paces[chip.stack].utilisation if chip.stack in paces else 0.0 for chip in chips])
    designs: tuple[Design, ...] = get_args(Design)
    speed = {
        design: np.array([gains.over_reference(design, chip.trains_at_eight_bits) for chip in chips])
        for design in designs
    }
    research = tflops * speed["experts"] * rate * (draws.value(training.occupancy) * TERA * SECONDS_PER_DAY)
    stack = tuple(chip.stack for chip in chips)
    return Shop(tflops, speed, stack, paces, draws.value(catalogue.exchange.fp16), research)


def on_record(training: Training, shop: Shop, catalogue: Catalogue, draws: Draws) -> dict[str, Floats]:
    """Chip-hours of every run on record and the share of dense FP16 that it reaches, by measure, both (runs,).

    NaN where a chip's arithmetic, or how its stack trains, is not known.
    """
    gains = _gains(training, draws)
    told = [_told(run, gains, shop, catalogue, draws) for run in training.recorded.values()]
    hours, shares = np.array(told).reshape(-1, 2).T
    return {"run_hours": hours, "run_utilisation": shares}


def _told(run: Precedent, gains: Gains, shop: Shop, catalogue: Catalogue, draws: Draws) -> tuple[float, float]:
    """Chip-hours of a run and the share of dense FP16 that it reaches."""
    chip = catalogue.chips[run.chip]
    tflops = float(shop.tflops[list(catalogue.chips).index(run.chip)])
    if chip.arithmetic is None or tflops <= 0:
        return np.nan, np.nan
    in_fp8 = run.precision == "fp8" and chip.trains_at_eight_bits
    reached = float(effective(shop.paces[chip.stack], np.array(run.chips))) * gains.over_reference(run.design, in_fp8)
    hours = draws.value(run.flop) / (tflops * TERA * reached * SECONDS_PER_HOUR)
    return hours, reached * tflops / draws.value(chip.arithmetic)


def _gains(training: Training, draws: Draws) -> Gains:
    """What FP8 and a dense design bring; neither makes a run slower."""
    experts = min(max(draws.value(training.experts), LEAST), 1.0)
    return Gains(fp8=max(draws.value(training.fp8), 1.0), experts=experts)


def _paces(training: Training, draws: Draws) -> dict[str, Pace]:
    """How clusters on every stack train."""
    base, reference, lost = (draws.value(n) for n in (training.utilisation, training.reference_chips, training.lost))
    return {
        name: Pace(
            utilisation=base * draws.value(one.utilisation),
            reference=reference,
            scaling=min(draws.value(one.scaling), 1.0),
            stops=draws.value(one.stops),
            lost=lost,
        )
        for name, one in training.stacks.items()
    }


def _tflops(chip: Chip, catalogue: Catalogue, draws: Draws) -> float:
    """Dense FP16 of a chip, 0 if unknown; of one whose design lets it use more of that, or less, so much more."""
    if chip.arithmetic is None:
        return 0.0
    kind, usual = chip.training_utilisation, catalogue.stacks[chip.stack].training_utilisation
    better = 1.0 if kind is None else draws.value(kind) / draws.value(usual)
    return draws.value(chip.arithmetic) * better
