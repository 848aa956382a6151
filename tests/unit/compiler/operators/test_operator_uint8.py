"""uint8 networks as LiteRT's reference kernels have them, int8 dense layers as TensorFlow Lite Micro's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from networks import network, operator, tensor
from operator_models import Operators
from refusals import refusal

from generator.compiler.legalise import legalise
from generator.compiler.rezero import UNSIGNED, rezero
from generator.errors import ArchiveError
from generator.model.network import NetworkTensor

_RANDOM = np.random.default_rng(21)


def quantised(low: float = -7, high: float = -4) -> dict[str, Any]:
    return {
        "scale": float(np.float32(2.0 ** _RANDOM.uniform(low, high))),
        "zero_point": int(_RANDOM.integers(0, 256)),
    }


def layer(
    model: Operators, x: dict[str, Any], shape: tuple[int, ...], channels: int, narrow: bool
) -> list[int]:
    """Weights and bias. narrow: the weights, less their zero point, fit in int8."""
    found = quantised(-9, -6)
    found["zero_point"] = 128 if narrow else int(_RANDOM.integers(0, 256))
    weights = _RANDOM.integers(1 if narrow else 0, 256, shape).astype(np.uint8)
    bias = _RANDOM.integers(-4000, 4000, channels).astype(np.int32)
    return [model.constant(weights, **found), model.constant(bias, scale=x["scale"] * found["scale"])]


def output(x: dict[str, Any], depth: int) -> dict[str, Any]:
    return {"scale": x["scale"] * 2.0**-7 * depth**0.5 * 40, "zero_point": int(_RANDOM.integers(0, 256))}


@pytest.mark.parametrize("narrow", [True, False])
def test_layers(tmp_path: Path, narrow: bool) -> None:
    model = Operators()
    for padding, stride, activation in [(0, 1, 0), (1, 2, 3), (0, 2, 1)]:
        x = quantised()
        size = (7 + stride - 1) // stride if padding == 0 else (7 - 3) // stride + 1
        options = {
            "padding": padding,
            "stride_w": stride,
            "stride_h": stride,
            "fused_activation_function": activation,
            "dilation_w_factor": 1,
            "dilation_h_factor": 1,
        }
        source = model.input("uint8", (1, 7, 7, 4), **x)
        model.result(
            "CONV_2D",
            [source, *layer(model, x, (5, 3, 3, 4), 5, narrow)],
            "uint8",
            (1, size, size, 5),
            {"Conv2DOptions": options},
            **output(x, 36),
        )
        model.result(
            "DEPTHWISE_CONV_2D",
            [source, *layer(model, x, (1, 3, 3, 4), 4, narrow)],
            "uint8",
            (1, size, size, 4),
            {"DepthwiseConv2DOptions": {**options, "depth_multiplier": 1}},
            **output(x, 9),
        )
    for activation in (0, 1):
        x = quantised()
        source = model.input("uint8", (3, 50), **x)
        model.result(
            "FULLY_CONNECTED",
            [source, *layer(model, x, (9, 50), 9, narrow)],
            "uint8",
            (3, 9),
            {"FullyConnectedOptions": {"fused_activation_function": activation}},
            **output(x, 50),
        )
    model.check(tmp_path, "litert")


def test_pools_softmax_and_arithmetic(tmp_path: Path) -> None:
    model = Operators()
    for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        for padding in (0, 1):
            x = quantised()
            options = {
                "padding": padding,
                "stride_w": 2,
                "stride_h": 2,
                "filter_width": 3,
                "filter_height": 2,
            }
            shape = (1, 4, 4, 5) if padding == 0 else (1, 3, 3, 5)
            model.result(
                kind,
                [model.input("uint8", (1, 7, 7, 5), **x)],
                "uint8",
                shape,
                {"Pool2DOptions": options},
                **x,
            )
    x = model.input("uint8", (2, 30), **quantised())
    model.result("SOFTMAX", [x], "uint8", (2, 30), {"SoftmaxOptions": {"beta": 1.0}}, scale=1 / 256)
    for kind in ("ADD", "SUB", "MUL"):
        inputs = [model.input("uint8", shape, **quantised()) for shape in ((3, 4, 5), (4, 5))]
        options = {f"{kind.capitalize()}Options": {"fused_activation_function": 0}}
        model.result(kind, inputs, "uint8", (3, 4, 5), options, **quantised(-5, -2))
    for kind in ("MAXIMUM", "MINIMUM"):
        given = quantised()
        inputs = [model.input("uint8", (3, 4), **given) for _ in range(2)]
        model.result(kind, inputs, "uint8", (3, 4), **given)
    x = model.input("uint8", (2, 5, 6, 3), **quantised())
    model.result("MEAN", [x, model.numbers([1, 2])], "uint8", (2, 3), {"ReducerOptions": {}}, **quantised())
    model.check(tmp_path, "litert")


def test_a_chain_meets_other_operators(tmp_path: Path) -> None:
    """Operators that stay on uint8 stand between others; a tensor is read by both, and is an output as well."""
    model = Operators()
    given = quantised()
    x = model.input("uint8", (1, 4, 4, 3), **given)
    first = model.result(
        "MAX_POOL_2D",
        [x],
        "uint8",
        (1, 2, 2, 3),
        {
            "Pool2DOptions": {
                "padding": 1,
                "stride_w": 2,
                "stride_h": 2,
                "filter_width": 2,
                "filter_height": 2,
            }
        },
        **given,
    )
    second = model.result("RELU6", [first], "uint8", (1, 2, 2, 3), **quantised())
    model.result("ADD", [first, second], "uint8", (1, 2, 2, 3), {"AddOptions": {}}, **quantised(-5, -2))
    model.result("DEQUANTIZE", [first], "float32", (1, 2, 2, 3))
    model.check(tmp_path, "litert")


def test_a_chain_of_layers_flips_bits_only_at_its_ends() -> None:
    rows = [tensor(i, (1, 4, 4, 1), "uint8", zero_point=3) for i in range(3)]
    operators = [operator(i, "RELU", [i], [i + 1]) for i in range(2)]
    made = rezero(network(rows, operators, [0], [2]).main)
    assert [each.kind for each in made.operators] == ["QUANTIZE", "RELU", "RELU", "QUANTIZE"]
    assert made.operators[1].options == {UNSIGNED: True}
    (middle,) = made.operators[1].outputs
    assert made.tensors[middle].dtype == "int8" and made.tensors[middle].quantization.zero_point == -125  # type: ignore[union-attr]


def test_dense_layers_without_bias_multiply_scales_as_floats(tmp_path: Path) -> None:
    model = Operators()
    for number in range(30):
        x = float(np.float32(2.0 ** _RANDOM.uniform(-7, -4)))
        w = float(np.float32(2.0 ** _RANDOM.uniform(-9, -6)))
        source = model.input("int8", (8, 64), scale=x, zero_point=int(_RANDOM.integers(-128, 128)))
        inputs = [source, model.constant(_RANDOM.integers(-127, 128, (16, 64)).astype(np.int8), scale=w)]
        if number % 2:
            inputs.append(model.constant(_RANDOM.integers(-999, 999, 16).astype(np.int32), scale=x * w))
        model.result(
            "FULLY_CONNECTED",
            inputs,
            "int8",
            (8, 16),
            {"FullyConnectedOptions": {}},
            scale=x * w * 700,
            zero_point=int(_RANDOM.integers(-128, 128)),
        )
    model.check(tmp_path, "tflm")


def test_inputs_of_a_concatenation_may_have_scales_of_their_own(tmp_path: Path) -> None:
    model = Operators()
    for _ in range(6):
        whole = quantised()
        same = model.input("uint8", (2, 3, 5), **whole)
        others = [model.input("uint8", (2, depth, 5), **quantised()) for depth in (4, 1)]
        stored = model.constant(_RANDOM.integers(0, 256, (2, 2, 5)).astype(np.uint8), **quantised())
        model.result(
            "CONCATENATION",
            [others[0], same, stored, others[1]],
            "uint8",
            (2, 10, 5),
            {"ConcatenationOptions": {"axis": 1, "fused_activation_function": 0}},
            **whole,
        )
    model.check(tmp_path, "litert")


def test_a_dense_layer_whose_sums_may_leave_int32_is_refused() -> None:
    """At the least input, 128 times the weight is taken from the bias."""

    def given(bias: int) -> tuple[NetworkTensor, ...]:
        weights = tensor(1, (1, 1), "uint8", zero_point=0, constant=bytes([200]))
        stored = tensor(2, (1,), "int32", constant=np.array([bias], np.int32).tobytes())
        return (tensor(0, (1, 1), "uint8", zero_point=128), weights, stored, tensor(3, (1, 1), "uint8"))

    least = -(1 << 31) + 128 * 200
    said = refusal("FULLY_CONNECTED", given(least - 1), (0, 1, 2), (3,))
    assert "has sums beyond int32" in said
    legalise(network(given(least), [operator(0, "FULLY_CONNECTED", (0, 1, 2), (3,))], (0,), (3,)))


@pytest.mark.parametrize(("first", "whole"), [(1.0, 1e-45), (3e38, 1.0)])
def test_a_concatenation_of_scales_beyond_numbers_is_refused(first: float, whole: float) -> None:
    rows = [
        tensor(0, (2, 3), "uint8", scale=first, zero_point=3),
        tensor(1, (2, 3), "uint8", scale=whole, zero_point=5),
        tensor(2, (4, 3), "uint8", scale=whole, zero_point=5),
    ]
    options = {"axis": 0, "fused_activation_function": 0}
    made = network(rows, [operator(0, "CONCATENATION", (0, 1), (2,), options)], (0, 1), (2,))
    with pytest.raises(ArchiveError, match="scales whose quotient is beyond the range of numbers"):
        legalise(made)


def test_transposed_convolutions(tmp_path: Path) -> None:
    model = Operators()
    for shape, out, padding, stride, biased in [
        ((2, 3, 3, 4), (1, 10, 8, 2), 0, 2, True),
        ((3, 2, 4, 4), (1, 6, 7, 3), 1, 1, False),
    ]:
        x = quantised()
        parts = layer(model, x, shape, shape[0], narrow=True)
        source = model.input("uint8", (1, 5, 4, 4), **x)
        options = {"padding": padding, "stride_h": stride, "stride_w": stride}
        inputs = [model.numbers(out), parts[0], source, *(parts[1:] if biased else [])]
        model.result(
            "TRANSPOSE_CONV", inputs, "uint8", out, {"TransposeConvOptions": options}, **output(x, 36)
        )
    model.check(tmp_path, "litert")


def test_transposed_convolutions_of_wide_weights_are_refused() -> None:
    weights = np.full((1, 2, 2, 1), 255, np.uint8).tobytes()
    rows = [
        tensor(0, (4,), "int32", constant=np.array([1, 4, 4, 1], "<i4").tobytes()),
        tensor(1, (1, 2, 2, 1), "uint8", constant=weights, zero_point=3),
        tensor(2, (1, 2, 2, 1), "uint8"),
        tensor(3, (1, 4, 4, 1), "uint8"),
    ]
    said = refusal("TRANSPOSE_CONV", rows, [0, 1, 2], [3], {"stride_h": 2, "stride_w": 2})
    assert "is not supported on int16 ('t1'); supported: int8" in said
