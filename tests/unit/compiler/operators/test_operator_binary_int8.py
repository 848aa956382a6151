"""MAXIMUM, MINIMUM, SQUARED_DIFFERENCE, PRELU, ADD, SUB, MUL, DIV on int8, with broadcasting and constants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from networks import network, operator, tensor
from operator_models import Operators
from refusals import refusal

from generator.compiler.legalise import legalise
from generator.compiler.step import Folded

_SHAPES = [
    ((1, 5, 7, 3), (1, 5, 7, 3)),
    ((1, 4, 3, 6), (6,)),
    ((1, 4, 3, 6), (1, 1, 1, 1)),
    ((1, 4, 3, 6), (1, 4, 1, 6)),
    ((2, 1, 3, 1), (1, 4, 1, 6)),
    ((40,), (40,)),
]


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        ("ADD", "AddOptions"),
        ("SUB", "SubOptions"),
        ("MUL", "MulOptions"),
        ("MAXIMUM", "MaximumMinimumOptions"),
        ("MINIMUM", "MaximumMinimumOptions"),
        ("SQUARED_DIFFERENCE", "SquaredDifferenceOptions"),
        ("PRELU", None),
    ],
)
def test_two_inputs(tmp_path: Path, kind: str, table: str | None) -> None:
    random = np.random.default_rng(12)
    model = Operators()

    def quantised(low: float = -6, high: float = -2) -> dict[str, float | int]:
        return {
            "scale": float(np.float32(2.0 ** random.uniform(low, high))),
            "zero_point": int(random.integers(-128, 128)),
        }

    for number, (left, right) in enumerate(_SHAPES * 2):
        given = quantised()
        if number > 9:
            given["zero_point"] = (-128, 127)[number % 2]
        a = model.input("int8", left, **given)
        if kind in ("MAXIMUM", "MINIMUM"):
            second, output = given, given
        else:
            second, output = quantised(), quantised(-5, 0)
        constant = kind == "PRELU" or number % 3 == 0
        content = random.integers(-128, 128, right).astype(np.int8)
        b = model.constant(content, **second) if constant else model.input("int8", right, **second)
        options = {table: {}} if table else None
        if kind in ("ADD", "SUB", "MUL") and table:
            options = {table: {"fused_activation_function": (0, 1, 3)[number % 3]}}
        shape = np.broadcast_shapes(left, right)
        model.result(kind, [a, b], "int8", shape, options, **output)
    model.check(tmp_path, "tflm")


def test_a_constant_may_be_the_first_input(tmp_path: Path) -> None:
    model = Operators()
    a = model.constant(np.arange(6, dtype=np.int8), scale=0.25, zero_point=2)
    b = model.input("int8", (4, 6), scale=0.5)
    model.result("SUB", [a, b], "int8", (4, 6), {"SubOptions": {}}, scale=0.5)
    model.result("MUL", [a, b], "int8", (4, 6), {"MulOptions": {}}, scale=0.5)
    model.check(tmp_path, "tflm")


def test_arithmetic_on_known_sizes_is_done_by_the_compiler() -> None:
    seven, two = (np.array([value], "<i4").tobytes() for value in (-7, 2))
    for kind, expected in {
        "ADD": -5,
        "MUL": -14,
        "DIV": -3,
        "FLOOR_DIV": -4,
        "FLOOR_MOD": 1,
        "MAXIMUM": 2,
    }.items():
        rows = [
            tensor(0, (1,), "int32", constant=seven),
            tensor(1, (1,), "int32", constant=two),
            tensor(2, (1,), "int32"),
            tensor(3, (1,), "int32"),
            tensor(4, (2,), "int32"),
        ]
        operators = [operator(0, kind, [0, 1], [2]), operator(1, "CONCATENATION", [2, 3], [4], {"axis": 0})]
        made = legalise(network(rows, operators, [3], [4]))
        (record,) = [record for record in made.records if isinstance(record, Folded)]
        assert record.values[2].tolist() == [expected], kind


def test_results_beyond_32_bits_wrap(tmp_path: Path) -> None:
    """-128 times -128 gives all but the least int32, to which the zero point is added."""
    model = Operators()
    for zero_point in (-100, 100):
        inputs = [model.input("int8", (2, 3), scale=scale) for scale in (1 + 2.0**-14, 1 - 2.0**-14)]
        options = {"MulOptions": {"fused_activation_function": 0}}
        model.result("MUL", inputs, "int8", (2, 3), options, scale=2.0**-17, zero_point=zero_point)
    model.check(tmp_path, "tflm")


@pytest.mark.parametrize(("dtype", "engine"), [("int8", "tflm"), ("uint8", "litert")])
def test_quotients(tmp_path: Path, dtype: str, engine: str) -> None:
    """Of nothing that is 0, and to fine scales: else the reference kernel stops, or shifts by 32 bits or more."""
    random = np.random.default_rng(14)
    model = Operators()
    sets: list[list[np.ndarray]] = [[], [], []]
    least = 0 if dtype == "uint8" else -128
    for first, second in _SHAPES:
        for activation in (0, 1):
            rows = [
                {"scale": float(np.float32(2.0 ** random.uniform(-7, -1))), "zero_point": int(point)}
                for point in random.integers(least, least + 256, 3)
            ]
            rows[2]["scale"] = float(
                np.float32(rows[0]["scale"] / rows[1]["scale"] / random.uniform(64, 200))
            )
            inputs = [
                model.input(dtype, shape, **row) for shape, row in zip((first, second), rows, strict=False)
            ]
            out = np.broadcast_shapes(first, second)
            options = {"DivOptions": {"fused_activation_function": activation}}
            model.result("DIV", inputs, dtype, out, options, **rows[2])
            for each in sets:
                for shape, row in ((first, rows[0]), (second, rows[1])):
                    values = random.integers(least, least + 255, shape)
                    each.append(np.where(values >= row["zero_point"], values + 1, values).astype(dtype))
    model.check(tmp_path, engine, sets)


def test_a_division_of_or_by_zero_gives_zero(tmp_path: Path) -> None:
    from host_model import build_host_model

    model = Operators()
    inputs = [model.input("int8", (4,), scale=0.5, zero_point=3) for _ in range(2)]
    model.result("DIV", inputs, "int8", (4,), {"DivOptions": {}}, scale=0.5, zero_point=-7)
    values = [np.array([5, -128, 3, 3], np.int8), np.array([3, 3, 3, 9], np.int8)]
    (row,) = build_host_model(model.network(model.outputs), tmp_path).run([values])
    assert row[0].tolist() == [-7] * 4


@pytest.mark.parametrize("kind", ["ADD", "SUB", "MUL"])
def test_shapes_that_do_not_broadcast_are_refused(kind: str) -> None:
    rows = [tensor(0, (2, 3, 2)), tensor(1, (2, 3, 2, 5)), tensor(2, (2, 3, 2, 5))]
    assert "can't broadcast the shape (2, 3, 2) to (2, 3, 2, 5)" in refusal(kind, rows, [0, 1], [2])
    rows = [tensor(0, (2, 3)), tensor(1, (2, 3)), tensor(2, (1, 3))]
    assert "can't broadcast the shape (2, 3) to (1, 3)" in refusal(kind, rows, [0, 1], [2])
