"""Operators that say that their output may take their input's place give the same bytes when it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from host_model import build_host_model
from operator_models import Operators
from references import run_litert, run_tflm

from generator.readers.tflite_network import parse_network

_SHAPE = (2, 40, 50)
_OPTIONS = {
    "SOFTMAX": {"SoftmaxOptions": {"beta": 1.0}},
    "L2_NORMALIZATION": {"L2NormOptions": {"fused_activation_function": 0}},
    "ADD": {"AddOptions": {"fused_activation_function": 0}},
    "MUL": {"MulOptions": {"fused_activation_function": 0}},
}
_RANDOM = np.random.default_rng(51)


def unary(
    kind: str, source: str = "int8", target: str = "int8", **output: float
) -> Callable[[Operators], None]:
    def build(model: Operators) -> None:
        given = {} if source == "float32" else {"scale": 0.05, "zero_point": 0}
        model.result(
            kind, [model.input(source, _SHAPE, **given)], target, _SHAPE, _OPTIONS.get(kind), **output
        )

    return build


def binary(kind: str, shape: tuple[int, ...], first: bool) -> Callable[[Operators], None]:
    def build(model: Operators) -> None:
        whole = model.input("int8", _SHAPE, scale=0.05, zero_point=4)
        content = _RANDOM.integers(-128, 128, shape).astype(np.int8)
        other = model.constant(content, scale=0.05, zero_point=4)
        inputs = [whole, other] if first else [other, whole]
        model.result(kind, inputs, "int8", _SHAPE, _OPTIONS.get(kind), scale=0.05, zero_point=4)

    return build


def running_sum(model: Operators) -> None:
    x = model.input("int8", _SHAPE, scale=0.05, zero_point=4)
    options = {"CumsumOptions": {"exclusive": True, "reverse": False}}
    model.result("CUMSUM", [x, model.numbers(1)], "int8", _SHAPE, options, scale=0.4, zero_point=4)


_CASES = {
    "table": unary("TANH", scale=1 / 128, zero_point=0),
    "flip": unary("QUANTIZE", "int8", "uint8", scale=0.05, zero_point=128),
    "floats to int8": unary("QUANTIZE", "float32", "int8", scale=0.05, zero_point=3),
    "int16 to int8": unary("QUANTIZE", "int16", "int8", scale=0.5, zero_point=3),
    "int16 to int16": unary("QUANTIZE", "int16", "int16", scale=0.07, zero_point=0),
    "softmax": unary("SOFTMAX", scale=1 / 256, zero_point=-128),
    "l2 normalization": unary("L2_NORMALIZATION", scale=1 / 128, zero_point=0),
    "logarithm of softmax": unary("LOG_SOFTMAX", scale=1 / 16, zero_point=127),
    "running sum": running_sum,
    "prelu": binary("PRELU", (50,), True),
    "maximum": binary("MAXIMUM", _SHAPE, False),
    "minimum, broadcast": binary("MINIMUM", (40, 1), True),
    "squared difference": binary("SQUARED_DIFFERENCE", (1, 50), False),
    "addition": binary("ADD", (50,), True),
    "product": binary("MUL", (40, 1), False),
}


@pytest.mark.parametrize("name", _CASES)
def test_in_place(name: str, tmp_path: Path) -> None:
    model = Operators()
    _CASES[name](model)
    data = model.build(model.outputs)
    sets = model.random_inputs()
    expected = run_litert(data, sets) if name == "flip" else run_tflm(data, sets, 1)
    built = build_host_model(parse_network(data, "m.tflite"), tmp_path)
    assert len(built.compiled.memory.overlapped) == 1
    for row, wanted in zip(built.run(sets), expected, strict=True):
        assert row[0].tobytes() == wanted[0].tobytes()
