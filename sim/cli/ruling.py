"""``chipsim ruling``: what the law says of a chip, on a day, to a buyer; every gate, with rule and source."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.console import Json, document, guarded, hung, line, print_json

if TYPE_CHECKING:
    from datetime import date

    from sim.facts.gates import Gate
    from sim.facts.ruling import Ruling
    from sim.study.inquiry import Case

Chip = Annotated[
    str,
    typer.Argument(
        metavar="CHIP",
        help="A chip of the scenario; or a name of your own with specs, taken as a data-centre chip; or hbm, "
        "foreign-die, wafer-tool, remote-access.",
    ),
]
LABEL = 10
"""Columns of what stands before each line of a gate."""

SALE, MADE_UP = "The sale", "A made-up item"
"""Panels of help."""

On = Annotated[str, typer.Option("--on", metavar="DATE", help="The day of the sale: 2025-05-01.", rich_help_panel=SALE)]
To = Annotated[
    str,
    typer.Option("--to", metavar="COUNTRY", help="Where it goes, in two letters: CN, HK, MY.", rich_help_panel=SALE),
]
Buyer = Annotated[
    str,
    typer.Option(
        "--buyer",
        metavar="NAME",
        help="A buyer of the scenario, or: private, state-funded, listed, american.",
        rich_help_panel=SALE,
    ),
]
Seller = Annotated[
    str | None,
    typer.Option("--seller", metavar="NAME", help="Default: the chip's maker.", rich_help_panel=SALE),
]
World = Annotated[
    str,
    typer.Option("--scenario", metavar="NAME", help="Whose law: a shipped scenario or a file.", rich_help_panel=SALE),
]
Tpp = Annotated[
    float | None,
    typer.Option("--tpp", metavar="FIGURE", help="Total processing performance.", rich_help_panel=MADE_UP),
]
Density = Annotated[
    float | None,
    typer.Option(
        "--density", metavar="FIGURE", help="TPP per mm2 of die; for hbm, GB/s per mm2.", rich_help_panel=MADE_UP
    ),
]
Memory = Annotated[
    float | None,
    typer.Option("--memory-bandwidth", metavar="FIGURE", help="GB/s.", rich_help_panel=MADE_UP),
]
Link = Annotated[
    float | None,
    typer.Option("--interconnect", metavar="FIGURE", help="GB/s, both ways.", rich_help_panel=MADE_UP),
]
Node = Annotated[
    float | None,
    typer.Option("--node", metavar="FIGURE", help="For foreign-die and wafer-tool: nm.", rich_help_panel=MADE_UP),
]

PHRASES = {
    "allowed": "is allowed",
    "discouraged": "is allowed but discouraged",
    "capped": "is allowed within a cap",
    "case_by_case": "is decided case by case",
    "licence": "needs a licence",
    "denied": "is denied",
    "undetermined": "cannot be determined",
}


def ruling(
    chip: Chip,
    on: On,
    to: To = "CN",
    buyer: Buyer = "private",
    seller: Seller = None,
    scenario: World = "baseline",
    tpp: Tpp = None,
    density: Density = None,
    memory_bandwidth: Memory = None,
    interconnect: Link = None,
    node: Node = None,
    as_json: Json = False,
) -> None:
    """Say whether a chip may be sold: the verdict, and each authority's gate with rule, clause and source.

    Example: chipsim ruling H20 --on 2025-05-01 --to CN

    By spec: chipsim ruling my-chip --on 2024-01-01 --tpp 2300 --density 2.8 --memory-bandwidth 4000 --interconnect 900
    """
    from sim.facts.ruling import ruling as rule
    from sim.facts.statutes import Law
    from sim.study.inquiry import Inquiry, Specs
    from sim.study.reading.load import load

    with guarded(as_json):
        world = load(scenario).scenario
        specs = Specs(tpp, density, memory_bandwidth, interconnect, node)
        case = Inquiry(chip, on, to, buyer, seller, specs).case(world)
        answer = rule(case.item, case.deal, Law.of(world.rules, world.licences), case.day)
        known = world.window.known_until
        if as_json:
            print_json(_as_document(case, answer, known))
        else:
            _show(case, answer, scenario, known)


def sentence(case: "Case", answer: "Ruling") -> str:
    """The verdict in one sentence."""
    from sim.facts.days import date_of

    deal, gate = case.deal, answer.deciding
    sale = f"{date_of(case.day)}: {case.item.name} from {deal.seller.name} to {deal.buyer.name} in {deal.destination}"
    words = PHRASES[answer.verdict.word]
    if answer.missing:
        words += f": {', '.join(answer.missing)} unknown, so {_range(gate)}"
    elif gate.licences:
        words += f" under licence {', '.join(gate.licences)} ({gate.authority})"
    elif gate.rule is not None:
        words += f" ({gate.authority}{', presumption of denial' if gate.presumption else ''})"
    return f"{sale} {words}."


def _range(gate: "Gate") -> str:
    return f"anything from {gate.at_least.word} to {gate.at_most.word}".replace("_", " ")


def _frozen(case: "Case", known: "date") -> str:
    """That nobody knows the law of that day, empty if somebody does."""
    from sim.facts.days import date_of

    day = date_of(case.day)
    return f"Conditional: the law is known to {known} and frozen there; on {day} it may be another." * (day > known)


def _show(case: "Case", answer: "Ruling", scenario: str, known: "date") -> None:
    for words in filter(None, (sentence(case, answer), _frozen(case, known))):
        typer.echo(line(words, 0))
    for gate in answer.gates:
        typer.echo()
        for label, words in _told(gate):
            typer.echo(hung(f"{label:<{LABEL}}  ", words))
    named = answer.deciding.rule
    where = "" if scenario == "baseline" else f" --scenario {scenario}"
    typer.echo(f"\nnext: chipsim sources rules.{named}{where}" if named else "\nnext: chipsim list", err=True)


def _told(gate: "Gate") -> list[tuple[str, str]]:
    """A gate in labelled lines: the verdict, then what it rests on."""
    if gate.rule is None:
        return [(gate.authority, "allowed: no rule applies")]
    clause = f"{gate.clause}: {gate.text}" if gate.text else str(gate.clause)
    return [
        (gate.authority, _verdict(gate)),
        ("  rule", gate.rule),
        ("  clause", clause),
        ("  in force", f"since {_since(gate)}"),
        ("  source", gate.source or "-"),
    ]


def _verdict(gate: "Gate") -> str:
    """The verdict with what qualifies it: presumption, licence, share of revenue, caps."""
    parts = [gate.verdict.word.replace("_", " ")]
    parts += ["presumption of denial"] if gate.presumption else []
    parts += [f"under licence {name}" for name in gate.licences]
    parts += [f"{gate.revenue_share:.0%} of revenue"] if gate.revenue_share else []
    return ", ".join([*parts, *(cap.words for cap in gate.caps)])


def _since(gate: "Gate") -> str | None:
    from sim.facts.days import date_of

    return None if gate.since is None else date_of(gate.since).isoformat()


def _as_document(case: "Case", answer: "Ruling", known: "date") -> dict[str, Any]:
    from sim.facts.days import date_of

    body = {
        "item": case.item.name,
        "to": case.deal.destination,
        "buyer": case.deal.buyer.name,
        "seller": case.deal.seller.name,
        "on": date_of(case.day).isoformat(),
        "verdict": answer.verdict.word,
        "missing": list(answer.missing),
        "sentence": sentence(case, answer),
        "known_until": known.isoformat(),
        "conditional": _frozen(case, known) or None,
        "gates": [_as_object(gate) for gate in answer.gates],
    }
    return document("ruling", body)


def _as_object(gate: "Gate") -> dict[str, Any]:
    return {
        "authority": gate.authority,
        "verdict": gate.verdict.word,
        "rule": gate.rule,
        "clause": gate.clause,
        "text": gate.text,
        "since": _since(gate),
        "source": gate.source,
        "presumption_of_denial": gate.presumption,
        "missing": list(gate.missing),
        "licences": list(gate.licences),
        "revenue_share": gate.revenue_share,
        "caps": [cap.words for cap in gate.caps],
    }
