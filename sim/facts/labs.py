"""Labs: the models on their roadmaps, what it takes to train one, and whose chips they use."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from sim.facts.buyers import BuyerKind
from sim.facts.estimate import Estimate, Number, Record, Series

Size = Literal["small", "large"]
Design = Literal["experts", "dense"]
Precision = Literal["fp8", "fp16"]
Milestone = Literal["trained", "released"]

MODEL = "."
"""Between the names of a lab and of its model: ``DeepSeek.V3``."""


def flop_words(flop: float) -> str:
    """So many FLOP as people write them: 1e26."""
    return f"{flop:.2g}".replace("e+", "e")


class Model(Record):
    """A model on a roadmap: research, a final run on one cluster, steps that need no compute, release.

    Research begins on ``starts`` or, if ``after`` names a model (``DeepSeek.V3``), once that is ``trained`` or
    ``released``, whichever comes last; it takes ``research`` times the ``flop`` of the final run, and by plan
    ``research_days``, which a lab with too few chips exceeds. The final run takes a ``cluster`` of so many
    H100-equivalents by arithmetic, of one kind of chip of the preferred ``stack``, and of the ``fallback`` if that
    fails for good; a ``dense`` model's goes faster than one of ``experts``. ``steps`` follow it, one after the other,
    in days. It is not released before it runs well on the stacks it is ``ported`` to, in days from the end of its run.

    From its release it, and what others learn from it later, serves ``saves`` times as many tokens a chip as before.
    ``planned`` is the release as announced or expected and ``recorded`` the one that came: nobody acts upon either.
    One that is not ``enabled`` is never made, nor is any that waits for it.
    """

    size: Size
    design: Design = "experts"
    starts: date | None = None
    after: str = ""
    once: Milestone = "released"
    flop: Number
    research: Number
    research_days: Number
    cluster: Number
    stack: str = Field(json_schema_extra={"minLength": 1})
    fallback: str = ""
    steps: dict[str, Number] = {}
    ported: dict[str, Number] = {}
    saves: Number = Estimate(central=1.0)
    planned: date | None = None
    recorded: date | None = None
    enabled: bool = True

    @model_validator(mode="after")
    def _begins(self) -> Self:
        if self.starts is None and not self.after:
            raise ValueError("give starts, a date, or after, a model")
        if self.fallback and self.fallback == self.stack:
            raise ValueError(f"fallback {self.fallback!r} is the stack itself: name another, or leave fallback out")
        return self


class Later(Record):
    """Models beyond the known roadmap, all ``like`` one on it. Each begins ``every`` days after the one before began,
    the first after that one, or when that is trained if it is later; it takes as much more compute as ``growth`` a year
    makes in that time. If that one is never made, neither are they.

    A lab whose chips do not suffice makes it smaller, though not smaller than the one before: so that by its chips of
    the day its research takes ``stretch`` times as long as planned.
    """

    names: list[str] = Field(min_length=1)
    like: str = Field(min_length=1)
    every: Number
    growth: Number
    stretch: Number


class Lab(Record):
    """A lab: whose chips it uses, at most which ``share`` of them, and its models.

    On a stack in ``hosts`` it uses the chips of the holder named there (a chip maker's cloud). It keeps trying for
    ``patience`` days on a stack on which its run fails, or has no cluster while there is another to fall back on; a
    part ``failing`` of the stack's chance to fail meets its runs, little of it where the maker's own engineers train.
    ``users`` weighs it among the labs whose models people use, as if all were equally new; of its tokens a part
    ``elsewhere`` is served by whoever runs open models, all holders by what they have in use, its own included. It may
    train on the part ``abroad`` of what its holder has outside China.
    """

    holder: str
    share: Number = Estimate(central=1.0, unit="share")
    hosts: dict[str, str] = {}
    patience: Number
    failing: Number = Estimate(central=1.0, unit="share")
    users: Series
    elsewhere: Number
    abroad: Series | None = None
    models: dict[str, Model]
    later: Later | None = None

    @model_validator(mode="after")
    def _each_name_once(self) -> Self:
        names = [*self.models, *(self.later.names if self.later else ())]
        for name in names:
            if MODEL in name:
                raise ValueError(f"a model cannot be named {name!r}: a dot parts it from its lab; write a hyphen")
            if names.count(name) > 1:
                raise ValueError(f"two models are named {name!r}: give one of them another name")
        if self.later is not None and self.later.like not in self.models:
            known = ", ".join(self.models)
            raise ValueError(f"later.like: {self.later.like!r} is no model on the roadmap; name one of {known}")
        return self


class Stability(Record):
    """How clusters on one software stack train.

    ``utilisation`` is relative to the reference stack's at the reference size; each doubling of the chips beyond it
    costs a part ``scaling`` of the rate. ``stops`` are failures a chip-day. A run fails for good with a chance
    ``failure`` by size class on the day it starts; a size class that is not named never does. Its vendor's engineers
    help to port as many models at a time as there are ``teams``, first come, first served; if not said, all. So they do
    before a release and after it.
    """

    utilisation: Number
    scaling: Number
    stops: Number
    failure: dict[Size, Series] = {}
    teams: Number | None = None


class Precedent(Record):
    """A training run on record, of so many FLOP on so many ``chips`` of one kind: what the model gives is scored."""

    chip: str
    chips: int = Field(gt=0)
    flop: Number
    design: Design
    precision: Precision


class Training(Record):
    """What a chip gives in training: dense FP16 times a ``utilisation`` reached on ``reference_chips`` together.

    That is a mixture of experts' in FP8. A run on a chip that has FP8 goes ``fp8`` times as fast as one on a chip that
    has not, and a mixture of experts at a share ``experts`` of a dense model's rate. A stop costs ``lost`` days of the
    whole cluster. Of the chips that research holds a share ``occupancy`` works. ``recorded`` are runs to be told, as is
    the nation's first of ``landmark`` FLOP.
    """

    utilisation: Number
    reference_chips: Number
    fp8: Number = Estimate(central=1.0)
    experts: Number = Estimate(central=1.0, unit="share")
    lost: Number
    occupancy: Number
    landmark: Number
    stacks: dict[str, Stability]
    recorded: dict[str, Precedent] = {}


class Wave(Record):
    """A ``release`` (``DeepSeek.R1``) after which people ask for so many ``times`` as many tokens, within ``days``.

    The series of tokens has the wave in it, from ``since`` on, the day on record.
    """

    release: str
    since: date
    times: Number
    days: Number
    enabled: bool = True


class Serving(Record):
    """What users ask for, and what a chip gives them.

    ``tokens`` a day that the nation asks for, input and output, counted as in one series of figures. An H100-equivalent
    by inference value serves ``per_chip`` of them a day on ``reference``, and on other days as ``efficiency`` differs;
    what a released model saves comes on top, for its lab at once and for the others ``spread`` days later. On a stack
    in ``ports`` it serves only so many days after its release, unless it was trained there or ported before. Chips must
    suffice for ``peak`` times the mean; those that are idle at night do research.

    Users move to new models: a lab's weight is ``novelty`` times as high on the day of a release, and half of that
    extra is gone after ``fades`` days. ``waves`` are the releases that made the nation ask for more: without one, or
    with one that comes late, so many tokens are missing.
    """

    tokens: Series
    waves: dict[str, Wave] = {}
    per_chip: Number
    reference: date
    efficiency: Series
    spread: Number
    ports: dict[str, Number] = {}
    peak: Number
    novelty: Number
    fades: Number


class Workloads(Record):
    """What else the fleet does, as parts of the nation's load: ``inference`` of recommenders, search, vision and so on,
    and ``training`` of all that no roadmap names; ``servers`` are the kinds of buyers that have the former. Of the
    fleet that a kind of buyer wants, the part in ``used`` finds users, all of it where nothing is said. Buyers order
    for what labs needed for training over the last ``memory`` days.
    """

    inference: Series
    training: Series
    servers: list[BuyerKind]
    used: dict[BuyerKind, Number] = {}
    memory: Number


First = Literal["training", "inference"]


class Policy(Record):
    """Who comes first where chips do not suffice for all: on every stack ``training`` or ``inference``.

    A holder in ``holders`` goes its own way on the stacks named there. Where training comes first, research leaves
    chips for a part ``floor`` of what the users of labs' models need.
    """

    first: dict[str, First]
    holders: dict[str, dict[str, First]] = {}
    floor: Number
