"""Operators that only move elements: exact for every element type, folded where everything is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from networks import network, operator, tensor
from operator_models import Operators
from refusals import refusal

from generator.compiler.legalise import legalise
from generator.compiler.step import Alias, Folded
from generator.model.network import NetworkTensor

_TYPES = ("int8", "int16", "int32", "float32", "uint8", "int64", "bool")


def quantised(dtype: str) -> dict[str, Any]:
    if dtype not in ("int8", "uint8", "int16"):
        return {}
    return {"scale": 0.5, "zero_point": 0 if dtype == "int16" else 3}


def test_transpose(tmp_path: Path) -> None:
    model = Operators()
    for dtype, shape, order in [
        ("int8", (2, 3, 4, 5), (0, 3, 1, 2)),
        ("int8", (1, 7, 5, 3), (0, 2, 1, 3)),
        ("int16", (4, 6), (1, 0)),
        ("int32", (2, 3, 4), (2, 1, 0)),
        ("float32", (2, 3, 4), (1, 0, 2)),
        ("int64", (3, 5), (1, 0)),
        ("uint8", (3, 1, 5), (1, 0, 2)),
        ("bool", (3, 5), (1, 0)),
    ]:
        source = model.input(dtype, shape, **quantised(dtype))
        target = model.tensor(dtype, [shape[i] for i in order], **quantised(dtype))
        model.operator("TRANSPOSE", [source, model.numbers(order)], [target])
        model.outputs.append(target)
    model.check(tmp_path, "litert")


def test_a_transposition_of_ones_only_is_an_alias() -> None:
    order = np.array([0, 2, 1], "<i4").tobytes()
    tensors = [tensor(0, (1, 6, 1)), tensor(1, (3,), "int32", constant=order), tensor(2, (1, 1, 6))]
    made = legalise(network(tensors, [operator(0, "TRANSPOSE", [0, 1], [2])], [0], [2]))
    assert isinstance(made.records[0], Alias) and made.records[0].note == "moves nothing"


def test_concatenation(tmp_path: Path) -> None:
    model = Operators()
    for dtype in _TYPES[:4]:
        for axis, shapes in [
            (3, [(1, 2, 3, 4), (1, 2, 3, 1), (1, 2, 3, 7)]),
            (1, [(1, 2, 3, 4), (1, 5, 3, 4)]),
            (-1, [(2, 5), (2, 3)]),
            (0, [(2, 5), (1, 5)]),
        ]:
            inputs = [model.input(dtype, shape, **quantised(dtype)) for shape in shapes]
            shape = list(shapes[0])
            shape[axis] = sum(each[axis] for each in shapes)
            fixed = model.numbers(np.arange(np.prod(shapes[0])).reshape(shapes[0]), dtype, **quantised(dtype))
            shape[axis] += shapes[0][axis]
            target = model.tensor(dtype, shape, **quantised(dtype))
            model.operator("CONCATENATION", [*inputs, fixed], [target], ConcatenationOptions={"axis": axis})
            model.outputs.append(target)
    model.check(tmp_path, "litert")


def test_pack_and_unpack(tmp_path: Path) -> None:
    model = Operators()
    for dtype in ("int8", "int32", "float32", "uint8"):
        for axis in (0, 1, 2, -1):
            inputs = [model.input(dtype, (2, 3), **quantised(dtype)) for _ in range(4)]
            shape = [2, 3]
            shape.insert(axis % 3, 4)
            stacked = model.tensor(dtype, shape, **quantised(dtype))
            model.operator("PACK", inputs, [stacked], PackOptions={"axis": axis, "values_count": 4})
            model.outputs.append(stacked)
            layers = [model.tensor(dtype, (2, 3), **quantised(dtype)) for _ in range(4)]
            model.operator("UNPACK", [stacked], layers, UnpackOptions={"axis": axis, "num": 4})
            model.outputs += layers
    model.check(tmp_path, "litert")


def test_split(tmp_path: Path) -> None:
    model = Operators()
    for dtype in ("int8", "int16", "float32", "int32"):
        for axis in (0, 2, -1):
            source = model.input(dtype, (4, 2, 6), **quantised(dtype))
            shape = [4, 2, 6]
            shape[axis] //= 2
            halves = [model.tensor(dtype, shape, **quantised(dtype)) for _ in range(2)]
            options = {"num_splits": 2}
            model.operator("SPLIT", [model.numbers(axis), source], halves, SplitOptions=options)
            model.outputs += halves
    for dtype in ("int8", "int16", "float32"):
        source = model.input(dtype, (4, 2, 6), **quantised(dtype))
        parts = [model.tensor(dtype, (4, 2, n), **quantised(dtype)) for n in (1, 2, 3)]
        inputs = [source, model.numbers([1, -1, 3]), model.numbers(2)]
        model.operator("SPLIT_V", inputs, parts, SplitVOptions={"num_splits": 3})
        model.outputs += parts
    model.check(tmp_path, "litert")


def test_slice(tmp_path: Path) -> None:
    model = Operators()
    for dtype in _TYPES:
        source = model.input(dtype, (3, 4, 5), **quantised(dtype))
        for begin, size in [((1, 0, 2), (2, 4, 2)), ((0, 1, 0), (1, -1, 5)), ((0, 0, 4), (3, 4, 1))]:
            shape = [s if s >= 0 else d - b for b, s, d in zip(begin, size, (3, 4, 5), strict=True)]
            target = model.tensor(dtype, shape, **quantised(dtype))
            inputs = [source, model.numbers(begin), model.numbers(size)]
            model.operator("SLICE", inputs, [target])
            model.outputs.append(target)
    model.check(tmp_path, "litert")


def test_strided_slice(tmp_path: Path) -> None:
    model = Operators()
    for dtype in ("int8", "int16", "int32", "float32"):
        source = model.input(dtype, (4, 5, 6), **quantised(dtype))
        for begin, end, stride, masks in [
            ((0, 1, 1), (4, 5, 6), (2, 2, 3), {}),
            ((-1, 0, 0), (-5, 3, 9), (-1, 1, 2), {}),
            ((1, 9, 0), (2, 0, 0), (1, -2, 1), {"begin_mask": 2, "end_mask": 6}),
            ((1, -2, 2), (0, 0, 3), (1, 1, 1), {"shrink_axis_mask": 3}),
            ((0, 3), (0, 0), (1, 1), {"shrink_axis_mask": 2, "end_mask": 1}),
            ((0, 0, 1), (0, 0, 5), (1, 1, 2), {"ellipsis_mask": 1, "new_axis_mask": 2}),
        ]:
            sample = np.zeros((4, 5, 6))
            target_shape = sample[numpy_slice(begin, end, stride, masks)].shape
            target = model.tensor(dtype, target_shape, **quantised(dtype))
            inputs = [source, *(model.numbers(row) for row in (begin, end, stride))]
            model.operator("STRIDED_SLICE", inputs, [target], StridedSliceOptions=masks)
            model.outputs.append(target)
    model.check(tmp_path, "litert")


def numpy_slice(
    begin: tuple[int, ...], end: tuple[int, ...], stride: tuple[int, ...], masks: dict[str, int]
) -> tuple[object, ...]:
    rows: list[object] = []
    for i, (first, last, step) in enumerate(zip(begin, end, stride, strict=True)):
        if masks.get("ellipsis_mask", 0) >> i & 1:
            rows.append(...)
        elif masks.get("new_axis_mask", 0) >> i & 1:
            rows.append(None)
        elif masks.get("shrink_axis_mask", 0) >> i & 1:
            rows.append(first)
        else:
            rows.append(
                slice(
                    None if masks.get("begin_mask", 0) >> i & 1 else first,
                    None if masks.get("end_mask", 0) >> i & 1 else last,
                    step,
                )
            )
    return tuple(rows)


def test_pad(tmp_path: Path) -> None:
    model = Operators()
    for dtype in ("int8", "int16", "float32", "int32", "uint8"):
        source = model.input(dtype, (2, 3, 4, 5), **quantised(dtype))
        for borders in [((0, 0), (1, 2), (0, 1), (0, 0)), ((1, 0), (0, 0), (2, 2), (0, 3))]:
            shape = [s + a + b for s, (a, b) in zip((2, 3, 4, 5), borders, strict=True)]
            target = model.tensor(dtype, shape, **quantised(dtype))
            model.operator("PAD", [source, model.numbers(borders)], [target])
            target2 = model.tensor(dtype, shape, **quantised(dtype))
            value = model.numbers([7], dtype, **quantised(dtype))
            model.operator("PADV2", [source, model.numbers(borders), value], [target2])
            model.outputs += [target, target2]
    model.check(tmp_path, "litert")


def test_borders_that_are_no_number(tmp_path: Path) -> None:
    model = Operators()
    source = model.input("float32", (2, 3))
    borders = model.numbers(((0, 1), (1, 0)))
    for fill in (np.inf, -np.inf, np.nan, -1.5):
        model.result("PADV2", [source, borders, model.numbers([fill], "float32")], "float32", (3, 4))
    model.check(tmp_path, "litert")


def test_a_border_of_int16_with_a_zero_point_is_refused() -> None:
    borders = tensor(1, (1, 2), "int32", constant=np.array([1, 0], "<i4").tobytes())
    rows = [tensor(0, (4,), "int16", zero_point=3), borders, tensor(2, (5,), "int16", zero_point=3)]
    assert "has int16 tensors whose zero point is not 0" in refusal("PAD", rows, [0, 1], [2])


@pytest.mark.parametrize("mode", [0, 1])
def test_mirror_pad(tmp_path: Path, mode: int) -> None:
    model = Operators()
    for dtype in ("int8", "float32"):
        source = model.input(dtype, (3, 4, 5), **quantised(dtype))
        borders = ((1, 2), (0, 3), (2, 0))
        target = model.tensor(dtype, (6, 7, 7), **quantised(dtype))
        options = {"mode": mode}
        model.operator("MIRROR_PAD", [source, model.numbers(borders)], [target], MirrorPadOptions=options)
        model.outputs.append(target)
    model.check(tmp_path, "litert")


def test_blocks_of_pixels_and_channels(tmp_path: Path) -> None:
    model = Operators()
    for dtype in ("int8", "float32"):
        for block in (2, 3):
            wide = (2, 2 * block, 3 * block, 5)
            deep = (2, 2, 3, 5 * block * block)
            for kind, table, shapes in [
                ("SPACE_TO_DEPTH", "SpaceToDepthOptions", (wide, deep)),
                ("DEPTH_TO_SPACE", "DepthToSpaceOptions", (deep, wide)),
            ]:
                source = model.input(dtype, shapes[0], **quantised(dtype))
                target = model.tensor(dtype, shapes[1], **quantised(dtype))
                model.operator(kind, [source], [target], **{table: {"block_size": block}})
                model.outputs.append(target)
    model.check(tmp_path, "litert")


def test_blocks_of_pixels_and_batches(tmp_path: Path) -> None:
    model = Operators()
    for dtype in ("int8", "float32"):
        for size, blocks, borders in [
            ((4, 6), (2, 3), ((0, 0), (0, 0))),
            ((5, 4), (3, 2), ((1, 3), (2, 0))),
            ((1, 4), (4, 2), ((2, 1), (0, 2))),
        ]:
            grown = [s + a + b for s, (a, b) in zip(size, borders, strict=True)]
            small = [s // b for s, b in zip(grown, blocks, strict=True)]
            count = blocks[0] * blocks[1]
            source = model.input(dtype, (2, *size, 3), **quantised(dtype))
            batches = model.tensor(dtype, (2 * count, *small, 3), **quantised(dtype))
            inputs = [source, model.numbers(blocks), model.numbers(borders)]
            model.operator("SPACE_TO_BATCH_ND", inputs, [batches])
            back = model.tensor(dtype, (2, *size, 3), **quantised(dtype))
            inputs = [batches, model.numbers(blocks), model.numbers(borders)]
            model.operator("BATCH_TO_SPACE_ND", inputs, [back])
            model.outputs += [batches, back]
    model.check(tmp_path, "litert")


def test_repetition_and_reversal(tmp_path: Path) -> None:
    model = Operators()
    for dtype in ("int8", "int32", "float32"):
        source = model.input(dtype, (1, 3, 2), **quantised(dtype))
        wide = model.tensor(dtype, (4, 3, 2), **quantised(dtype))
        model.operator("BROADCAST_TO", [source, model.numbers([4, 3, 2])], [wide], version=2)
        tiled = model.tensor(dtype, (2, 9, 2), **quantised(dtype))
        if dtype != "int8":
            model.operator("TILE", [source, model.numbers([2, 3, 1])], [tiled])
            model.outputs.append(tiled)
        backwards = model.tensor(dtype, (1, 3, 2), **quantised(dtype))
        model.operator("REVERSE_V2", [source, model.numbers([1])], [backwards])
        model.outputs += [wide, backwards]
    model.check(tmp_path, "litert")


def test_gather(tmp_path: Path) -> None:
    model = Operators()
    sets: list[list[np.ndarray]] = [[], []]
    random = np.random.default_rng(3)
    for dtype in ("int8", "float32", "int32"):
        for axis, batches, fixed in [(0, 0, True), (1, 0, False), (2, 0, True), (1, 1, False), (2, 1, True)]:
            shape = (3, 4, 5)
            indices_shape = (3, 2) if batches else (2, 3)
            picked = random.integers(0, shape[axis], indices_shape).astype(np.int32)
            source = model.input(dtype, shape, **quantised(dtype))
            index = model.numbers(picked) if fixed else model.input("int32", indices_shape)
            target = model.tensor(
                dtype, (*shape[:axis], *indices_shape[batches:], *shape[axis + 1 :]), **quantised(dtype)
            )
            options = {"axis": axis, "batch_dims": batches}
            model.operator("GATHER", [source, index], [target], GatherOptions=options)
            model.outputs.append(target)
            for row in sets:
                row.append(random.integers(-100, 100, shape).astype(dtype))
                if not fixed:
                    row.append(picked)
    model.check(tmp_path, "litert", sets)


def test_micro_agrees(tmp_path: Path) -> None:
    model = Operators()
    source = model.input("int8", (1, 4, 6, 2), scale=0.5, zero_point=3)
    padded = model.tensor("int8", (1, 6, 7, 2), scale=0.5, zero_point=3)
    borders = model.numbers([[0, 0], [1, 1], [1, 0], [0, 0]])
    model.operator("PAD", [source, borders], [padded])
    joined = model.tensor("int8", (1, 6, 7, 4), scale=0.5, zero_point=3)
    model.operator("CONCATENATION", [padded, padded], [joined], ConcatenationOptions={"axis": 3})
    model.outputs += [joined]
    model.check(tmp_path, "tflm")


def test_arithmetic_on_shapes_is_done_by_the_compiler() -> None:
    rows = [
        tensor(0, (2, 3)),
        tensor(1, (2,), "int32"),
        tensor(2, (1,), "int32", constant=np.array([0], "<i4").tobytes()),
        tensor(3, (1,), "int32", constant=np.array([1], "<i4").tobytes()),
        tensor(4, (), "int32"),
        tensor(5, (2,), "int32"),
        tensor(6, (2, 3)),
    ]
    made = legalise(
        network(
            rows,
            [
                operator(0, "SHAPE", [0], [1]),
                operator(1, "STRIDED_SLICE", [1, 2, 3, 3], [4], {"shrink_axis_mask": 1}),
                operator(2, "PACK", [4, 4], [5], {"axis": 0}),
                operator(3, "RESHAPE", [0, 5], [6]),
            ],
            [0],
            [6],
        )
    )
    assert made.steps == ()
    folded = [record for record in made.records if isinstance(record, Folded)]
    assert [next(iter(record.values.values())).tolist() for record in folded] == [[2, 3], 2, [2, 2]]


def test_sizes_and_strides_on_floats_are_computed_by_the_compiler() -> None:
    """A size that is scaled as floats, and an index for every element: what resizing layers are converted to."""

    def word(value: float, index: int, dtype: str = "int32") -> NetworkTensor:
        return tensor(index, (), dtype, constant=np.array(value, np.dtype(dtype)).tobytes())

    rows = [
        tensor(0, (2, 3)),
        tensor(1, (2,), "int32"),
        tensor(2, (), "int32"),
        tensor(3, (), "float32"),
        word(0.75, 4, "float32"),
        tensor(5, (), "float32"),
        tensor(6, (), "float32"),
        tensor(7, (), "int32"),
        word(0, 8),
        word(1, 9),
        tensor(10, (4,), "int32"),
        tensor(11, (1,), "int32", constant=bytes(4)),
        tensor(12, (4,), "int32"),
        tensor(13, (4,), "int32"),
    ]
    steps = [
        operator(0, "SHAPE", [0], [1]),
        operator(1, "REDUCE_PROD", [1, 11], [2]),
        operator(2, "CAST", [2], [3]),
        operator(3, "MUL", [3, 4], [5]),
        operator(4, "FLOOR", [5], [6]),
        operator(5, "CAST", [6], [7]),
        operator(6, "RANGE", [8, 7, 9], [10]),
        operator(7, "ADD", [10, 12], [13]),
    ]
    made = legalise(network([*rows[:10], tensor(10, (4,), "int32"), *rows[11:]], steps, [0, 12], [13]))
    folded = [next(iter(r.values.values())).tolist() for r in made.records if isinstance(r, Folded)]
    assert folded[:-1] == [[2, 3], 6, 6.0, 4.5, 4.0, 4] and folded[-1] == [0, 1, 2, 3]
    assert [step.kind for step in made.steps] == ["ADD"]


def words(*values: int) -> bytes:
    return np.array(values, "<i4").tobytes()


@pytest.mark.parametrize(
    ("said", "kind", "constants", "shapes", "options"),
    [
        (
            "has the permutation [0, 0], which names an axis twice",
            "TRANSPOSE",
            [(0, 0)],
            [(2, 2), (2, 2)],
            {},
        ),
        ("has 1 axes of a permutation, not 2", "TRANSPOSE", [(0,)], [(2, 2), (2, 2)], {}),
        ("gives the shape (3, 2), but its output has (2, 3)", "TRANSPOSE", [(1, 0)], [(2, 3), (2, 3)], {}),
        ("takes 3 elements from 1 on of 3 along axis 0", "SLICE", [(1,), (3,)], [(3,), (3,)], {}),
        ("has a stride of 0", "STRIDED_SLICE", [(0,), (1,), (0,)], [(3,), (3,)], {}),
        (
            "takes element 3 of 3 along axis 0",
            "STRIDED_SLICE",
            [(3,), (4,), (1,)],
            [(3,), ()],
            {"shrink_axis_mask": 1},
        ),
        ("has a negative padding", "PAD", [(-1, 0)], [(3,), (2,)], {}),
        ("mirrors 3 elements of 3", "MIRROR_PAD", [(3, 0)], [(3,), (6,)], {"mode": 0}),
        ("picks elements beyond the 3 along axis 0", "GATHER", [(1, 3)], [(3,), (2,)], {}),
        ("works along axis 2 of 1 dimensions", "REVERSE_V2", [(2,)], [(3,), (3,)], {}),
        (
            "has blocks of 2 x 2 pixels and 3 channels",
            "DEPTH_TO_SPACE",
            [],
            [(1, 1, 1, 3), (1, 2, 2, 1)],
            {"block_size": 2},
        ),
        (
            "cuts 3 pixels into blocks of 2",
            "SPACE_TO_BATCH_ND",
            [(2, 2), (0, 0, 0, 0)],
            [(1, 3, 2, 1), (4, 1, 1, 1)],
            {},
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    said: str,
    kind: str,
    constants: list[tuple[int, ...]],
    shapes: list[tuple[int, ...]],
    options: dict[str, int],
) -> None:
    rows = [tensor(0, shapes[0])]
    for values in constants:
        rows.append(tensor(len(rows), (len(values),), "int32", constant=words(*values)))
    rows.append(tensor(len(rows), shapes[1]))
    assert said in refusal(kind, rows, range(len(rows) - 1), [len(rows) - 1], options)


def test_bounds_computed_at_run_time_are_refused() -> None:
    rows = [tensor(0, (4,)), tensor(1, (1,), "int32"), tensor(2, (1,), "int32"), tensor(3, (2,))]
    said = refusal("SLICE", rows, [0, 1, 2], [3])
    assert "has begins that are computed at run time" in said and "with constant begins" in said


def test_a_concatenation_of_unequal_scales_is_refused() -> None:
    rows = [tensor(0, (4,), scale=0.5), tensor(1, (4,), scale=0.25), tensor(2, (8,), scale=0.5)]
    said = refusal("CONCATENATION", rows, [0, 1], [2], {"axis": 0})
    assert "concatenates 't1', whose scale or zero point is not the output's" in said


@pytest.mark.parametrize(
    ("said", "indices", "updates", "target"),
    [
        ("has indices of shape (2, 3) for an output of shape (4, 4)", (2, 3), (2,), (4, 4)),
        ("has indices of shape (0, 1) for an output of shape (4,)", (0, 1), (0,), (4,)),
        ("has updates of shape (2, 3) for indices of shape (2, 1)", (2, 1), (2, 3), (4, 4)),
    ],
)
def test_scattered_slices_must_fit_the_output(
    said: str, indices: tuple[int, ...], updates: tuple[int, ...], target: tuple[int, ...]
) -> None:
    shape = tensor(2, (len(target),), "int32", constant=words(*target))
    rows = [tensor(0, indices, "int32"), tensor(1, updates, "int32"), shape, tensor(3, target, "int32")]
    assert said in refusal("SCATTER_ND", rows, [0, 1, 2], [3])
