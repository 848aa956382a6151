"""Floats with int8 weights, within the tolerance for floats of LiteRT's reference kernels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from float_models import FloatOperators
from networks import tensor
from refusals import refusal

RELU, RELU6 = 1, 3
SAME, VALID = 0, 1


def weights(m: FloatOperators, *shape: int, axis: int | None = None) -> int:
    values = np.random.default_rng(shape).integers(-127, 128, shape).astype(np.int8)
    if axis is None:
        return m.constant(values, scale=0.008)
    return m.constant(values, scale=[0.004 + 0.001 * i for i in range(shape[axis])], axis=axis)


@pytest.mark.parametrize("axis", [None, 0])
def test_convolutions(tmp_path: Path, axis: int | None) -> None:
    m = FloatOperators()
    x = m.input("float32", (2, 7, 6, 4))
    for shape, out, options in (
        ((5, 3, 3, 4), (2, 7, 6, 5), {"padding": SAME, "stride_h": 1, "stride_w": 1}),
        ((6, 3, 2, 4), (2, 3, 5, 6), {"padding": VALID, "stride_h": 2, "stride_w": 1}),
    ):
        table = {"dilation_h_factor": 1, "dilation_w_factor": 1, "fused_activation_function": RELU, **options}
        inputs = [x, weights(m, *shape, axis=axis), m.floats(shape[0])]
        m.float_result("CONV_2D", inputs, out, Conv2DOptions=table)
    m.check_close(tmp_path)


def test_depthwise_convolutions(tmp_path: Path) -> None:
    m = FloatOperators()
    x = m.input("float32", (2, 7, 6, 3))
    for outputs in (3, 6):
        table = {"padding": SAME, "stride_h": 2, "stride_w": 1, "depth_multiplier": outputs // 3}
        table |= {"dilation_h_factor": 1, "dilation_w_factor": 1, "fused_activation_function": RELU6}
        inputs = [x, weights(m, 1, 3, 3, outputs, axis=3), m.floats(outputs)]
        m.float_result("DEPTHWISE_CONV_2D", inputs, (2, 4, 6, outputs), DepthwiseConv2DOptions=table)
    m.check_close(tmp_path)


@pytest.mark.parametrize("asymmetric", [False, True])
def test_dense_layers(tmp_path: Path, asymmetric: bool) -> None:
    m = FloatOperators()
    x = m.input("float32", (6, 50))
    for count, bias in ((1, False), (7, True)):
        options = {"asymmetric_quantize_inputs": asymmetric}
        inputs = [x, weights(m, count, 50), m.floats(count) if bias else -1]
        m.float_result("FULLY_CONNECTED", inputs, (6, count), FullyConnectedOptions=options)
    sets = m.random_inputs()
    sets.append([np.zeros((6, 50), np.float32)])
    sets.append([np.abs(sets[0][0])])
    m.check_close(tmp_path, sets)


def test_weights_with_a_zero_point_are_refused() -> None:
    tensors = [
        tensor(0, (1, 4), "float32"),
        tensor(1, (2, 4), "int8", constant=bytes(8), zero_point=3),
        tensor(2, (1, 2), "float32"),
    ]
    said = refusal("FULLY_CONNECTED", tensors, [0, 1], [2])
    assert "has weights whose zero point is not 0 | convert the model with symmetric weights" in said
