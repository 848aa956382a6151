"""QUANTIZE and DEQUANTIZE: every pair of types, as the reference kernels have it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from networks import network, operator, tensor
from operator_models import Operators
from refusals import refusal

from generator.compiler.legalise import legalise
from generator.compiler.step import Folded


@pytest.mark.parametrize(("target", "engine"), [("int8", "tflm"), ("int16", "tflm"), ("uint8", "litert")])
def test_floats_to_integers(tmp_path: Path, target: str, engine: str) -> None:
    random = np.random.default_rng(5)
    model = Operators()
    for _ in range(12):
        x = model.input("float32", (3, 40))
        zero = 0 if target == "int16" else int(random.integers(0, 127))
        scale = float(np.float32(2.0 ** random.uniform(-9, 2)))
        model.result("QUANTIZE", [x], target, (3, 40), scale=scale, zero_point=zero)
    sets = model.random_inputs()
    for array in sets[0]:
        array[0, :6] = [0.0, -0.0, 1e30, -1e30, 0.5, -0.5]
    halves = [np.round(array * 4) / 8 for array in sets[1]]
    sets.append([array.astype(np.float32) for array in halves])
    if engine == "tflm":  # what LiteRT does with floats beyond int32 is undefined
        for row in sets:
            for array in row:
                np.clip(array, -1e6, 1e6, out=array)
    else:
        sets = sets[1:]
    model.check(tmp_path, engine, sets)


def test_infinities_and_what_is_not_a_number_are_clamped(tmp_path: Path) -> None:
    from host_model import build_host_model

    rows = [tensor(0, (4,), "float32"), tensor(1, (4,), zero_point=5)]
    made = build_host_model(network(rows, [operator(0, "QUANTIZE", [0], [1])], [0], [1]), tmp_path)
    values = np.array([np.inf, -np.inf, np.nan, 1.0], np.float32)
    assert made.run([[values]])[0][0].tolist() == [127, -128, -128, 7]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("int16", "int8"),
        ("int16", "int16"),
        ("int16", "int32"),
        ("int8", "int16"),
        ("int8", "int32"),
        ("int32", "int8"),
        ("int32", "int16"),
    ],
)
def test_integers_to_integers(tmp_path: Path, source: str, target: str) -> None:
    random = np.random.default_rng(6)
    model = Operators()
    for _ in range(8):
        scales = [float(np.float32(2.0**e)) for e in random.uniform(-8, -2, 2)]
        zeros = [int(random.integers(-128, 128)) if dtype == "int8" else 0 for dtype in (source, target)]
        x = model.input(source, (200,), scale=scales[0], zero_point=zeros[0])
        model.result("QUANTIZE", [x], target, (200,), scale=scales[1], zero_point=zeros[1])
    sets = model.random_inputs()
    if source == "int32":
        # a shift left of the reference kernel must not overflow
        sets = [[array >> 12 for array in row] for row in sets]
    model.check(tmp_path, "tflm", sets)


@pytest.mark.parametrize(("source", "engine"), [("int8", "tflm"), ("int16", "tflm"), ("uint8", "tflm")])
def test_integers_to_floats(tmp_path: Path, source: str, engine: str) -> None:
    random = np.random.default_rng(7)
    model = Operators()
    for _ in range(8):
        zero = int(random.integers(0, 127)) if source != "int16" else 0
        scale = float(np.float32(2.0 ** random.uniform(-12, 2)))
        x = model.input(source, (300,), scale=scale, zero_point=zero)
        model.result("DEQUANTIZE", [x], "float32", (300,))
    model.check(tmp_path, engine)


def test_constants_are_dequantised_by_the_compiler() -> None:
    half = tensor(0, (2,), "float16", constant=np.array([1.5, -2], "<f2").tobytes())
    rows = [half, tensor(1, (2,), "float32"), tensor(2, (2,), "float32"), tensor(3, (4,), "float32")]
    operators = [operator(0, "DEQUANTIZE", [0], [1]), operator(1, "CONCATENATION", [1, 2], [3], {"axis": 0})]
    made = legalise(network(rows, operators, [2], [3]))
    (record,) = [record for record in made.records if isinstance(record, Folded)]
    assert record.values[1].tolist() == [1.5, -2.0]


def test_float16_at_run_time_is_refused() -> None:
    rows = [tensor(0, (2,), "float16"), tensor(1, (2,), "float32")]
    assert "converts float16 at run time" in refusal("DEQUANTIZE", rows, [0], [1])
