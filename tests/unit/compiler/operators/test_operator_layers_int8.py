"""BATCH_MATMUL, TRANSPOSE_CONV, SVDF and L2_NORMALIZATION on int8, as TensorFlow Lite Micro has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from networks import tensor
from operator_models import Operators
from refusals import refusal

_RANDOM = np.random.default_rng(31)


def quantised(low: float = -7, high: float = -4) -> dict[str, Any]:
    return {
        "scale": float(np.float32(2.0 ** _RANDOM.uniform(low, high))),
        "zero_point": int(_RANDOM.integers(-128, 128)),
    }


def test_batch_matmul(tmp_path: Path) -> None:
    model = Operators()
    for left, right, flags in [
        ((5, 7), (7, 3), (False, False)),
        ((2, 5, 7), (2, 7, 3), (False, False)),
        ((2, 5, 7), (2, 3, 7), (False, True)),
        ((2, 7, 5), (2, 7, 3), (True, False)),
        ((3, 2, 5, 7), (1, 2, 7, 4), (False, False)),
    ]:
        a, b = quantised(), quantised()
        rows = left[-1] if flags[0] else left[-2]
        columns = right[-2] if flags[1] else right[-1]
        shape = (*np.broadcast_shapes(left[:-2], right[:-2]), rows, columns)
        options = {"BatchMatMulOptions": {"adj_x": flags[0], "adj_y": flags[1]}}
        inputs = [model.input("int8", left, **a), model.input("int8", right, **b)]
        result = {**quantised(), "scale": a["scale"] * b["scale"] * 150}
        model.result("BATCH_MATMUL", inputs, "int8", shape, options, **result)
    model.check(tmp_path, "tflm")


@pytest.mark.parametrize("per_channel", [True, False])
def test_transpose_conv(tmp_path: Path, per_channel: bool) -> None:
    model = Operators()
    for stride, kernel, padding, size in [
        (2, (3, 3), 0, (4, 5)),
        (2, (2, 2), 1, (4, 5)),
        (1, (3, 2), 0, (5, 4)),
        (3, (4, 5), 1, (3, 2)),
    ]:
        x = quantised()
        height, width = size
        rows, columns = (
            (height * stride, width * stride)
            if padding == 0
            else ((height - 1) * stride + kernel[0], (width - 1) * stride + kernel[1])
        )
        scales = np.float32(2.0 ** _RANDOM.uniform(-9, -7, 6 if per_channel else 1))
        weights = _RANDOM.integers(-127, 128, (6, *kernel, 3)).astype(np.int8)
        bias = _RANDOM.integers(-2000, 2000, 6).astype(np.int32)
        inputs = [
            model.numbers([2, rows, columns, 6]),
            model.constant(weights, scale=scales.tolist(), zero_point=[0] * len(scales)),
            model.input("int8", (2, height, width, 3), **x),
            model.constant(
                bias, scale=(scales * np.float32(x["scale"])).tolist(), zero_point=[0] * len(scales)
            ),
        ]
        options = {"TransposeConvOptions": {"padding": padding, "stride_w": stride, "stride_h": stride}}
        result = {**quantised(), "scale": x["scale"] * 2.0**-8 * 200}
        model.result("TRANSPOSE_CONV", inputs, "int8", (2, rows, columns, 6), options, **result)
    model.check(tmp_path, "tflm")


@pytest.mark.parametrize("per_channel", [True, False])
def test_convolutions_in_groups(tmp_path: Path, per_channel: bool) -> None:
    model = Operators()
    for groups, depth, filters, kernel, stride, dilation, padding in [
        (2, 3, 2, (3, 3), 1, 1, 0),
        (3, 1, 3, (2, 3), 2, 1, 1),
        (4, 2, 1, (1, 1), 1, 1, 0),
        (2, 5, 3, (3, 2), 1, 2, 0),
    ]:
        x, channels = quantised(), groups * filters
        size = (7, 6)
        if padding == 0:
            rows, columns = (-(-extent // stride) for extent in size)
        else:
            rows, columns = ((e - k) // stride + 1 for e, k in zip(size, kernel, strict=True))
        scales = np.float32(2.0 ** _RANDOM.uniform(-9, -7, channels if per_channel else 1))
        weights = _RANDOM.integers(-127, 128, (channels, *kernel, depth)).astype(np.int8)
        bias = _RANDOM.integers(-2000, 2000, channels).astype(np.int32)
        inputs = [
            model.input("int8", (2, *size, groups * depth), **x),
            model.constant(weights, scale=scales.tolist()),
            model.constant(bias, scale=(scales * np.float32(x["scale"])).tolist()),
        ]
        options = {
            "padding": padding,
            "stride_w": stride,
            "stride_h": stride,
            "dilation_w_factor": dilation,
            "dilation_h_factor": dilation,
            "fused_activation_function": 1,
        }
        result = {**quantised(), "scale": x["scale"] * 2.0**-8 * 200}
        table = {"Conv2DOptions": options}
        model.result("CONV_2D", inputs, "int8", (2, rows, columns, channels), table, **result)
    model.check(tmp_path, "tflm")


def test_outputs_of_other_sizes_are_refused() -> None:
    images = [tensor(0, (2, 4, 4, 6)), tensor(1, (6, 1, 1, 6), constant=bytes(36))]
    said = refusal("CONV_2D", [*images, tensor(2, (1, 4, 4, 6))], [0, 1], [2])
    assert "gives 2 images, but its output has 1" in said
    said = refusal("CONV_2D", [*images, tensor(2, (2, 4, 4, 5))], [0, 1], [2])
    assert "for 6 input and 5 output channels" in said
    options = {"filter_height": 2, "filter_width": 2}
    said = refusal("MAX_POOL_2D", [images[0], tensor(1, (2, 4, 4, 7))], [0], [1], options)
    assert "has 6 input and 7 output channels" in said


@pytest.mark.parametrize("dtype", ["int16", "int8"])
def test_svdf_remembers(tmp_path: Path, dtype: str) -> None:
    model = Operators()
    batches, inputs, filters, memory, rank = 1, 8, 6, 5, 2
    x = quantised()
    wide = dtype == "int16"
    state = {"scale": 2.0**-12 if wide else 2.0**-5, "zero_point": 0}
    time = {"scale": 2.0**-15 if wide else 2.0**-7, "zero_point": 0}
    limit = 32767 if wide else 127
    tensors = [
        model.input("int8", (batches, inputs), **x),
        model.constant(_RANDOM.integers(-127, 128, (filters, inputs)).astype(np.int8), scale=2.0**-7),
        model.constant(_RANDOM.integers(-limit, limit, (filters, memory)).astype(dtype), **time),
        model.constant(
            _RANDOM.integers(-99, 99, filters // rank).astype(np.int32), scale=state["scale"] * time["scale"]
        ),
        model.tensor(dtype, (batches, filters * memory), variable=True, **state),
    ]
    options = {"SVDFOptions": {"rank": rank}}
    result = {"scale": 2.0**-4, "zero_point": -5}
    model.result("SVDF", tensors, "int8", (batches, filters // rank), options, **result)
    model.check(tmp_path, "tflm", model.random_inputs(12))


def test_l2_normalization(tmp_path: Path) -> None:
    model = Operators()
    for shape in [(3, 4), (2, 3, 16), (5, 1), (2, 300)]:
        x = model.input("int8", shape, **quantised())
        options = {"L2NormOptions": {}}
        model.result("L2_NORMALIZATION", [x], "int8", shape, options, scale=1 / 128)
    sets = model.random_inputs()
    sets.append([np.where(np.abs(array) > 120, array, 0).astype(np.int8) for array in sets[1]])
    model.check(tmp_path, "tflm", sets)


def test_what_is_refused() -> None:
    rows = [tensor(0, (2, 3)), tensor(1, (4, 2)), tensor(2, (2, 2))]
    assert "multiplies (2, 3) by (4, 2) to (2, 2)" in refusal("BATCH_MATMUL", rows, [0, 1], [2])
    rows = [tensor(0, (2, 3)), tensor(1, (2, 3), scale=0.25)]
    assert "has an output of scale 0.25 and zero point 0" in refusal("L2_NORMALIZATION", rows, [0], [1])
    weights, times = tensor(1, (2, 3), constant=bytes(6)), tensor(2, (2, 4), constant=bytes(8))
    rows = [tensor(0, (1, 3)), weights, times, tensor(3, (1,), "int32", constant=bytes(4))]
    rows += [tensor(4, (1, 8)), tensor(5, (1, 1))]
    said = refusal("SVDF", rows, [0, 1, 2, 3, 4], [5], {"rank": 2})
    assert "has the state 't4', which is not a variable tensor" in said
