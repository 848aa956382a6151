"""YAML from anyone: read or refused in one sentence, whatever it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import BoardError
from generator.readers.text.yaml_tree import parse_yaml


def parse(text: str) -> Any:
    return parse_yaml(text, "b.yaml", error=BoardError, hint="look it up")


def multiplied(first: str, line: str) -> str:
    """Nine levels of ten aliases each: a thousand million values in half a kilobyte."""
    lines = [f"- &a0 {first}"]
    for level in range(1, 10):
        lines.append(f"- &a{level} " + line.format(", ".join([f"*a{level - 1}"] * 10)))
    return "\n".join(lines)


def test_values_and_aliases_are_read() -> None:
    assert parse("a: &x {b: 0x10, c: [1.5, true, null, 'y']}\nd: *x\ne: {<<: *x, b: 2}") == {
        "a": {"b": 16, "c": [1.5, True, None, "y"]},
        "d": {"b": 16, "c": [1.5, True, None, "y"]},
        "e": {"b": 2, "c": [1.5, True, None, "y"]},
    }
    assert parse("") is None


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[" * 60 + "]" * 60, "nested more than 50 levels"),
        ("[" * 200_000, "nest"),  # newer parsers refuse it in their own words
        ("{a: " * 200_000, "nest"),
        (multiplied("[x, y]", "[{}]"), "more than 20,000 values"),
        (multiplied("{k: 1}", "{{<<: [{}]}}"), "more than 20,000 values"),
        ("- a\n" * 30_000, "more than 20,000 values"),
        (" " * (1 << 21), "more than 1,048,576 characters"),
        ("run: &r {a: *r}", "alias 'r'"),
        ("a: !!float ''", "the tag"),
        ("a: !!int ''", "the tag"),
        ("a: !!bool x", "the tag"),
        ("a: !!timestamp x", "the tag"),
        ("a: !!map [b]", "the tag"),
        ("a: !!set {b, c}", "the tag"),
        ("a: !!python/object/apply:os.getcwd []", "the tag"),
        ("a: {b: 2001-01-01}", "a.b is a date"),
        ("a: [.nan]", "a[0] is nan"),
        ("a: -.inf", "a is -inf"),
        ("a: 0x" + "f" * 5000, "a is a number of more than 64 bits"),
        ("a: {1: b}", "key a.1 is not a string"),
        ("a: 1\na: 2", "'a' is written twice"),
        ("a: [", "not valid YAML"),
        ("a: \x00", "not valid YAML"),
    ],
)
def test_what_only_yaml_knows_is_refused(text: str, what: str) -> None:
    with pytest.raises(BoardError) as caught:
        parse(text)
    assert what in caught.value.what and caught.value.hint == "look it up"
    assert str(caught.value.where).startswith("b.yaml")
    assert len(caught.value.what) < 300


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            [*"[]{}:,-?&*!|>'\"%#@ \n", "- ", ": ", "!!", "<<", "a", "1", ".inf", "&a ", "*a", "!!int", "~"]
        ),
        max_size=25,
    )
)
def test_any_text_is_read_or_refused(pieces: list[str]) -> None:
    try:
        parse("".join(pieces))
    except BoardError as error:
        assert error.hint
