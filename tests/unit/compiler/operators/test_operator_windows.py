"""Windows whose strides and dilations are as great as int32 allows: they run without overflow, or are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from networks import tensor
from operator_models import Operators
from refusals import refusal

GREAT = 2**30
SAME, VALID = 0, 1
_LAYERS = ("CONV_2D", "DEPTHWISE_CONV_2D")
_POOLS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")


def options_of(kind: str, padding: int) -> dict[str, dict[str, Any]]:
    strides = {"padding": padding, "stride_h": GREAT, "stride_w": GREAT}
    if kind in _POOLS:
        return {"Pool2DOptions": {**strides, "filter_height": 1, "filter_width": 1}}
    table = "Conv2DOptions" if kind == "CONV_2D" else "DepthwiseConv2DOptions"
    more = {} if kind == "CONV_2D" else {"depth_multiplier": 1}
    return {table: {**strides, **more, "dilation_h_factor": GREAT, "dilation_w_factor": GREAT}}


@pytest.mark.parametrize("dtype", ["int8", "int16", "float32"])
def test_windows_that_stay_where_they_are(tmp_path: Path, dtype: str) -> None:
    m = Operators()
    real = dtype == "float32"
    quantised = {} if real else {"scale": 0.1}
    x = m.input(dtype, (1, 5, 6, 8), **quantised)
    for padding in (SAME, VALID):
        for kind in (*_LAYERS, *_POOLS):
            inputs = [x]
            if kind in _LAYERS:
                shape = (8, 1, 1, 8) if kind == "CONV_2D" else (1, 1, 1, 8)
                values = np.arange(np.prod(shape)).reshape(shape) % 23 - 11
                weights_type = "float32" if real else "int8"
                inputs.append(m.numbers(values, weights_type, **({} if real else {"scale": 0.02})))
                bias_type = {"int8": "int32", "int16": "int64", "float32": "float32"}[dtype]
                inputs.append(m.numbers(np.arange(8), bias_type, **({} if real else {"scale": 0.002})))
            m.result(kind, inputs, dtype, (1, 1, 1, 8), options_of(kind, padding), **quantised)
    sets = [[np.trunc(array) for array in row] if real else row for row in m.random_inputs()]
    m.check(tmp_path, "tflm", sets)


@pytest.mark.parametrize("kind", _LAYERS)
@pytest.mark.parametrize("dtype", ["int8", "int16", "float32"])
def test_dilations_beyond_int32_are_refused(kind: str, dtype: str) -> None:
    weights_type, size = ("float32", 4) if dtype == "float32" else ("int8", 1)
    shape = (8, 3, 1, 8) if kind == "CONV_2D" else (1, 3, 1, 8)
    elements = int(np.prod(shape))
    rows = [
        tensor(0, (1, 5, 6, 8), dtype),
        tensor(1, shape, weights_type, constant=bytes(size * elements)),
        tensor(2, (1, 5, 6, 8), dtype),
    ]
    options = {"stride_h": 1, "stride_w": 1, "dilation_hfactor": GREAT, "padding": SAME}
    said = refusal(kind, rows, [0, 1], [2], options)
    assert "spans 2,147,483,653 cells of 48 elements with its window, beyond the range of int32" in said
    assert "lower the stride or the dilation" in said


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        *((kind, "stride_w") for kind in (*_LAYERS, *_POOLS)),
        *((kind, "dilation_wfactor") for kind in _LAYERS),
    ],
)
def test_windows_beyond_int16_are_refused(kind: str, option: str) -> None:
    """Of layers with weights, LiteRT refuses them too."""
    columns = 2 if option == "stride_w" else 70000
    rows = [
        tensor(0, (1, 1, 70000, 1)),
        tensor(1, (1, 1, 2, 1), constant=bytes(2)),
        tensor(2, (1, 1, columns, 1)),
    ]
    ones = {"stride_h": 1, "stride_w": 1, "filter_height": 1, "filter_width": 2, "padding": SAME}
    inputs = [0] if kind in _POOLS else [0, 1]
    said = refusal(kind, rows, inputs, [2], {**ones, option: 40000})
    assert "has a window whose size, stride, dilation or padding is 40,000; 32,767 is the most" in said
    assert "convert the model with smaller windows" in said


def test_pools_of_long_signals(tmp_path: Path) -> None:
    m = Operators()
    x = m.input("int8", (1, 1, 40000, 2), scale=0.1)
    options = {"stride_h": 1, "stride_w": 1, "filter_height": 1, "filter_width": 40000, "padding": VALID}
    for kind in _POOLS:
        m.result(kind, [x], "int8", (1, 1, 1, 2), {"Pool2DOptions": options}, scale=0.1)
    m.check(tmp_path, "tflm")


def test_great_strides_of_transposed_convolutions_are_refused() -> None:
    rows = [
        tensor(0, (4,), "int32", constant=np.array([1, 2, 3, 1], "<i4").tobytes()),
        tensor(1, (1, 1, 1, 1), constant=bytes(1)),
        tensor(2, (1, 2, 4, 1)),
        tensor(3, (1, 2, 3, 1)),
    ]
    options = {"stride_h": 1, "stride_w": GREAT, "padding": VALID}
    said = refusal("TRANSPOSE_CONV", rows, [0, 1, 2], [3], options)
    assert "spans 3,221,225,476 cells of 1 elements with its window" in said
