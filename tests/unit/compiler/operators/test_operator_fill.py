"""FILL, ZEROS_LIKE, RANGE, ONE_HOT and BROADCAST_ARGS: computed by the compiler where everything is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from networks import tensor
from operator_models import Operators
from refusals import refusal

_TYPES = ("float32", "int8", "int16", "int32", "int64", "bool")


def quantised(dtype: str) -> dict[str, float]:
    return {"scale": 0.5} if dtype in ("int8", "int16") else {}


def test_fill(tmp_path: Path) -> None:
    model = Operators()
    for dtype in _TYPES:
        dimensions = model.numbers([2, 3, 5])
        value = model.input(dtype, (), **quantised(dtype))
        model.result("FILL", [dimensions, value], dtype, (2, 3, 5), **quantised(dtype))
        value = model.numbers(7, dtype, **quantised(dtype))
        model.result("FILL", [dimensions, value], dtype, (2, 3, 5), **quantised(dtype))
    model.check(tmp_path, "litert")


def test_zeros(tmp_path: Path) -> None:
    model = Operators()
    for dtype in ("float32", "int8", "int32", "int64"):
        x = model.input(dtype, (2, 3), **quantised(dtype))
        model.result("ZEROS_LIKE", [x], dtype, (2, 3), **quantised(dtype))
    model.check(tmp_path, "tflm")


@pytest.mark.parametrize(
    ("dtype", "start", "limit", "step", "count"),
    [
        ("int32", 3, 12, 4, 3),
        ("int32", 9, -2, -3, 4),
        ("int64", 0, 5, 1, 5),
        ("float32", 0.5, 2.0, 0.1, 15),
        ("float32", 2.0, -1.0, -0.3, 10),
    ],
)
def test_ranges(tmp_path: Path, dtype: str, start: float, limit: float, step: float, count: int) -> None:
    model = Operators()
    x = model.input(dtype, (count,))
    ends = [model.numbers(value, dtype) for value in (start, limit, step)]
    made = model.tensor(dtype, (count,))
    model.operator("RANGE", ends, [made])
    model.result("MAXIMUM", [made, x], dtype, (count,), {"MaximumMinimumOptions": {}})
    model.check(tmp_path, "litert")


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_one_hot(tmp_path: Path, axis: int) -> None:
    model = Operators()
    random = np.random.default_rng(4)
    sets: list[list[np.ndarray]] = [[], []]
    for dtype in ("float32", "int8", "int32", "bool"):
        indices = model.input("int32", (3, 5))
        values = [model.numbers(value, dtype, **quantised(dtype)) for value in (1, 0)]
        shape = [3, 5]
        shape.insert(axis % 3, 6)
        options = {"OneHotOptions": {"axis": axis}}
        model.result(
            "ONE_HOT", [indices, model.numbers(6), *values], dtype, shape, options, **quantised(dtype)
        )
        for row in sets:
            row.append(random.integers(-2, 8, (3, 5)).astype(np.int32))
    model.check(tmp_path, "litert", sets)


def test_shapes_broadcast_to_one(tmp_path: Path) -> None:
    model = Operators()
    for dtype in ("int32", "int64"):
        shape = model.input(dtype, (3,))
        model.result("BROADCAST_ARGS", [shape, model.numbers([1, 4], dtype)], dtype, (3,))
        known = [model.numbers([2, 1, 4], dtype), model.numbers([3, 1], dtype)]
        model.result("BROADCAST_ARGS", known, dtype, (3,))
    sets = [[np.array([2, 5, 4], dtype) for dtype in (np.int32, np.int64)]]
    model.check(tmp_path, "tflm", sets)


def words(*values: int) -> bytes:
    return np.array(values, "<i4").tobytes()


@pytest.mark.parametrize(
    ("said", "kind", "contents", "shapes", "target"),
    [
        (
            "gives the shape (2, 3), but its output has (3, 2)",
            "FILL",
            [(2, 3), (1,)],
            [(2,), ()],
            (3, 2),
        ),
        ("fills with 2 values, not one", "FILL", [(2, 3), (1, 1)], [(2,), (2,)], (2, 3)),
        ("has dimensions that are computed at run time", "FILL", [None, (1,)], [(2,), ()], (2, 3)),
        ("gives the shape (3,), but its output has (4,)", "RANGE", [(0,), (3,), (1,)], [()] * 3, (4,)),
        ("has no single first value, limit and step", "RANGE", [(0,), (3,), (0,)], [()] * 3, (4,)),
        ("makes 2,000,000 elements; at most", "RANGE", [(0,), (2_000_000,), (1,)], [()] * 3, (4,)),
        ("has ends and a step that are computed at run time", "RANGE", [(0,), None, (1,)], [()] * 3, (4,)),
        ("can't broadcast the shapes [2] and [3]", "BROADCAST_ARGS", [(2,), (3,)], [(1,)] * 2, (1,)),
        ("gives the shape (2, 4), but its output has", "ONE_HOT", [None, (4,), (1,), (0,)], [(2,)] + 3 * [()], (8,)),
        ("has more than one value to set", "ONE_HOT", [None, (4,), (1, 1), (0,)], [(2,), (), (2,), ()], (2, 4)),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(
    said: str,
    kind: str,
    contents: list[tuple[int, ...] | None],
    shapes: list[tuple[int, ...]],
    target: tuple[int, ...],
) -> None:
    rows = [
        tensor(number, shape, "int32", constant=None if content is None else words(*content))
        for number, (shape, content) in enumerate(zip(shapes, contents, strict=True))
    ]
    rows.append(tensor(len(rows), target, "int32"))
    assert said in refusal(kind, rows, range(len(rows) - 1), [len(rows) - 1], {"axis": -1})


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ("makes inf elements; at most 1,048,576 are made", (0, 3e38, 1e-38)),
        ("makes nan elements; at most 1,048,576 are made", (0, np.nan, 1)),
        ("makes inf elements; at most 1,048,576 are made", (-3e38, 3e38, 1)),
    ],
)
@pytest.mark.filterwarnings("error")
def test_ranges_without_end_are_refused(said: str, ends: tuple[float, ...]) -> None:
    rows = [tensor(i, (), "float32", constant=np.float32(end).tobytes()) for i, end in enumerate(ends)]
    rows.append(tensor(3, (4,), "float32"))
    assert f"{said} | replace these operators" in refusal("RANGE", rows, range(3), [3])
