"""The dotted key: one grammar for settings, sources and errors."""

from datetime import date

import pytest

from sim.study.reading.keys import format_key, parse_key, parse_setting


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("demand.wear", ("demand", "wear")),
        ('"a=b".c', ("a=b", "c")),
        ("rules.us-2023-10.announced", ("rules", "us-2023-10", "announced")),
        ('buyers."A. B"."say \\"x\\""', ("buyers", "A. B", 'say "x"')),
        ("chips.'B30A'.price", ("chips", "B30A", "price")),
    ],
)
def test_a_key_and_its_path(key, path):
    assert parse_key(key) == path
    assert parse_key(format_key(path)) == path


@pytest.mark.parametrize("text", ["", ".", "a..b", "a b", "a.", "a = 1", "a\nb", "[a]", '"a'])
def test_what_is_no_key(text):
    with pytest.raises(ValueError, match="is not a key such as"):
        parse_key(text)


@pytest.mark.parametrize(
    ("setting", "path", "value"),
    [
        ("demand.wear=0.1", ("demand", "wear"), 0.1),
        ("a.b = 2022-10-07", ("a", "b"), date(2022, 10, 7)),
        ("a={ central = 1 }", ("a",), {"central": 1}),
        ("a=plain words", ("a",), "plain words"),
        ('a="quoted"', ("a",), "quoted"),
        ("a=x=y", ("a",), "x=y"),
        ('"k=1".b=true', ("k=1", "b"), True),
        ("a=", ("a",), ""),
        ("a=1\nb=2", ("a",), "1\nb=2"),
    ],
)
def test_a_setting_is_toml_else_text(setting, path, value):
    assert parse_setting(setting) == (path, value)
