"""GATHER_ND, EMBEDDING_LOOKUP, DYNAMIC_UPDATE_SLICE: places that are known or computed at run time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from networks import network, operator, tensor
from operator_models import Operators
from refusals import refusal

from generator.compiler.legalise import legalise
from generator.compiler.step import Folded

_RANDOM = np.random.default_rng(17)


def quantised(dtype: str) -> dict[str, float]:
    return {"scale": 0.5} if dtype in ("int8", "uint8", "int16") else {}


def values(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    return _RANDOM.integers(0, 2 if dtype == "bool" else 100, shape).astype(dtype)


@pytest.mark.parametrize(
    ("engine", "types"),
    [("tflm", ("float32", "int8")), ("litert", ("uint8", "int16", "int32", "int64", "bool"))],
)
def test_slices_picked_by_places(tmp_path: Path, engine: str, types: tuple[str, ...]) -> None:
    model = Operators()
    row: list[np.ndarray] = []
    for dtype in types:
        for depth, fixed in [(1, True), (2, False), (3, True), (3, False)]:
            shape = (4, 5, 6)
            picked = np.stack([_RANDOM.integers(0, n, (2, 3)) for n in shape[:depth]], -1).astype(np.int32)
            source = model.input(dtype, shape, **quantised(dtype))
            row.append(values(shape, dtype))
            index = model.numbers(picked) if fixed else model.input("int32", picked.shape)
            row += [] if fixed else [picked]
            model.result("GATHER_ND", [source, index], dtype, (2, 3, *shape[depth:]), **quantised(dtype))
    model.check(tmp_path, engine, [row])


@pytest.mark.parametrize("fixed", [False, True])
def test_rows_of_a_table(tmp_path: Path, fixed: bool) -> None:
    model = Operators()
    picked = np.array([3, 0, 7, 7, 1], np.int32)
    index = model.numbers(picked) if fixed else model.input("int32", (5,))
    x = model.input("float32", (5,))
    for source, target in [("float32", "float32"), ("int8", "int8"), ("int8", "float32")]:
        given = {"scale": 0.013} if source == "int8" else {}
        table = model.constant(values((8, 3, 2), source), **given)
        model.result(
            "EMBEDDING_LOOKUP", [index, table], target, (5, 3, 2), **(given if target == "int8" else {})
        )
    model.result("FLOOR", [x], "float32", (5,))
    floats = np.zeros(5, np.float32)
    model.check(tmp_path, "tflm", [[floats] if fixed else [picked, floats]])


@pytest.mark.parametrize("dtype", ["float32", "int8", "int16", "int32"])
def test_replaced_parts(tmp_path: Path, dtype: str) -> None:
    model = Operators()
    sets: list[list[np.ndarray]] = [[], [], []]
    for shape, part, index in [
        ((6,), (2,), "int32"),
        ((4, 5), (2, 5), "int64"),
        ((3, 4, 5), (1, 2, 3), "int32"),
    ]:
        inputs = [
            model.input(dtype, shape, **quantised(dtype)),
            model.input(dtype, part, **quantised(dtype)),
            model.input(index, (len(shape),)),
        ]
        model.result("DYNAMIC_UPDATE_SLICE", inputs, dtype, shape, **quantised(dtype))
        for row, start in zip(sets, (0, 1, -3 if index == "int64" else 99), strict=True):
            row += [values(shape, dtype), values(part, dtype), np.full(len(shape), start, index)]
    model.check(tmp_path, "tflm", sets)


def test_places_beyond_the_shape_pick_the_nearest(tmp_path: Path) -> None:
    from host_model import build_host_model

    model = Operators()
    source, index = model.input("int32", (3, 4)), model.input("int32", (2, 2))
    model.result("GATHER_ND", [source, index], "int32", (2,))
    inputs = [np.arange(12, dtype=np.int32).reshape(3, 4), np.array([[-5, 2], [7, 9]], np.int32)]
    (row,) = build_host_model(model.network(model.outputs), tmp_path).run([inputs])
    assert row[0].tolist() == [2, 11]


def test_what_is_known_is_picked_by_the_compiler() -> None:
    rows = [
        tensor(0, (2, 2), "int32", constant=np.arange(4, dtype="<i4").tobytes()),
        tensor(1, (1, 2), "int32", constant=np.array([1, 0], "<i4").tobytes()),
        tensor(2, (1,), "int32"),
        tensor(3, (1,), "int32"),
        tensor(4, (1,), "int32"),
    ]
    steps = [operator(0, "GATHER_ND", [0, 1], [2]), operator(1, "ADD", [2, 3], [4])]
    (folded, _) = legalise(network(rows, steps, [3], [4])).records
    assert isinstance(folded, Folded) and folded.values[2].tolist() == [2]


def test_places_beyond_what_there_is_are_refused() -> None:
    index = np.array([[1, 4]], "<i4").tobytes()
    rows = [tensor(0, (2, 4)), tensor(1, (1, 2), "int32", constant=index), tensor(2, (1,))]
    assert "picks elements beyond the shape (2, 4)" in refusal("GATHER_ND", rows, [0, 1], [2])
    rows = [tensor(0, (2, 4)), tensor(1, (1, 3), "int32"), tensor(2, (1,))]
    assert "has indices of shape (1, 3) into the shape (2, 4)" in refusal("GATHER_ND", rows, [0, 1], [2])
    rows = [tensor(0, (1, 1), "int32", constant=index[4:]), tensor(1, (2, 4)), tensor(2, (1, 4))]
    assert "has indices of shape (1, 1) into a table" in refusal("EMBEDDING_LOOKUP", rows, [0, 1], [2])
    rows = [tensor(0, (1,), "int32", constant=index[4:]), tensor(1, (2, 4)), tensor(2, (1, 4))]
    assert "picks rows beyond the 2 of the table" in refusal("EMBEDDING_LOOKUP", rows, [0, 1], [2])


def test_nothing_picked_is_nothing_run() -> None:
    rows = [tensor(0, (2, 4)), tensor(1, (0, 1), "int32", constant=b""), tensor(2, (0, 4))]
    made = legalise(network(rows, [operator(0, "GATHER_ND", [0, 1], [2])], [0], []))
    assert isinstance(made.records[0], Folded) and made.steps == ()


def test_a_part_greater_than_the_tensor_is_refused() -> None:
    rows = [tensor(0, (2, 4)), tensor(1, (3, 4)), tensor(2, (2,), "int32"), tensor(3, (2, 4))]
    said = refusal("DYNAMIC_UPDATE_SLICE", rows, [0, 1, 2], [3])
    assert "replaces a part of shape (3, 4) in the shape (2, 4)" in said
