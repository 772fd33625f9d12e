"""Labs reckoned by hand: what research, clusters, failures and steps make of a model's dates."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yards import CALM, CHIP_DAY, START, chance, come, days, model, told, yard

from sim.world.calendar import Phase

NEVER, ALWAYS = chance({"2022-01-01": 0.0}), chance({"2022-01-01": 1.0})


def test_the_life_of_a_model():
    """28 days of research at plenty, ten of a run, then steps one after the other and porting beside them."""
    one = model(research=2800.0, plan=100.0, steps=(("labelling", 5), ("polish", 7)), ported=(("cann", 20),))
    assert told(yard([one], [[200, 0], [0, 0]])) == [
        (0, "research begun", "Deep.One"),
        (28, "run begun", "Deep.One"),
        (38, "model trained", "Deep.One"),
        (43, "labelling done", "Deep.One"),
        (50, "polish done", "Deep.One"),
        (58, "model ported", "Deep.One"),
        (58, "model released", "Deep.One"),
    ]


@pytest.mark.parametrize(("ported", "released"), [(0, 22), (12, 22), (13, 23), (50, 60)])
def test_a_model_is_released_when_its_steps_are_done_and_it_is_ported(ported, released):
    one = model(steps=(("polish", 12),), ported=(("cann", ported),))
    assert days(told(yard([one], [[200, 0], [0, 0]])), "model released") == {"Deep.One": released}


def test_a_release_follows_whichever_comes_last_of_steps_and_porting():
    for ported, last in ((11, "polish done"), (13, "model ported")):
        built = yard([model(steps=(("polish", 12),), ported=(("cann", ported),))], [[200, 0], [0, 0]])
        told(built)
        events = {event.kind: event for event in built.stage.journal.events}
        assert events["model released"].cause == events[last].id
        assert events["model ported"].cause == events["model trained"].id


def test_models_take_turns_with_the_engineers_of_a_stack_first_come_first_served():
    """One team for cann: B, trained on day 10 as A is, waits until day 30; C goes elsewhere and waits for nobody."""
    projects = [model(f"Deep.{name}", ported=((stack, 20),)) for name, stack in (("A", "cann"), ("B", "cann"))]
    projects.append(model("Deep.C", ported=(("rocm", 20),)))
    built = yard(projects, [[300, 0], [0, 0]])
    built.engineers["cann"] = built.stage.clock.places(1)
    assert days(told(built), "model released") == {"Deep.A": 30, "Deep.B": 50, "Deep.C": 30}
    details = {event.item: event.detail for event in built.stage.journal.events if event.kind == "model ported"}
    assert details == {
        "Deep.A": "to cann, 20 days after its run",
        "Deep.B": "to cann, 40 days after its run, 20 of them waiting for engineers",
        "Deep.C": "to rocm, 20 days after its run",
    }


def test_two_teams_port_two_models_at_a_time():
    projects = [model(f"Deep.{name}", ported=(("cann", 20),)) for name in "ABC"]
    built = yard(projects, [[300, 0], [0, 0]])
    built.engineers["cann"] = built.stage.clock.places(2)
    assert days(told(built), "model released") == {"Deep.A": 30, "Deep.B": 30, "Deep.C": 50}


def test_a_released_model_is_ported_to_stacks_that_do_not_serve_it_yet_and_those_behind_it_wait_for_engineers():
    """Trained on cuda, out on day 10; to cann it takes a team five days, and B is before C in line."""
    built = yard([model(f"{name}.{name}") for name in "ABC"], [[300, 0], [0, 0]])
    built.ports, built.engineers = {"cuda": 9, "cann": 5}, {"cann": built.stage.clock.places(2)}
    told(built)
    assert [(day - START, project.name, later) for day, project, later in built.released] == [
        (10, f"{name}.{name}", ["cann"]) for name in "ABC"
    ]
    assert [(day - START, *to) for day, *to in built.ported] == [
        (15, "A.A", "cann"),
        (15, "B.B", "cann"),
        (20, "C.C", "cann"),
    ]
    events = {event.id: event for event in built.stage.journal.events}
    ported = [event for event in events.values() if event.kind == "model ported"]
    assert {events[event.cause].kind for event in ported} == {"model released"}
    assert ported[-1].detail == "to cann, 10 days after its release, 5 of them waiting for engineers"


def test_a_port_that_waits_is_dropped_once_its_lab_has_a_newer_model_out():
    """Other.X has the one team until day 60; by then A is out of date, B not."""
    newer = model("Deep.B", starts=START + 20)
    built = yard([model("Other.X"), model("Deep.A", starts=START + 1), newer], [[300, 0], [0, 0]])
    built.ports, built.engineers = {"cann": 50}, {"cann": built.stage.clock.places(1)}
    assert days(told(built), "model ported") == {"Other.X": 60, "Deep.B": 110}


def test_engineers_serve_first_whose_release_waits_for_them():
    """A and B are out on day 10; C, trained on day 12, is next in line once A is ported."""
    late = model("C.C", starts=START + 2, ported=(("cann", 20),))
    built = yard([model("A.A"), model("B.B"), late], [[300, 0], [0, 0]])
    built.ports, built.engineers = {"cann": 5}, {"cann": built.stage.clock.places(1)}
    log = told(built)
    assert days(log, "model ported") == {"A.A": 15, "B.B": 40, "C.C": 35}
    assert days(log, "model released")["C.C"] == 35


def test_a_model_serves_at_once_where_it_was_trained_or_ported_before_its_release():
    on_cann = model("Deep.A", stacks=("cann",), saves=2.0)
    before = model("Deep.B", ported=(("cann", 3),), saves=2.0)
    later, unfelt = model("Deep.C", starts=START + 20, saves=2.0), model("Deep.D", starts=START + 40)
    built = yard([on_cann, before, later, unfelt], [[200, 400], [0, 0]])
    built.ports = {"cann": 5}
    told(built)
    assert [(project.name, later) for _, project, later in built.released] == [
        ("Deep.A", []),
        ("Deep.B", []),
        ("Deep.C", ["cann"]),
        ("Deep.D", []),
    ]


def test_a_model_that_still_waits_for_engineers_on_the_last_day_is_told():
    built = yard([model(f"Deep.{name}", ported=(("cann", 1000),)) for name in "AB"], [[300, 0], [0, 0]])
    built.engineers["cann"] = built.stage.clock.places(1)
    told(built)
    built.close()
    waiting = [(e.item, e.detail) for e in built.stage.journal.events if e.kind == "still waiting"]
    assert waiting == [
        ("Deep.B", "no engineers to port it to cann"),
        ("Deep.A", "its port to cann is not over for 646 days more"),
    ]


def test_a_step_that_is_not_over_on_the_last_day_is_told_and_a_port_after_the_release_is_not():
    built = yard([model("Deep.A", steps=(("polish", 3), ("sign", 353))), model("Deep.B")], [[300, 0], [0, 0]])
    built.ports = {"cann": 1000}
    told(built)
    built.close()
    waiting = [(e.item, e.detail) for e in built.stage.journal.events if e.kind == "still waiting"]
    assert waiting == [("Deep.A", "its sign is not over for 2 days more")]


@pytest.mark.parametrize(("held", "chip"), [([300, 250], 0), ([150, 400], 1), ([99, 400], 1)])
def test_a_run_takes_the_kind_of_which_most_are_free_if_it_ends_as_soon_on_either(held, chip):
    """Both kinds are alike, a hundred of one or of the other."""
    built = yard([model()], [held, [0, 0]], stack=("cuda", "cuda"))
    built.shop.tflops[:] = 1000.0
    told(built, come(built, 5, 0, 0, 1))
    began = next(event for event in built.stage.journal.events if event.kind == "run begun")
    assert began.chip == built.stage.frame.chips[chip]


@pytest.mark.parametrize(("chips", "weeks"), [(10_000, 4), (100, 4), (50, 8), (25, 16)])
def test_research_takes_its_days_at_plenty_and_twice_as_long_on_half_the_chips(chips, weeks):
    one = model(research=2800.0, plan=100.0, cluster=1.0)
    assert days(told(yard([one], [[chips, 0], [0, 0]])), "run begun")["Deep.One"] == 7 * weeks


def test_research_is_cut_alike_among_the_projects_of_a_holder_and_of_no_other():
    """400 asked for of 200: the large and the small project take twice as long, the one next door does not."""
    projects = [
        model("Deep.Large", research=28 * 300.0, plan=300.0, cluster=1.0),
        model("Other.Small", research=28 * 100.0, plan=100.0, cluster=1.0),
        model("Next.Door", research=28 * 100.0, plan=100.0, cluster=1.0, holder=1),
    ]
    log = told(yard(projects, [[200, 0], [200, 0]]))
    assert days(log, "run begun") == {"Deep.Large": 56, "Other.Small": 56, "Next.Door": 28}


def test_a_lab_does_research_on_its_share_of_a_holders_chips_all_its_projects_together():
    """A quarter of some 400 chips for two projects of 100 each: both take twice as long; the other lab has the rest."""
    projects = [
        model("Deep.One", research=2800.0, plan=100.0, flop=CHIP_DAY, cluster=1.0, share=0.25),
        model("Deep.Two", research=2800.0, plan=100.0, flop=CHIP_DAY, cluster=1.0, share=0.25),
        model("Other.One", research=28 * 300.0, plan=300.0, flop=CHIP_DAY, cluster=1.0),
    ]
    built = yard(projects, [[403, 0], [0, 0]])
    assert days(told(built), "run begun") == {"Deep.One": 56, "Deep.Two": 56, "Other.One": 28}


def test_what_research_asks_and_is_given():
    built = yard([model(research=1e9, plan=300.0)], [[100, 100], [0, 0]])
    built.stage.clock.run()
    assert (built.asked.tolist(), built.given.tolist()) == ([300.0, 0.0], [150.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize(("lacking", "begun"), [(0, 0), (1, 42)])
def test_a_run_waits_until_there_are_enough_chips_of_one_kind(lacking, begun):
    """Those of another stack, or of another holder, are none; nor are two kinds of a hundred in all."""
    built = yard([model()], [[100 - lacking, 1000], [1000, 0]])
    log = told(built, come(built, 40, 0, 0, lacking))
    assert days(log, "run begun") == {"Deep.One": begun}


def test_two_kinds_do_not_make_one_cluster():
    assert not days(told(yard([model()], [[99, 199], [0, 0]], stack=("cuda", "cuda"))), "run begun")


@pytest.mark.parametrize(("held", "chip"), [([100, 200], "Alpha"), ([99, 200], "Delta")])
def test_a_run_takes_the_kind_on_which_it_ends_first(held, chip):
    """A hundred fast chips or two hundred slow ones: the larger cluster loses more of its rate."""
    built = yard([model()], [held, [0, 0]], stack=("cuda", "cuda"), pace=replace(CALM, scaling=0.1))
    told(built)
    assert [event.chip for event in built.stage.journal.events if event.kind == "run begun"] == [chip]


def test_runs_take_turns_on_chips_that_suffice_for_one_first_come_first_served():
    projects = [model(f"Deep.{name}", flop=7 * 100 * CHIP_DAY) for name in "ABC"]
    assert days(told(yard(projects, [[199, 0], [0, 0]])), "run begun") == {"Deep.A": 0, "Deep.B": 7, "Deep.C": 14}


def test_every_lab_of_a_holder_has_its_own_share_for_its_runs():
    """A half each: the run of one leaves the other's half alone; a second of the same lab waits for the first."""
    projects = [model("Deep.A", share=0.5), model("Other.B", share=0.5), model("Deep.C", share=0.5)]
    log = told(yard(projects, [[200, 0], [0, 0]]))
    assert days(log, "run begun") == {"Deep.A": 0, "Other.B": 0, "Deep.C": 14}


def test_a_run_begins_in_the_week_in_which_its_research_ends_unless_another_waits_for_the_same_chips():
    """Day 42: chips for one run come, two weeks after A's research ended and on the day on which B's does."""
    projects = [
        model("Deep.B", research=42 * 10.0, plan=10.0),
        model("Deep.A", research=28 * 10.0, plan=10.0),
    ]
    built = yard(projects, [[99, 0], [0, 0]])
    assert days(told(built, come(built, 42, 0, 0, 1)), "run begun") == {"Deep.A": 42, "Deep.B": 56}


def test_whoever_comes_into_line_lets_those_before_take_what_has_become_free_in_the_week():
    """A's run ends on day 10; B has waited since day 1 and takes its chips on day 11, when C comes into line."""
    projects = [model(f"Deep.{name}", starts=START + day) for name, day in (("A", 0), ("B", 1), ("C", 11))]
    assert days(told(yard(projects, [[100, 0], [0, 0]])), "run begun") == {"Deep.A": 0, "Deep.B": 11, "Deep.C": 21}


@pytest.mark.parametrize(("held", "begun"), [(199, {}), (200, {"Deep.A": 0})])
def test_a_run_takes_no_more_than_its_labs_share(held, begun):
    assert days(told(yard([model("Deep.A", share=0.5)], [[held, 0], [0, 0]])), "run begun") == begun


def test_a_host_lends_all_its_chips():
    one = model(stacks=("cann",), hosts={"cann": 1}, share=0.1, cluster=100.0)
    assert days(told(yard([one], [[0, 900], [0, 200]])), "run begun") == {"Deep.One": 0}


RUNS = st.lists(st.tuples(st.integers(0, 200), st.integers(1, 90), st.integers(1, 120)), min_size=1, max_size=8)


@settings(max_examples=30, deadline=None)
@given(runs=RUNS, worn=st.integers(0, 150))
def test_runs_hold_what_they_take_and_never_more_than_there_is(runs, worn):
    """Chips of running clusters are those in training, less those that wore out; all are free when all is over."""
    projects = [
        model(f"Deep.{i}", starts=START + begin, cluster=size, flop=length * size * CHIP_DAY)
        for i, (begin, length, size) in enumerate(runs)
    ]
    built = yard(projects, [[150, 0], [0, 0]])
    ledger, seen = built.stage.ledger, []

    def watch():
        for day in range(1, 360):
            yield built.stage.clock.at(START + day, Phase.RECORD)
            seen.append((int(ledger.training[0, 0]), int(ledger.held[0, 0])))

    log = told(built, watch(), come(built, 100, 0, 0, -worn))
    begun, ended = days(log, "run begun"), days(log, "model trained")
    for day, (training, held) in enumerate(seen, 1):
        running = [one.cluster for one in projects if begun.get(one.name, 999) <= day < ended.get(one.name, 999)]
        assert 0 <= training <= min(sum(running), held)
        assert training == sum(running) or day >= 100
    assert len(ended) < len(begun) or ledger.training.sum() == 0


@pytest.mark.parametrize(("once", "begun"), [("trained", 10), ("released", 40)])
def test_a_model_begins_when_the_one_before_is_trained_or_released(once, begun):
    first, second = model(steps=(("polish", 30),)), model("Deep.Two", starts=None, after=("Deep.One", once))
    built = yard([second, first], [[200, 0], [0, 0]])
    assert days(told(built), "research begun") == {"Deep.One": 0, "Deep.Two": begun}
    events = {(event.kind, event.item): event for event in built.stage.journal.events}
    assert events["research begun", "Deep.Two"].cause == events[f"model {once}", "Deep.One"].id


@pytest.mark.parametrize(("starts", "begun"), [(5, 10), (100, 100)])
def test_a_model_with_a_date_and_one_before_begins_on_whichever_comes_last(starts, begun):
    second = model("Deep.Two", starts=START + starts, after=("Deep.One", "trained"))
    assert days(told(yard([model(), second], [[200, 0], [0, 0]])), "research begun")["Deep.Two"] == begun


@pytest.mark.parametrize(("every", "begun"), [(5, 13), (100, 103)])
def test_a_later_model_begins_some_time_after_the_one_before_began_once_that_is_trained(every, begun):
    first = model(starts=START + 3)
    second = model("Deep.Two", starts=None, after=("Deep.One", "trained"), every=every)
    assert days(told(yard([first, second], [[200, 0], [0, 0]])), "research begun")["Deep.Two"] == begun


def test_models_that_are_not_out_by_the_last_day_are_told_with_what_they_wait_for():
    projects = [
        model("Deep.Starved", cluster=201.0, stacks=("cann",)),
        model("Deep.Curious", research=100_000.0, plan=200.0),
        model("Deep.Last", starts=START + 1, after=("Deep.Starved", "released")),
        model("Deep.Later", starts=None, after=("Deep.Starved", "released")),
        model("Deep.Late", starts=START + 1000),
        model("Deep.Slow", flop=1000 * 100 * CHIP_DAY),
        model("Deep.Done"),
    ]
    built = yard(projects, [[200, 400], [0, 0]])
    told(built)
    built.close()
    assert {event.item: event.detail for event in built.stage.journal.events if event.kind == "still waiting"} == {
        "Deep.Starved": "no cluster of 201 H100-equivalents of one kind of chip on cann",
        "Deep.Curious": "27% of its research is left",
        "Deep.Last": "Deep.Starved is not released",
        "Deep.Slow": "its final run is not over for 636 days more",
    }


def test_a_run_without_a_cluster_on_its_stack_waits_as_long_as_its_lab_has_patience_and_goes_to_the_other():
    one = model(stacks=("cann", "cuda"), cluster=150.0, patience=20)
    assert told(yard([one], [[200, 100], [0, 0]])) == [
        (0, "research begun", "Deep.One"),
        (20, "stack given up", "Deep.One"),
        (20, "run begun", "Deep.One"),
        (27, "model trained", "Deep.One"),
        (27, "model released", "Deep.One"),
    ]


def test_a_cluster_that_comes_in_time_is_taken_and_on_the_last_stack_a_run_waits_for_ever():
    one = model(stacks=("cann", "cuda"), cluster=150.0, patience=20)
    built = yard([one], [[100, 100], [0, 0]])
    assert days(told(built, come(built, 10, 0, 1, 300)), "run begun") == {"Deep.One": 14}
    assert days(told(yard([model(cluster=150.0)], [[100, 0], [0, 0]])), "run begun") == {}


def test_a_run_that_fails_lasts_its_patience_and_falls_back_on_the_other_stack():
    one = model(stacks=("cann", "cuda"), fails={"cann": ALWAYS})
    built = yard([one], [[100, 200], [0, 0]])
    assert told(built) == [
        (0, "research begun", "Deep.One"),
        (0, "run begun", "Deep.One"),
        (30, "run failed", "Deep.One"),
        (30, "run begun", "Deep.One"),
        (40, "model trained", "Deep.One"),
        (40, "model released", "Deep.One"),
    ]
    assert [event.chip for event in built.stage.journal.events if event.kind == "run begun"] == ["Delta", "Alpha"]
    assert [event.cause for event in built.stage.journal.events] == [None, 1, 2, 3, 4, 5]


def test_a_run_that_cannot_fail_never_does():
    for number in range(40):
        log = told(yard([model(stacks=("cann", "cuda"), fails={"cann": NEVER})], [[100, 200], [0, 0]], number=number))
        assert not days(log, "run failed")


def test_a_lab_without_a_fallback_tries_again_until_its_stack_is_ready():
    one = model(stacks=("cann",), fails={"cann": chance({"2022-01-01": 1.0, "2022-03-01": 0.0})})
    log = told(yard([one], [[100, 200], [0, 0]]))
    assert [(day, kind) for day, kind, _ in log[1:]] == [
        (0, "run begun"),
        (30, "run failed"),
        (30, "run begun"),
        (60, "run failed"),
        (60, "run begun"),
        (70, "model trained"),
        (70, "model released"),
    ]


def test_a_runs_luck_is_its_own_whenever_it_starts_and_whoever_else_runs():
    """Even odds: in forty replications the same runs fail, though one starts later and has a neighbour."""
    odds = {"cann": chance({"2022-01-01": 0.5})}

    def fate(number, *others, **changes):
        one = model(stacks=("cann", "cuda"), fails=odds, **changes)
        log = told(yard([*others, one], [[300, 600], [0, 0]], number=number))
        return "Deep.One" in days(log, "run failed")

    neighbour = model("Other.One", stacks=("cann", "cuda"), fails=odds)
    alone = [fate(number) for number in range(40)]
    assert alone == [fate(number, neighbour, starts=START + 40) for number in range(40)]
    assert 10 <= sum(alone) <= 30


def test_a_lab_that_knows_its_stack_meets_only_a_part_of_its_chance_to_fail():
    logs = [told(yard([model(stacks=("cann",), fails={"cann": ALWAYS}, failing=part)], [[0, 200], [0, 0]], number=n))
            for part in (0.0, 0.5) for n in range(30)]  # fmt: skip
    failed = ["Deep.One" in days(log, "run failed") for log in logs]
    assert not any(failed[:30])
    assert 6 <= sum(failed[30:]) <= 24


def test_a_second_attempt_has_luck_of_its_own():
    odds = {"cann": chance({"2022-01-01": 0.5})}
    tries = [told(yard([model(stacks=("cann",), fails=odds)], [[0, 200], [0, 0]], number=n)) for n in range(40)]
    failed = np.array([sum(kind == "run failed" for _, kind, _ in log) for log in tries])
    assert {0, 1, 2} <= set(failed.tolist())
