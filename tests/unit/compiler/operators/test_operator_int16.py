"""int16 activations: every byte equal to TensorFlow Lite Micro's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from networks import tensor
from operator_models import Operators
from refusals import refusal

RELU, RELU6 = 1, 3
SAME, VALID = 0, 1


def random(*shape: int, seed: int = 0) -> np.random.Generator:
    return np.random.default_rng([seed, *shape])


def weights(m: Operators, *shape: int, axis: int = 0, channels: int | None = None) -> int:
    """int8 weights with a scale for each channel."""
    values = random(*shape).integers(-127, 128, shape).astype(np.int8)
    count = shape[axis] if channels is None else channels
    return m.constant(
        values, scale=[float(np.float32(0.002 + 0.001 * (i % 5))) for i in range(count)], axis=axis
    )


def bias(m: Operators, count: int, dtype: str = "int64") -> int:
    return m.constant(random(count).integers(-(2**20), 2**20, count).astype(dtype), scale=2e-6)


def result(
    m: Operators, kind: str, inputs: list[int], shape: tuple[int, ...], scale: float, **options: Any
) -> int:
    return m.result(kind, inputs, "int16", shape, options, scale=scale)


@pytest.mark.parametrize("dtype", ["int64", "int32"])
def test_convolutions(tmp_path: Path, dtype: str) -> None:
    m = Operators()
    x = m.input("int16", (2, 7, 6, 4), scale=0.001)

    def conv(shape: tuple[int, ...], out: tuple[int, ...], **options: int) -> None:
        table = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1, **options}
        inputs = [x, weights(m, *shape), bias(m, shape[0], dtype)]
        result(m, "CONV_2D", inputs, out, 0.0021, Conv2DOptions=table)

    conv((5, 3, 3, 4), (2, 7, 6, 5), padding=SAME)
    conv((6, 3, 2, 4), (2, 3, 5, 6), padding=VALID, stride_h=2, fused_activation_function=RELU6)
    conv((3, 3, 3, 4), (2, 7, 6, 3), padding=SAME, dilation_h_factor=2, dilation_w_factor=3)
    conv((8, 2, 5, 2), (2, 4, 3, 8), padding=SAME, stride_h=2, stride_w=2, fused_activation_function=RELU)
    m.check(tmp_path, "tflm")


def test_sums_beyond_int32(tmp_path: Path) -> None:
    m = Operators()
    x = m.input("int16", (1, 3, 3, 200), scale=0.001)
    w = m.constant(np.full((2, 3, 3, 200), 127, np.int8), scale=[0.01, 0.02])
    table = {"stride_h": 1, "stride_w": 1, "padding": VALID, "dilation_h_factor": 1, "dilation_w_factor": 1}
    result(m, "CONV_2D", [x, w, bias(m, 2)], (1, 1, 1, 2), 20.0, Conv2DOptions=table)
    m.check(tmp_path, "tflm")


def test_depthwise_convolutions(tmp_path: Path) -> None:
    m = Operators()
    x = m.input("int16", (2, 7, 6, 3), scale=0.001)

    def conv(shape: tuple[int, ...], out: tuple[int, ...], **options: int) -> None:
        table = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1, **options}
        table["depth_multiplier"] = shape[3] // 3
        inputs = [x, weights(m, *shape, axis=3), bias(m, shape[3])]
        result(m, "DEPTHWISE_CONV_2D", inputs, out, 0.0013, DepthwiseConv2DOptions=table)

    conv((1, 3, 3, 3), (2, 7, 6, 3), padding=SAME)
    conv((1, 3, 2, 6), (2, 3, 5, 6), padding=VALID, stride_h=2, fused_activation_function=RELU6)
    conv((1, 3, 3, 3), (2, 7, 6, 3), padding=SAME, dilation_h_factor=2, dilation_w_factor=2)
    m.check(tmp_path, "tflm")


def test_transposed_convolutions(tmp_path: Path) -> None:
    m = Operators()
    x = m.input("int16", (2, 3, 4, 3), scale=0.001)
    for shape, out, padding, stride in (
        ((2, 3, 3, 3), (2, 3, 4, 2), SAME, (1, 1)),
        ((2, 3, 3, 3), (2, 6, 8, 2), SAME, (2, 2)),
        ((3, 2, 4, 3), (2, 6, 13, 3), VALID, (2, 3)),
    ):
        table = {"padding": padding, "stride_h": stride[0], "stride_w": stride[1]}
        inputs = [m.numbers(out), weights(m, *shape), x, bias(m, shape[0])]
        result(m, "TRANSPOSE_CONV", inputs, out, 0.0015, TransposeConvOptions=table)
    m.check(tmp_path, "tflm")


def test_an_int32_bias_that_an_option_states(tmp_path: Path) -> None:
    """Only LiteRT knows the option for transposed convolutions."""
    m = Operators()
    x = m.input("int16", (1, 3, 4, 3), scale=0.001)
    w, b = weights(m, 2, 3, 3, 3), bias(m, 2, "int32")
    table = {"padding": SAME, "stride_h": 1, "stride_w": 1, "quantized_bias_type": 2}
    out, sizes = (1, 3, 4, 2), m.numbers((1, 3, 4, 2))
    result(m, "TRANSPOSE_CONV", [sizes, w, x, b], out, 0.0015, TransposeConvOptions=table)
    ones = {"dilation_h_factor": 1, "dilation_w_factor": 1}
    result(m, "CONV_2D", [x, w, b], out, 0.0015, Conv2DOptions={**table, **ones})
    m.check(tmp_path, "litert")


@pytest.mark.parametrize("dtype", ["int64", "int32"])
def test_dense_layers(tmp_path: Path, dtype: str) -> None:
    m = Operators()
    x = m.input("int16", (6, 300), scale=0.001)
    for count, activation in ((1, 0), (7, RELU6)):
        w = m.constant(random(count).integers(-127, 128, (count, 300)).astype(np.int8), scale=0.004)
        options = {"fused_activation_function": activation}
        result(
            m,
            "FULLY_CONNECTED",
            [x, w, bias(m, count, dtype)],
            (6, count),
            0.004,
            FullyConnectedOptions=options,
        )
    m.check(tmp_path, "tflm")


def test_arithmetic(tmp_path: Path) -> None:
    m = Operators()
    x = m.input("int16", (2, 3, 4), scale=0.0011)
    y = m.input("int16", (2, 3, 4), scale=0.0023)
    z = m.constant(np.array([-32768, -5, 7, 32767], np.int16), scale=0.0017)
    for kind, options in (("ADD", "AddOptions"), ("SUB", "SubOptions"), ("MUL", "MulOptions")):
        for activation in (0, RELU6):
            table = {options: {"fused_activation_function": activation, "pot_scale_int16": False}}
            if kind == "MUL":
                table = {options: {"fused_activation_function": activation}}
            result(m, kind, [x, y], (2, 3, 4), 0.0031, **table)
            result(m, kind, [x, z], (2, 3, 4), 0.0029, **table)
    for kind in ("MAXIMUM", "MINIMUM"):
        result(m, kind, [x, x], (2, 3, 4), 0.0011, MaximumMinimumOptions={})
    m.check(tmp_path, "tflm")


def test_leaky_rectifiers_on_every_value(tmp_path: Path) -> None:
    m = Operators()
    x = m.input("int16", (256, 256), scale=0.0058)
    result(m, "LEAKY_RELU", [x], (256, 256), 0.0046, LeakyReluOptions={"alpha": 0.3})
    result(m, "LEAKY_RELU", [x], (256, 256), 0.0091, LeakyReluOptions={"alpha": 0.77})
    every = np.arange(-32768, 32768).astype(np.int16).reshape(256, 256)
    m.check(tmp_path, "tflm", [[every]])


def test_sigmoids_on_every_value(tmp_path: Path) -> None:
    m = Operators()
    for scale in (1 / 4096, 1 / 2048, 0.0004, 0.00001, 5.3):
        x = m.input("int16", (256, 256), scale=scale)
        for kind in ("TANH", "LOGISTIC"):
            result(m, kind, [x], (256, 256), 1 / 32768)
    every = np.arange(-32768, 32768).astype(np.int16).reshape(256, 256)
    m.check(tmp_path, "tflm", [[every] * len(m.inputs)])


def test_sizes_and_inverse_roots_on_every_value(tmp_path: Path) -> None:
    m = Operators()
    x = m.input("int16", (32768,), scale=0.001)
    for scale in (0.001, 0.0007, 0.02, 0.00123, 0.00217):
        result(m, "ABS", [x], (32768,), scale, AbsOptions={})
    positive = m.input("int16", (32767,), scale=0.001)
    for scale in (0.001, 0.0007, 0.02):
        result(m, "RSQRT", [positive], (32767,), scale)
    numbers = np.arange(32768)
    m.check(tmp_path, "tflm", [[(-numbers).astype(np.int16), numbers[1:].astype(np.int16)]])


def test_rectifiers(tmp_path: Path) -> None:
    m = Operators()
    x = m.input("int16", (256, 256), scale=0.0003)
    for scale in (0.0003, 0.0002, 0.00071):
        result(m, "RELU", [x], (256, 256), scale)
    result(m, "RELU6", [x], (256, 256), 0.0003)
    every = np.arange(-32768, 32768).astype(np.int16).reshape(256, 256)
    m.check(tmp_path, "tflm", [[every]])


def test_squared_differences(tmp_path: Path) -> None:
    m = Operators()
    x, y = m.input("int16", (3, 4, 50), scale=0.0011), m.input("int16", (4, 1), scale=0.0023)
    for scale in (0.1, 0.0007):
        result(m, "SQUARED_DIFFERENCE", [x, y], (3, 4, 50), scale, SquaredDifferenceOptions={})
    m.check(tmp_path, "tflm")


def test_products_of_matrices(tmp_path: Path) -> None:
    m = Operators()
    for left, right, out, options in (
        ((2, 3, 40), (2, 40, 5), (2, 3, 5), {}),
        ((4, 2, 7, 30), (2, 5, 30), (4, 2, 7, 5), {"adj_y": True}),
        ((3, 9, 4), (3, 9, 2), (3, 4, 2), {"adj_x": True}),
    ):
        x, y = m.input("int16", left, scale=0.0011), m.input("int16", right, scale=0.0007)
        result(m, "BATCH_MATMUL", [x, y], out, 0.021, BatchMatMulOptions=options)
    m.check(tmp_path, "tflm")


def test_softmax(tmp_path: Path) -> None:
    m = Operators()
    for shape, beta in (((40, 7), 1.0), ((2, 3, 100), 0.5), ((5, 1), 1.0)):
        x = m.input("int16", shape, scale=0.0003)
        result(m, "SOFTMAX", [x], shape, 1 / 32768, SoftmaxOptions={"beta": beta})
    m.check(tmp_path, "tflm")


def test_pools(tmp_path: Path) -> None:
    m = Operators()
    x = m.input("int16", (2, 7, 6, 3), scale=0.001)
    for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        table = {"filter_height": 3, "filter_width": 2, "stride_h": 2, "stride_w": 1}
        result(m, kind, [x], (2, 4, 6, 3), 0.001, Pool2DOptions={**table, "padding": SAME})
        table["fused_activation_function"] = RELU
        result(m, kind, [x], (2, 3, 5, 3), 0.001, Pool2DOptions={**table, "padding": VALID})
    m.check(tmp_path, "tflm")


def test_what_the_reference_kernels_refuse_is_refused() -> None:
    shifted = [tensor(0, (4,), "int16"), tensor(1, (4,), "int16", zero_point=3), tensor(2, (4,), "int16")]
    assert "has the zero point 3 on int16 ('t1'), not 0" in refusal("ADD", shifted, [0, 1], [2])
    layer = [
        tensor(0, (1, 4), "int16"),
        tensor(1, (2, 4), "int8", constant=bytes(8)),
        tensor(2, (2,), "float32", constant=bytes(8)),
        tensor(3, (1, 2), "int16"),
    ]
    said = refusal("FULLY_CONNECTED", layer, [0, 1, 2], [3])
    assert "has a bias of float32 ('t2'); supported: int64, int32" in said
    narrow = tensor(2, (2,), "int32", constant=bytes(8))
    images = [
        tensor(0, (1, 1, 1, 2), "int16"),
        tensor(1, (1, 1, 1, 2), "int8", constant=bytes(2)),
        narrow,
        tensor(3, (1, 1, 1, 2), "int16"),
    ]
    strides = {"stride_h": 1, "stride_w": 1}
    said = refusal("DEPTHWISE_CONV_2D", images, [0, 1, 2], [3], strides)
    assert "has a bias of int32 ('t2'); supported: int64" in said
    images[1] = tensor(1, (2, 1, 1, 2), "int8", constant=bytes(4))
    sizes = tensor(4, (4,), "int32", constant=np.array([1, 1, 1, 2], "<i4").tobytes())
    said = refusal("TRANSPOSE_CONV", [*images, sizes], [4, 1, 0, 2], [3], strides)
    assert "has a bias of int32 ('t2'); supported: int64, int16" in said
    layer[2] = tensor(2, (3,), "int64", constant=bytes(24))
    assert "has a bias of 3 values for 2 channels" in refusal("FULLY_CONNECTED", layer, [0, 1, 2], [3])
    layer[2] = tensor(2, (2,), "int64", constant=bytes(16))
    layer[3] = tensor(3, (1, 2), "int16", scale=1e-4)
    assert "scales its sums by 2500" in refusal("FULLY_CONNECTED", layer, [0, 1, 2], [3])
    turned = [tensor(0, (1, 4), "int16"), tensor(1, (1, 4), "int16")]
    assert "a scale that is not 1/32768" in refusal("SOFTMAX", turned, [0], [1])
    assert "has an output of scale 0.5, not 1/32768" in refusal("TANH", turned, [0], [1])
    shifted = [
        tensor(0, (2, 2), "int16", zero_point=3),
        tensor(1, (2, 2), "int16"),
        tensor(2, (2, 2), "int16"),
    ]
    for kind in ("BATCH_MATMUL", "SQUARED_DIFFERENCE"):
        assert "has int16 tensors whose zero point is not 0" in refusal(kind, shifted, [0, 1], [2])
    assert "is not supported on int16 ('t0')" in refusal("LOG_SOFTMAX", turned, [0], [1])
