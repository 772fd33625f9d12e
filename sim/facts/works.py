"""Who makes chips in China, and from what: national wafers and memory, foreign dies, packaging, and how they grow."""

from datetime import date

from pydantic import Field

from sim.facts.estimate import Estimate, Number, Record, Series

PERIOD_WEEKS = 4
"""How far works plan ahead. Judgement: production is planned about once a month."""


class Product(Record):
    """A domestic chip in production: its share of packaging starts, and its own memory supply where it uses no HBM.

    ``hbm_part`` is the part of its packages that take HBM; the rest, older and smaller cards of a range that one
    product stands for, carry memory anybody can buy. Its start, in ``mix`` and ``own_memory``, may be ``late`` by days.
    """

    mix: Series
    own_memory: Series | None = None
    hbm_part: Number = Estimate(central=1.0, unit="share")
    late: Number = Estimate(central=0.0, unit="days")


class DomesticMaker(Record):
    """A Chinese chip maker. Foreign dies per month, packaging in packages started a month, yields as fractions.

    ``wafer_share`` and ``hbm_share`` are its claims on the nation's wafers and HBM when they do not suffice for all.
    ``orders_as`` names the parties through which it orders dies of ``foreign_node`` nm abroad, and from when, itself if
    empty: they come as long as the law leaves one of them open. At least ``home_share`` of the dies it can use it has
    made at home, however many it has from abroad.
    """

    headquarters: str = "CN"
    label: str = ""
    orders_as: dict[str, date] = {}
    foreign_node: Number = Estimate(central=7.0, unit="nm")
    wafer_share: Number
    home_share: Number = Estimate(central=0.0, unit="share")
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


class Foundry(Record):
    """China's 7 nm lines: wafers a month as planned, of which phone chips take theirs first, all but an ``ai_floor``.

    Makers ask for what their packaging plans take, and up to ``rush`` times that while the dies they have and have in
    process would not last ``die_cover`` days of what they can use of them; for none beyond it. They reckon with at most
    ``stretch`` times their plan, and finish chips up to ``finished_cover`` days of what they promise ahead of orders.
    """

    wafers: Series
    phones: Series
    ai_floor: Number
    die_cover: Number
    rush: Number
    stretch: Number
    finished_cover: Number


class Memory(Record):
    """High-bandwidth memory that reaches China's chip makers, in stacks a month; ``held`` stacks wait to be sold.

    Makers order them when a rule against memory is leaked; suppliers sell them between the day it is announced and the
    day it takes force. ``desoldered`` stacks come off finished foreign products once memory itself may not be sold.
    """

    foreign: Series
    held: Number
    desoldered: Series
    domestic: Series
    bandwidth_density: Number


class ToolRules(Record):
    """What tool and servicing rules take from the growth of capacity if no foreign supplier may deliver any more.

    ``suppliers`` weighs the countries whose tools a fab buys, each standing for those that the same rules close.
    """

    enabled: bool = True
    slowdown: Number
    suppliers: dict[str, Number] = Field(min_length=1)


class Reinvestment(Record):
    """How the growth of capacity answers revenue: as its ratio to ``reference``, USD a year, to the ``elasticity``.

    Below ``least`` and above ``most`` of that ratio money builds no slower or faster.
    """

    enabled: bool = True
    elasticity: Number
    least: Number
    most: Number
    reference: Series


class StateMoney(Record):
    """What the state adds to the growth of capacity if nothing of foreign makers' best part is open to China."""

    enabled: bool = True
    elasticity: Number


class Expansion(Record):
    """How fast planned wafer, packaging and domestic memory capacity comes.

    As planned with every foreign tool supplier open, revenue at its reference, and no money from the state.
    """

    tools: ToolRules
    revenue: Reinvestment
    state_money: StateMoney
