"""Roadmaps: what labs plan, as projects with this replication's numbers; models beyond what is known follow a trend."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sim.facts.buyers import Buyer
from sim.facts.days import DAYS_PER_YEAR, day_of
from sim.facts.labs import MODEL, Lab, Later, Model, Stability
from sim.world.draws import Draws
from sim.world.projects import Project


@dataclass(frozen=True)
class Programme:
    """All labs of a scenario, the ``buyers`` whose chips they use, and the failures that a stack's runs meet."""

    labs: Mapping[str, Lab]
    buyers: Mapping[str, Buyer]
    training: Mapping[str, Stability]


def projects(programme: Programme, draws: Draws) -> list[Project]:
    """Every model of every lab in one replication, later ones last."""
    found: list[Project] = []
    kept = made(programme.labs)
    for name, lab in programme.labs.items():
        known = {own: _project(programme, (name, own), draws) for own in lab.models if MODEL.join((name, own)) in kept}
        found += known.values()
        if lab.later is not None and lab.later.like in known:
            found += _later(lab.later, known[lab.later.like], draws)
    return found


def made(labs: Mapping[str, Lab]) -> set[str]:
    """Whole names of the models that are made: not those switched off, nor what waits for one of them."""
    return {name for name, model in _roadmaps(labs).items() if model.enabled} - left_out(labs).keys()


def left_out(labs: Mapping[str, Lab]) -> dict[str, str]:
    """Models that are never made, by whole name, each with the one behind which it waits and that is switched off.

    Those beyond the roadmap wait for the one that they are like.
    """
    models = _roadmaps(labs)
    behind = {name: _switched_off(models, name) for name, model in models.items() if model.enabled}
    for lab, later in ((name, lab.later) for name, lab in labs.items() if lab.later is not None):
        like = _switched_off(models, MODEL.join((lab, later.like)))
        behind |= {MODEL.join((lab, name)): like for name in later.names}
    return {name: off for name, off in behind.items() if off}


def _switched_off(models: Mapping[str, Model], name: str) -> str:
    """The first model before one, or the one before that and so on, that is switched off; empty if none is."""
    for _ in models:
        if name not in models or not models[name].enabled:
            return name
        if not models[name].after:
            return ""
        name = models[name].after
    return ""


def _roadmaps(labs: Mapping[str, Lab]) -> dict[str, Model]:
    return {MODEL.join((name, own)): model for name, lab in labs.items() for own, model in lab.models.items()}


def _project(programme: Programme, named: tuple[str, str], draws: Draws) -> Project:
    """One model, by its lab's name and its own, with this replication's numbers.

    A lab that has more chips than is thought also tries more: research grows with its holder's share of the nation.
    """
    lab = programme.labs[named[0]]
    model = lab.models[named[1]]
    flop = draws.value(model.flop)
    research = flop * draws.value(model.research) * draws.value(programme.buyers[lab.holder].share.factor)
    return Project(
        name=MODEL.join(named),
        lab=named[0],
        holder=list(programme.buyers).index(lab.holder),
        share=draws.value(lab.share),
        starts=None if model.starts is None else day_of(model.starts),
        after=(model.after, model.once) if model.after else None,
        every=0,
        research=research,
        plan=(plan := research / max(draws.value(model.research_days), 1.0)),
        wish=plan,
        flop=flop,
        cluster=draws.value(model.cluster),
        stacks=(model.stack, model.fallback) if model.fallback else (model.stack,),
        hosts={stack: list(programme.buyers).index(holder) for stack, holder in lab.hosts.items()},
        fails={s: one.failure[model.size] for s, one in programme.training.items() if model.size in one.failure},
        failing=draws.value(lab.failing),
        patience=max(round(draws.value(lab.patience)), 1),
        steps=tuple((step, round(draws.value(days))) for step, days in model.steps.items()),
        ported=tuple((stack, round(draws.value(days))) for stack, days in model.ported.items()),
        saves=draws.value(model.saves),
        stretch=None,
        design=model.design,
    )


def _later(later: Later, model: Project, draws: Draws) -> list[Project]:
    """Models beyond the roadmap: like a ``model`` on it but bigger, each after the one before and once that is trained.

    What serving saves with time stands in its efficiency; what that model saved does not come again.
    """
    every, growth = max(draws.value(later.every), 1.0), draws.value(later.growth)
    found: list[Project] = []
    for number, name in enumerate(later.names, 1):
        bigger = growth ** (every * number / DAYS_PER_YEAR)
        before = found[-1].name if found else model.name
        found.append(
            replace(
                model,
                name=f"{model.lab}{MODEL}{name}",
                starts=None,
                after=(before, "trained"),
                every=round(every),
                research=model.research * bigger,
                plan=model.plan * bigger,
                wish=model.plan * bigger,
                flop=model.flop * bigger,
                cluster=model.cluster * bigger,
                saves=1.0,
                stretch=draws.value(later.stretch),
            )
        )
    return found
