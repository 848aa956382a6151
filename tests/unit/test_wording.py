"""Numbers in sentences."""

from __future__ import annotations

import pytest

from generator.wording import counted


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [(0, "byte", "0 bytes"), (1, "byte", "1 byte"), (2, "byte", "2 bytes"), (65_536, "byte", "65,536 bytes")],
)
def test_a_noun_agrees_with_its_number(number: int, noun: str, text: str) -> None:
    assert counted(number, noun) == text


def test_an_irregular_plural_is_given() -> None:
    assert counted(1, "memory", "memories") == "1 memory"
    assert counted(3, "memory", "memories") == "3 memories"
