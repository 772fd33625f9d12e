"""A domestic maker's week: three numbers and a minimum, and which of them it was."""

import pytest

from sim.actors.domestic import Recipe, Stores, Works, assemble, receive

ONE_DIE = Recipe(dies=1.0, stacks=4.0, own_memory=False)
TWO_DIES = Recipe(dies=2 / 0.75, stacks=8.0, own_memory=False)
OWN_MEMORY = Recipe(dies=1.0, stacks=0.0, own_memory=True)


def works(recipes, mix, packaging=100.0, own=0.0):
    return Works(
        products=tuple(f"product {i}" for i in range(len(recipes))),
        recipes=recipes,
        domestic_dies=[0.0],
        foreign_dies=[0.0],
        packaging=[packaging],
        mix=[list(mix)],
        own_memory=[[own if recipe.own_memory else 0.0 for recipe in recipes]],
        hbm_share=1.0,
        transit=7.0,
    )


def plenty(products=1):
    return Stores(1e6, 1e6, (0.0,) * products)


def test_packaging_binds_when_dies_and_memory_abound():
    made = assemble(works((ONE_DIE,), (1.0,)), 0, plenty())
    assert (made.packages, made.binding) == ((100,), "packaging")


def test_too_few_dies_bind():
    made = assemble(works((TWO_DIES,), (1.0,)), 0, Stores(80.0, 1e6, (0.0,)))
    assert (made.packages, made.binding) == ((30,), "dies")
    assert made.stores.dies == pytest.approx(0.0)


def test_too_little_memory_binds_at_eight_stacks_a_package():
    made = assemble(works((TWO_DIES,), (1.0,)), 0, Stores(1e6, 400.0, (0.0,)))
    assert (made.packages, made.binding) == ((50,), "hbm")


def test_thirteen_million_stacks_make_1625000_two_die_packages():
    made = assemble(works((TWO_DIES,), (1.0,), packaging=1e9), 0, Stores(1e9, 13e6, (0.0,)))
    assert made.packages == (1_625_000,)


def test_packaging_that_memory_leaves_idle_goes_to_products_with_memory_of_their_own():
    made = assemble(works((TWO_DIES, OWN_MEMORY), (0.5, 0.5), own=1000.0), 0, Stores(1e6, 80.0, (0.0, 0.0)))
    assert (made.packages, made.binding) == ((10, 90), "hbm")


def test_own_memory_binds_where_the_product_has_no_more():
    made = assemble(works((OWN_MEMORY,), (1.0,), own=40.0), 0, plenty())
    assert (made.packages, made.binding) == ((40,), "own memory")


def test_no_capacity_no_chips_and_nothing_binds():
    made = assemble(works((ONE_DIE,), (1.0,), packaging=0.0), 0, plenty())
    assert (made.packages, made.binding) == ((0,), "")


def test_fractions_of_packages_are_not_lost():
    stores, total = plenty(), 0
    for _ in range(8):
        made = assemble(works((ONE_DIE,), (1.0,), packaging=2.25), 0, stores)
        stores, total = made.stores, total + sum(made.packages)
    assert total == 18


def test_more_yield_never_gives_fewer_chips():
    outputs = [
        sum(assemble(works((TWO_DIES,), (1.0,)), 0, receive(plenty_of_memory(), dies, 0.0)).packages)
        for dies in range(0, 600, 7)
    ]
    assert outputs == sorted(outputs)


def plenty_of_memory():
    return Stores(0.0, 1e6, (0.0,))
