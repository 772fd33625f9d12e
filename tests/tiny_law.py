"""Laws of one or two rules, for tests."""

from datetime import date
from typing import Any

from sim.facts.days import day_of
from sim.facts.deals import ORDINARY_BUYER, Deal, Item, Party
from sim.facts.law import Licence, Rule
from sim.facts.ruling import Ruling, ruling
from sim.facts.statutes import Law

MAKER = Party("maker", "US")
DEAL = Deal(MAKER, ORDINARY_BUYER, "CN")


def clause(verdict: str = "licence", **conditions: Any) -> dict[str, Any]:
    return {"verdict": verdict, "text": "", **conditions}


def rule(*clauses: dict[str, Any], announced: date | None = date(2023, 1, 1), **more: Any) -> Rule:
    named = {f"c{i}": one for i, one in enumerate(clauses or (clause(),))}
    dated = {} if announced is None else {"announced": announced}
    return Rule.model_validate({"title": "", "authority": "US", "clauses": named, **dated, **more})


def licence(*rules: str, **more: Any) -> Licence:
    return Licence.model_validate({"rules": list(rules), "issued": date(2023, 1, 1), **more})


def after(trigger: str, days: int, **more: Any) -> Rule:
    return rule(announced=None, triggered_by=trigger, lag_days=days, **more)


def on(law: Law, item: Item, when: date = date(2024, 1, 1), deal: Deal = DEAL) -> Ruling:
    return ruling(item, deal, law, day_of(when))


def chip(**figures: Any) -> Item:
    return Item("chip", "chip", **figures)
