"""Weights of int4, two in a byte, as the int8 that the kernels take."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from networks import network, operator, tensor
from operator_models import Operators

from generator.compiler.legalise import legalise
from generator.compiler.widen import widen

_RANDOM = np.random.default_rng(44)


def packed(content: np.ndarray) -> bytes:
    halves = np.append(content.reshape(-1), np.zeros(content.size % 2, np.int8)).astype(np.uint8) & 15
    return (halves[::2] | halves[1::2] << 4).astype(np.uint8).tobytes()


def test_constants_alone_are_unpacked() -> None:
    content = np.array([-8, 7, 3, -1, 5], np.int8)
    rows = [tensor(0, (1, 5)), tensor(1, (1, 5), "int4", constant=packed(content)), tensor(2, (1, 1))]
    graph = network(rows, [operator(0, "FULLY_CONNECTED", [0, 1], [2])], [0], [2]).main
    weights = widen(graph).tensors[1]
    assert (
        weights.dtype == "int8"
        and np.frombuffer(weights.constant or b"", np.int8).tolist() == content.tolist()
    )
    assert widen(graph).tensors[0] == rows[0] and widen(graph).tensors[1].quantization == rows[1].quantization
    assert legalise(network(rows, graph.operators, [0], [2])).steps[0].kind == "FULLY_CONNECTED"


def test_layers_are_exact(tmp_path: Path) -> None:
    model = Operators()
    x = model.input("int8", (2, 5, 5, 3), scale=0.03, zero_point=-7)
    for kind, shape, channels, table, axis in [
        ("CONV_2D", (5, 3, 3, 3), 5, "Conv2DOptions", 0),
        ("DEPTHWISE_CONV_2D", (1, 3, 3, 3), 3, "DepthwiseConv2DOptions", 3),
    ]:
        content = _RANDOM.integers(-8, 8, shape).astype(np.int8)
        scales = np.float32(2.0 ** _RANDOM.uniform(-5, -3, channels)).tolist()
        weights = model.tensor("int4", shape, scale=scales, axis=axis, content=packed(content))
        bias = model.constant(
            _RANDOM.integers(-200, 200, channels).astype(np.int32), scale=[0.03 * s for s in scales]
        )
        options = {"stride_w": 1, "stride_h": 1, "dilation_w_factor": 1, "dilation_h_factor": 1}
        options |= {"depth_multiplier": 1} if axis else {}
        model.result(
            kind, [x, weights, bias], "int8", (2, 5, 5, channels), {table: options}, scale=0.2, zero_point=3
        )
    model.check(tmp_path, "tflm")
