"""Operators that make one value of many, on integers and bool; ARG_MAX and ARG_MIN on every element type."""

from __future__ import annotations

from math import prod
from pathlib import Path

import numpy as np
import pytest
from networks import tensor
from operator_models import Operators
from refusals import refusal

_CASES = [
    ((1, 5, 7, 6), (1, 2)),
    ((2, 3, 4, 5), (1, 2)),
    ((2, 3, 4, 5), (3,)),
    ((2, 3, 4, 5), (0, 2)),
    ((3, 9), (-1,)),
    ((3, 9), (0, 1)),
    ((2, 30, 40, 2), (2, 1)),
    ((64,), (0,)),
]


def reduced(shape: tuple[int, ...], axes: tuple[int, ...], keep: bool) -> list[int]:
    gone = {axis % len(shape) for axis in axes}
    return [1 if i in gone else n for i, n in enumerate(shape) if keep or i not in gone]


def random_scale(random: np.random.Generator) -> float:
    return float(np.float32(2.0 ** random.uniform(-7, -1)))


@pytest.mark.parametrize("kind", ["MEAN", "SUM"])
def test_sums(tmp_path: Path, kind: str) -> None:
    random = np.random.default_rng(11)
    model = Operators()
    for number, (shape, axes) in enumerate(_CASES * 2):
        keep = bool(number % 2)
        x = model.input("int8", shape, scale=random_scale(random), zero_point=int(random.integers(-128, 128)))
        scale = random_scale(random) * (prod(shape) if kind == "SUM" else 1)
        target = {"scale": scale, "zero_point": int(random.integers(-128, 128))}
        options = {"ReducerOptions": {"keep_dims": keep}}
        model.result(kind, [x, model.numbers(axes)], "int8", reduced(shape, axes, keep), options, **target)
    model.check(tmp_path, "tflm")


@pytest.mark.parametrize("kind", ["MEAN", "SUM"])
def test_sums_of_int16(tmp_path: Path, kind: str) -> None:
    random = np.random.default_rng(12)
    model = Operators()
    for shape, axes in _CASES:
        x = model.input("int16", shape, scale=random_scale(random))
        scale = random_scale(random) * (prod(shape) if kind == "SUM" else 1)
        options = {"ReducerOptions": {"keep_dims": False}}
        model.result(
            kind, [x, model.numbers(axes)], "int16", reduced(shape, axes, False), options, scale=scale
        )
    model.check(tmp_path, "tflm")


@pytest.mark.parametrize("kind", ["REDUCE_MAX", "REDUCE_MIN"])
def test_extremes(tmp_path: Path, kind: str) -> None:
    model = Operators()
    for dtype in ("int8", "int16", "uint8"):
        quantised = {"scale": 0.5, "zero_point": 0 if dtype == "int16" else 3}
        for shape, axes in _CASES:
            x = model.input(dtype, shape, **quantised)
            options = {"ReducerOptions": {"keep_dims": True}}
            model.result(
                kind, [x, model.numbers(axes)], dtype, reduced(shape, axes, True), options, **quantised
            )
    model.check(tmp_path, "litert")


def test_sums_of_uint8(tmp_path: Path) -> None:
    random = np.random.default_rng(13)
    model = Operators()
    for shape, axes in _CASES:
        x = model.input("uint8", shape, scale=random_scale(random), zero_point=int(random.integers(0, 256)))
        target = {"scale": random_scale(random) * prod(shape), "zero_point": int(random.integers(0, 256))}
        options = {"ReducerOptions": {"keep_dims": True}}
        model.result("SUM", [x, model.numbers(axes)], "uint8", reduced(shape, axes, True), options, **target)
    model.check(tmp_path, "litert")


def test_means_of_great_integers(tmp_path: Path) -> None:
    model = Operators()
    x = model.input("int32", (4, 3))
    axes, options = model.numbers((1,)), {"ReducerOptions": {"keep_dims": False}}
    model.result("MEAN", [x, axes], "int32", (4,), options)
    least, most = -(2**31), 2**31 - 1
    rows = [[-(2**30)] * 3, [most, most, most - 1], [least] * 3, [-7, 1, 1]]
    model.check(tmp_path, "litert", [[np.array(rows, np.int32)]])


@pytest.mark.parametrize("kind", ["REDUCE_ALL", "REDUCE_ANY"])
def test_truths(tmp_path: Path, kind: str) -> None:
    model = Operators()
    for shape, axes in [*_CASES[:5], ((2, 3), (1,))]:
        x = model.input("bool", shape)
        options = {"ReducerOptions": {"keep_dims": True}}
        model.result(kind, [x, model.numbers(axes)], "bool", reduced(shape, axes, True), options)
    model.check(tmp_path, "tflm" if kind == "REDUCE_ALL" else "litert")


@pytest.mark.parametrize("kind", ["ARG_MAX", "ARG_MIN"])
def test_places_of_extremes(tmp_path: Path, kind: str) -> None:
    model = Operators()
    kinds = {"ARG_MAX": "ArgMaxOptions", "ARG_MIN": "ArgMinOptions"}
    for dtype, result in [("int8", 2), ("float32", 2), ("int32", 4), ("uint8", 2)]:
        quantised = {"scale": 0.5} if dtype in ("int8", "uint8") else {}
        for shape, axis in [((3, 40), 1), ((3, 40), 0), ((2, 3, 4), -2), ((9,), 0)]:
            x = model.input(dtype, shape, **quantised)
            options = {kinds[kind]: {"output_type": result}}
            target = [n for i, n in enumerate(shape) if i != axis % len(shape)]
            name = "int32" if result == 2 else "int64"
            model.result(kind, [x, model.numbers(axis)], name, target, options)
    model.check(tmp_path, "litert")


def test_products_are_refused() -> None:
    rows = [tensor(0, (4,)), tensor(1, (1,), "int32", constant=bytes(4)), tensor(2, (1,))]
    assert "is not supported on int8" in refusal("REDUCE_PROD", rows, [0, 1], [2])


def test_an_extreme_of_another_scale_is_refused() -> None:
    rows = [tensor(0, (4,)), tensor(1, (1,), "int32", constant=bytes(4)), tensor(2, (1,), scale=0.25)]
    assert "has an input and an output of different scales" in refusal("REDUCE_MAX", rows, [0, 1], [2])


@pytest.mark.parametrize("kind", ["MEAN", "SUM", "REDUCE_MAX"])
def test_zero_points_of_int16_are_refused(kind: str) -> None:
    axes = tensor(1, (1,), "int32", constant=bytes(4))
    for taken, given in ((3, 0), (0, 3), (32767, 32767)):
        rows = [tensor(0, (4,), "int16", zero_point=taken), axes, tensor(2, (1,), "int16", zero_point=given)]
        said = refusal(kind, rows, [0, 1], [2])
        assert (
            "has int16 tensors whose zero point is not 0 | quantise int16 activations symmetrically" in said
        )


def test_a_sum_beyond_int32_is_refused() -> None:
    rows = [
        tensor(0, (1 << 16,), "int16"),
        tensor(1, (1,), "int32", constant=bytes(4)),
        tensor(2, (1,), "int16"),
    ]
    said = refusal("SUM", rows, [0, 1], [2])
    assert "reduces 65,536 elements to one; 1 to 65,535 are possible" in said
