"""Comparisons, logic on bool and selections, compared with the reference kernels byte by byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from networks import network, operator, tensor
from operator_models import Operators
from refusals import refusal

from generator.compiler.legalise import legalise
from generator.compiler.step import Folded

_KINDS = ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")


def near(random: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """Values of which many are equal."""
    if dtype == "bool":
        return random.integers(0, 2, shape).astype(bool)
    low = 100 if dtype == "uint8" else -9
    return random.integers(low, low + 20, shape).astype(dtype)


@pytest.mark.parametrize(
    ("dtype", "engine"),
    [
        ("float32", "tflm"),
        ("int32", "tflm"),
        ("int64", "tflm"),
        ("bool", "tflm"),
        ("int8", "tflm"),
        ("int16", "litert"),
        ("uint8", "litert"),
    ],
)
def test_comparisons(tmp_path: Path, dtype: str, engine: str) -> None:
    random = np.random.default_rng(31)
    model = Operators()
    first = {"int8": (0.05, 3), "uint8": (0.05, 131), "int16": (0.05, 0)}.get(dtype)
    second = {"int8": (0.07, -2), "uint8": (0.07, 120), "int16": (0.05, 0)}.get(dtype)
    rows: list[dict[str, Any]] = [
        {} if each is None else {"scale": each[0], "zero_point": each[1]} for each in (first, second, first)
    ]
    shapes = ((2, 3, 40), (3, 1), (2, 3, 40))
    x, y, z = (model.input(dtype, shape, **row) for shape, row in zip(shapes, rows, strict=True))
    for kind in _KINDS[:2] if dtype == "bool" else _KINDS:
        model.result(kind, [x, y], "bool", (2, 3, 40))
        model.result(kind, [x, z], "bool", (2, 3, 40))
    sets = [[near(random, dtype, shape) for shape in shapes] for _ in range(3)]
    model.check(tmp_path, engine, sets)


def test_equality_of_int16_of_different_scales(tmp_path: Path) -> None:
    random = np.random.default_rng(32)
    model = Operators()
    x, y = model.input("int16", (4, 50), scale=0.0013), model.input("int16", (50,), scale=0.0021)
    for kind in _KINDS[:2]:
        model.result(kind, [x, y], "bool", (4, 50))
    model.check(tmp_path, "litert", [[near(random, "int16", shape) for shape in ((4, 50), (50,))]])


def test_int16_of_different_scales_has_no_order() -> None:
    rows = [tensor(0, (2,), "int16"), tensor(1, (2,), "int16", scale=0.25), tensor(2, (2,), "bool")]
    said = refusal("LESS", rows, [0, 1], [2])
    assert "compares int16 of different scales" in said and "convert the model with one scale" in said


def test_logic(tmp_path: Path) -> None:
    model = Operators()
    x, y = model.input("bool", (3, 4, 5)), model.input("bool", (3, 4, 5))
    for kind in ("LOGICAL_AND", "LOGICAL_OR"):
        model.result(kind, [x, y], "bool", (3, 4, 5))
    model.result("LOGICAL_NOT", [x], "bool", (3, 4, 5))
    model.check(tmp_path, "tflm")


@pytest.mark.parametrize("engine", ["tflm", "litert"])
def test_selection(tmp_path: Path, engine: str) -> None:
    model = Operators()
    types = ("float32", "int8", "int16")
    for dtype in types if engine == "tflm" else (*types, "uint8", "int32", "int64", "bool"):
        quantised = {"scale": 0.5} if dtype in ("int8", "int16", "uint8") else {}
        condition, row = model.input("bool", (2, 3, 4)), model.input("bool", (3, 1))
        x = model.input(dtype, (2, 3, 4), **quantised)
        y = model.input(dtype, (2, 3, 4), **quantised)
        for first, yes, no in [(condition, x, y), (row, x, y)]:
            model.result("SELECT_V2", [first, yes, no], dtype, (2, 3, 4), **quantised)
        if engine == "litert":
            model.result("SELECT", [condition, x, y], dtype, (2, 3, 4), **quantised)
            each = model.input("bool", (2,))
            model.result("SELECT", [each, x, y], dtype, (2, 3, 4), **quantised)
    model.check(tmp_path, engine)


def test_what_is_known_is_computed_by_the_compiler() -> None:
    rows = [
        tensor(0, (2,), "int32", constant=np.array([1, 5], "<i4").tobytes()),
        tensor(1, (), "int32", constant=np.array(3, "<i4").tobytes()),
        tensor(2, (2,), "bool"),
        tensor(3, (2,), "bool"),
        tensor(4, (2,), "int32"),
        tensor(5, (2,), "int32"),
        tensor(6, (2,), "int32"),
    ]
    steps = [
        operator(0, "LESS", [0, 1], [2]),
        operator(1, "LOGICAL_NOT", [2], [3]),
        operator(2, "SELECT_V2", [3, 0, 1], [4]),
        operator(3, "ADD", [4, 5], [6]),
    ]
    made = legalise(network(rows, steps, [5], [6]))
    folded = [next(iter(r.values.values())).tolist() for r in made.records if isinstance(r, Folded)]
    assert folded == [[True, False], [False, True], [3, 5]] and len(made.steps) == 1


def test_element_types_without_an_order_are_refused() -> None:
    rows = [tensor(0, (2,), "bool"), tensor(1, (2,), "bool")]
    assert "(LESS, bool; 't0', 't0', 't1') is not supported on bool" in refusal("LESS", rows, [0, 0], [1])
    rows = [tensor(0, (2,), "int32"), tensor(1, (2,), "bool")]
    assert "supported: bool" in refusal("LOGICAL_NOT", rows, [0], [1])
    rows = [tensor(0, (2,), "int32"), tensor(1, (2,)), tensor(2, (2,))]
    assert "is not supported on int32 ('t0'); supported: bool" in refusal("SELECT_V2", rows, [0, 1, 1], [2])
