from __future__ import annotations

import numpy as np
import pytest

from generator.compiler.c_tables import literals, table
from generator.compiler.step import Constant


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([-128, 127], np.int8), ["-128", "127"]),
        (np.array([-(2**31), 5], np.int32), ["(-2147483647 - 1)", "5"]),
        (np.array([255, 0], np.uint8), ["255", "0"]),
        (np.array([2**32 - 1], np.uint32), ["4294967295U"]),
        (np.array([-(2**63), 1], np.int64), ["(-9223372036854775807LL - 1)", "1LL"]),
        (np.array([2**63], np.uint64), ["9223372036854775808ULL"]),
        (np.array([0.1, -0.0, np.inf, -np.inf, np.nan], np.float32), None),
    ],
)
def test_literals_say_the_value_exactly(values: np.ndarray, expected: list[str] | None) -> None:
    found = literals(values)
    if expected is not None:
        assert found == expected
    else:
        assert float.fromhex(found[0].removesuffix("f")) == float(np.float32(0.1))
        assert found[1:] == ["-0x0.0p+0f", "INFINITY", "-INFINITY", "NAN"]


def test_a_table_of_structs_has_a_row_each() -> None:
    text = table(Constant("rows", "pair_t", np.array([[1, 2], [3, 4]], np.int32)), "m_rows", "PLACE")
    assert text.splitlines() == [
        "static const pair_t m_rows[2] PLACE __attribute__((aligned(4))) = {",
        "  {1, 2},",
        "  {3, 4},",
        "};",
    ]


def test_no_table_is_empty() -> None:
    assert "[1]" in table(Constant("none", "int8_t", np.zeros(0, np.int8)), "m_none", "")
