"""The simulator that a board's file for twister names."""

from __future__ import annotations

import pytest

from generator.errors import BoardError
from generator.readers.zephyr.twister import parse_simulator


@pytest.mark.parametrize(
    ("text", "simulator"),
    [
        ("identifier: x\nsimulation:\n  - name: qemu\n  - name: armfvp\n    exec: FVP\n", "qemu"),
        ("simulation:\n  - name: armfvp\n", "armfvp"),
        ("simulation: qemu\n", "qemu"),
        ("simulation: na\n", ""),
        ("simulation: []\n", ""),
        ("simulation:\n  - 5\n", ""),
        ("identifier: x\n", ""),
        ("- x\n", ""),
        ("", ""),
    ],
)
def test_the_first_simulator_counts(text: str, simulator: str) -> None:
    assert parse_simulator(text) == simulator


def test_text_that_is_not_yaml_is_refused() -> None:
    with pytest.raises(BoardError, match="not valid YAML"):
        parse_simulator("a: [\n")
