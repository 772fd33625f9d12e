"""AI chips as their makers list them, and the three rates at which one counts as an H100.

Total processing performance (TPP) and performance density are the law's measures; the three H100-equivalents (by TPP,
by training value, by inference value) are ours and are never mixed up in a label.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Self

from pydantic import Field, field_validator, model_validator

from sim.facts.estimate import Estimate, Number, Record, Spec

FP16_BITS = 16


class Judged(Record):
    """What we take a chip to reach where nothing is published. It counts in equivalents; the law never sees it."""

    fp16: Number | None = Field(default=None, description="dense TFLOPS at 16 bits")
    fp8: Number | None = Field(default=None, description="dense TFLOPS at 8 bits")
    memory_bandwidth: Number | None = Field(default=None, description="GB/s")


class Chip(Record):
    """One accelerator as its maker lists it; a figure nobody has published is None and stays unknown.

    ``judged`` stands in for such figures where chips are counted in H100-equivalents, and nowhere else.
    """

    vendor: str
    line: str
    stack: str
    data_center: bool = True
    fp4: Spec = Field(default=None, description="dense TFLOPS at 4 bits")
    fp8: Spec = Field(default=None, description="dense TFLOPS at 8 bits")
    fp16: Spec = Field(default=None, description="dense TFLOPS at 16 bits")
    int8: Spec = Field(default=None, description="dense TOPS at 8 bits")
    memory_gb: Spec = Field(default=None, description="GB")
    memory_bandwidth: Spec = Field(default=None, description="GB/s")
    interconnect: Spec = Field(default=None, description="GB/s to other chips, both ways")
    die_area: Spec = Field(default=None, description="mm2 of logic, all dies")
    dies: int = Field(default=1, gt=0, description="logic dies in a package")
    hbm_stacks: int | None = Field(default=None, ge=0, description="HBM stacks in a package")
    price: Spec = Field(default=None, description="USD a chip")
    training_utilisation: Spec = Field(default=None, description="share of dense FP16; None takes the stack's")
    launched: date | None = None
    judged: Judged = Judged()

    @model_validator(mode="after")
    def _published_stands(self) -> Self:
        for name in Judged.model_fields.keys() - Record.model_fields.keys():
            if getattr(self, name) is not None and getattr(self.judged, name) is not None:
                raise ValueError(f"judged.{name} is for a figure that is not published, and this one is")
        return self

    @property
    def arithmetic(self) -> Estimate | None:
        """Dense TFLOPS at 16 bits by which a chip counts: as published, else as judged; None if neither is given."""
        return self.fp16 or self.judged.fp16

    @property
    def bandwidth(self) -> Estimate | None:
        """Memory bandwidth in GB/s by which a chip counts: as published, else as judged; None if neither is given."""
        return self.memory_bandwidth or self.judged.memory_bandwidth

    @property
    def trains_at_eight_bits(self) -> bool:
        """Whether it has a floating-point rate at 8 bits, as published or judged."""
        return (self.fp8 or self.judged.fp8) is not None

    @field_validator("fp4", "fp8", "fp16", "int8", "memory_gb", "memory_bandwidth", "interconnect", "die_area", "price")
    @classmethod
    def _positive(cls, spec: Estimate | None) -> Estimate | None:
        if spec is not None and (spec.central <= 0 or (spec.low is not None and spec.low <= 0)):
            raise ValueError('a published figure is above zero; write "unknown" where nothing is published')
        return spec

    @property
    def tpp(self) -> float | None:
        """Dense TFLOPS times bit length at the best precision (15 CFR 774, ECCN 3A090); None if none is published."""
        rates = ((4, self.fp4), (8, self.fp8), (8, self.int8), (16, self.fp16))
        known = [bits * rate.central for bits, rate in rates if rate is not None]
        return max(known) if known else None

    @property
    def density(self) -> float | None:
        """Performance density, TPP per mm2 of die; None if either is not published."""
        tpp = self.tpp
        return None if tpp is None or self.die_area is None else tpp / self.die_area.central


class Stack(Record):
    """A software ecosystem: its model FLOPS utilisation in training, the share of paper inference speed it gives."""

    training_utilisation: Number
    inference_efficiency: Number


class Exchange(Record):
    """What one H100 is in each of the three exchange rates, and how inference weighs memory against arithmetic."""

    tpp: Number
    fp16: Number
    memory_bandwidth: Number
    training_utilisation: Number
    memory_bound_share: Number


def strength(chip: Chip) -> tuple[float, ...]:
    """How makers rank what they may sell: by TPP, then memory bandwidth, then interconnect."""
    return (chip.tpp or 0.0, central(chip.memory_bandwidth) or 0.0, central(chip.interconnect) or 0.0)


def central(spec: Estimate | None) -> float | None:
    """The central figure of a spec, None if unknown."""
    return None if spec is None else spec.central


Read = Callable[[Estimate], float]
"""How an estimate becomes a number: its centre, or this replication's draw."""


def h100e_tpp(chip: Chip, exchange: Exchange, read: Read) -> float | None:
    """H100-equivalents by TPP. The law's figure counts, so published numbers are central ones, never drawn.

    A chip without any counts by its judged arithmetic, which is drawn: whoever doubles it at 8 bits halves the length.
    """
    tpp = chip.tpp
    if tpp is None and chip.judged.fp16 is not None:
        tpp = FP16_BITS * read(chip.judged.fp16)
    return None if tpp is None else tpp / read(exchange.tpp)


def h100e_training(chip: Chip, stack: Stack, exchange: Exchange, read: Read) -> float | None:
    """H100-equivalents by training value: dense FP16 TFLOPS times the utilisation its stack reaches."""
    if chip.arithmetic is None:
        return None
    utilisation = chip.training_utilisation or stack.training_utilisation
    value = read(chip.arithmetic) * read(utilisation)
    return value / (read(exchange.fp16) * read(exchange.training_utilisation))


def h100e_inference(chip: Chip, stack: Stack, exchange: Exchange, read: Read) -> float | None:
    """H100-equivalents by inference value: time per token is part memory-bound, part arithmetic-bound."""
    if chip.arithmetic is None or chip.bandwidth is None:
        return None
    bandwidth, arithmetic = read(chip.bandwidth), read(chip.arithmetic)
    if min(bandwidth, arithmetic) <= 0:  # the far tail of a wide interval
        return 0.0
    share = read(exchange.memory_bound_share)
    memory_time = read(exchange.memory_bandwidth) / bandwidth
    arithmetic_time = read(exchange.fp16) / arithmetic
    return read(stack.inference_efficiency) / (share * memory_time + (1 - share) * arithmetic_time)


@dataclass(frozen=True)
class Equivalents:
    """What one chip is in H100s by each of the three rates; None where nothing is published or judged."""

    tpp: float | None
    training: float | None
    inference: float | None


def equivalents(chip: Chip, stack: Stack, exchange: Exchange, read: Read) -> Equivalents:
    """All three rates of one chip on its own software stack."""
    return Equivalents(
        tpp=h100e_tpp(chip, exchange, read),
        training=h100e_training(chip, stack, exchange, read),
        inference=h100e_inference(chip, stack, exchange, read),
    )
