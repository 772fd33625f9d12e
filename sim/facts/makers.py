"""Who makes chips, and from what: foreign wafer lines with design options, domestic makers with four inputs."""

from datetime import date

from sim.facts.estimate import Estimate, Number, Record, Series, Spec


class MemoryOption(Record):
    """Memory a line can mount: capacity in GB, bandwidth in GB/s, stacks, and the first day it can be had."""

    gb: float
    bandwidth: float
    stacks: int
    available: date


class Grid(Record):
    """The options of a wafer line: a full die, fractions of its arithmetic, interconnects in GB/s, memories.

    ``fixed_price_share`` is the part of the full part's price that a cut in arithmetic does not touch;
    ``cut_utilisation`` the training utilisation of a part whose arithmetic is cut, the full part's if none is given.
    """

    full: str
    fixed_price_share: Number = Estimate(central=0.0, unit="share")
    cut_utilisation: Spec = None
    compute: list[float]
    interconnect: list[float]
    memory: dict[str, MemoryOption]
    listed: list[str] = []


class Line(Record):
    """A wafer line: what it makes world-wide each quarter, the parts it sells anywhere, what it may cut for China."""

    silicon: date
    volume: date
    output: Series
    china_share_cap: Series
    parts: dict[str, date]
    grid: Grid | None = None


class ForeignMaker(Record):
    """A chip designer outside China. Leads are days from the day a rule closes its part."""

    headquarters: str
    label: str = ""
    fuse_lead: Number
    design_lead: Number
    volume_lead: Number
    restart_lead: Number
    transit: Number
    lines: dict[str, Line]


class Product(Record):
    """A domestic chip in production: its share of packaging starts, and its own memory supply where it uses no HBM."""

    mix: Series
    own_memory: Series | None = None


class DomesticMaker(Record):
    """A Chinese chip maker. Wafers and foreign dies per month, packaging in good packages a month, yields as fractions.

    ``orders_as`` names the parties through which it orders dies of ``foreign_node`` nm abroad, and from when, itself if
    empty: they come as long as the law leaves one of them open.
    """

    headquarters: str = "CN"
    label: str = ""
    orders_as: dict[str, date] = {}
    foreign_node: Number = Estimate(central=7.0, unit="nm")
    wafers: Series
    prior_claim: Series | None = None
    gross_dies: Number
    die_yield: Series
    cycle: Number
    foreign_dies: Series
    packaging: Series
    two_die_survival: Number
    hbm_share: Number
    products: dict[str, Product]
    transit: Number
    buyer_weights: dict[str, Number]


class Memory(Record):
    """High-bandwidth memory that reaches China's chip makers, in stacks a month; ``held`` stacks wait to be sold.

    Suppliers sell what they hold between the day a rule against it is announced and the day it takes force.
    """

    foreign: Series
    held: Number
    domestic: Series
    bandwidth_density: Number
