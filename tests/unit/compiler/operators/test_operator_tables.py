"""Operators on bytes that become tables of 256: every byte, at random scales, as the reference kernels have it."""

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
from generator.readers.tflite_network import parse_network

_RANDOM = np.random.default_rng(7)
_MODELS = 24


def all_bytes(model: Operators) -> list[list[np.ndarray]]:
    """One set: every input holds every byte."""
    return [[np.arange(256, dtype=np.uint8).view(model.tensors[index].dtype) for index in model.inputs]]


def scale(low: float = -8, high: float = 0) -> float:
    return float(np.float32(2.0 ** _RANDOM.uniform(low, high)))


def zero(dtype: str) -> int:
    return int(_RANDOM.integers(*((-128, 128) if dtype == "int8" else (0, 256))))


def compare(
    folder: Path,
    kind: str,
    engine: str = "tflm",
    dtype: str = "int8",
    output: dict[str, Any] | None = None,
    options: list[dict[str, Any]] | None = None,
    same_scale: bool = False,
) -> None:
    """A model of many of one kind; outputs are quantised at random where nothing is stated."""
    model = Operators()
    for number in range(_MODELS):
        given = {"scale": scale(), "zero_point": zero(dtype)}
        x = model.input(dtype, (256,), **given)
        quantised = output or ({**given} if same_scale else {"scale": scale(-6), "zero_point": zero(dtype)})
        model.result(
            kind, [x], dtype, (256,), options[number % len(options)] if options else None, **quantised
        )
    model.check(folder, engine, all_bytes(model))


def test_logistic(tmp_path: Path) -> None:
    compare(tmp_path, "LOGISTIC", output={"scale": 1 / 256, "zero_point": -128})


def test_tanh(tmp_path: Path) -> None:
    compare(tmp_path, "TANH", output={"scale": 1 / 128, "zero_point": 0})


@pytest.mark.parametrize("kind", ["LOGISTIC", "TANH"])
def test_sigmoids_of_great_numbers(tmp_path: Path, kind: str) -> None:
    model = Operators()
    for exponent in range(2, 8):
        x = model.input("int8", (256,), scale=1.3 * 2.0**exponent, zero_point=zero("int8"))
        output = {"scale": 1 / 256, "zero_point": -128} if kind == "LOGISTIC" else {"scale": 1 / 128}
        model.result(kind, [x], "int8", (256,), **output)
    model.check(tmp_path, "tflm", all_bytes(model))


def test_logistic_and_tanh_on_uint8(tmp_path: Path) -> None:
    compare(tmp_path / "a", "LOGISTIC", "litert", "uint8", {"scale": 1 / 256, "zero_point": 0})
    compare(tmp_path / "b", "TANH", "litert", "uint8", {"scale": 1 / 128, "zero_point": 128})


def test_hard_swish(tmp_path: Path) -> None:
    model = Operators()
    for _ in range(_MODELS):
        step = scale(-6, -1)
        x = model.input("int8", (256,), scale=step, zero_point=zero("int8"))
        model.result(
            "HARD_SWISH", [x], "int8", (256,), scale=step * float(_RANDOM.uniform(0.3, 1.2)), zero_point=-20
        )
    model.check(tmp_path, "tflm", all_bytes(model))


def test_leaky_relu(tmp_path: Path) -> None:
    alphas = [{"LeakyReluOptions": {"alpha": alpha}} for alpha in (0.1, 0.3, 0.01, 1.5)]
    compare(tmp_path, "LEAKY_RELU", options=alphas)


def test_relu(tmp_path: Path) -> None:
    compare(tmp_path, "RELU")


def test_relu6(tmp_path: Path) -> None:
    model = Operators()
    for _ in range(_MODELS):
        given = {"scale": scale(-5, -1), "zero_point": -120}
        model.result("RELU6", [model.input("int8", (256,), **given)], "int8", (256,), **given)
    model.check(tmp_path, "tflm", all_bytes(model))


@pytest.mark.parametrize("kind", ["RELU", "RELU6", "RELU_N1_TO_1"])
def test_clamps_on_uint8(tmp_path: Path, kind: str) -> None:
    compare(tmp_path, kind, "litert", "uint8")


def test_relu_between_minus_one_and_one_on_int8(tmp_path: Path) -> None:
    compare(tmp_path, "RELU_N1_TO_1", "litert")


def test_abs(tmp_path: Path) -> None:
    compare(tmp_path / "rescaled", "ABS")
    compare(tmp_path / "same", "ABS", same_scale=True)


def test_elu(tmp_path: Path) -> None:
    compare(tmp_path, "ELU")


def test_exp_log_and_gelu(tmp_path: Path) -> None:
    compare(tmp_path / "exp", "EXP", "litert")
    compare(tmp_path / "log", "LOG", "litert")
    ways = [{"GeluOptions": {"approximate": approximate}} for approximate in (False, True)]
    compare(tmp_path / "gelu", "GELU", "litert", options=ways)


def test_inverse_roots(tmp_path: Path) -> None:
    """The reference kernel stops at numbers below 0."""
    model = Operators()
    rows = []
    for zero_point in range(-128, 127, 17):
        x = model.input("int8", (256,), scale=scale(), zero_point=zero_point)
        model.result("RSQRT", [x], "int8", (256,), scale=scale(-6), zero_point=zero("int8"))
        rows.append(np.maximum(np.arange(-128, 128), zero_point).astype(np.int8))
    model.check(tmp_path, "tflm", [rows])


@pytest.mark.parametrize(
    ("source", "target"),
    [("int8", "int8"), ("int8", "uint8"), ("uint8", "int8")],
)
def test_requantisation_of_bytes(tmp_path: Path, source: str, target: str) -> None:
    model = Operators()
    for _ in range(_MODELS):
        x = model.input(source, (256,), scale=scale(), zero_point=zero(source))
        model.result("QUANTIZE", [x], target, (256,), scale=scale(), zero_point=zero(target))
    model.check(tmp_path, "tflm", all_bytes(model))


def test_a_zero_point_that_moves_by_128_needs_no_table(tmp_path: Path) -> None:
    rows = [tensor(0, (8,), "uint8", zero_point=130), tensor(1, (8,), "int8", zero_point=2)]
    made = legalise(network(rows, [operator(0, "QUANTIZE", [0], [1])], [0], [1]))
    assert made.steps[0].constants == () and "mlf_flip_8" in made.steps[0].body[0]
    model = Operators()
    x = model.input("uint8", (256,), scale=0.5, zero_point=130)
    model.result("QUANTIZE", [x], "int8", (256,), scale=0.5, zero_point=2)
    model.check(tmp_path, "tflm", all_bytes(model))


def test_a_table_that_changes_nothing_is_an_alias() -> None:
    rows = [tensor(0, (8,)), tensor(1, (8,))]
    made = legalise(network(rows, [operator(0, "QUANTIZE", [0], [1])], [0], [1]))
    assert isinstance(made.records[0], Alias) and made.records[0].note == "changes no byte"


def test_a_known_input_is_computed_by_the_compiler() -> None:
    rows = [tensor(0, (2,), constant=b"\x03\xfb"), tensor(1, (2,)), tensor(2, (2,)), tensor(3, (2,))]
    operators = [operator(0, "RELU", [0], [1]), operator(1, "CONCATENATION", [1, 2], [3], {"axis": 0})]
    rows[3] = tensor(3, (4,))
    made = legalise(network(rows, operators, [2], [3]))
    (record,) = [record for record in made.records if isinstance(record, Folded)]
    assert record.values[1].tolist() == [3, 0]


def test_outputs_of_other_scales_than_the_reference_kernels_know_are_refused() -> None:
    rows = [tensor(0), tensor(1, scale=0.25)]
    assert "has an output of scale 0.25 and zero point 0, not 0.00390625 and -128" in refusal(
        "LOGISTIC", rows, [0], [1]
    )


@pytest.mark.parametrize("kind", ["ADD", "SUB", "MUL"])
def test_arithmetic_with_one_value(tmp_path: Path, kind: str) -> None:
    """Such a constant is what normalisations and hard swishes are made of."""
    model = Operators()
    options = {f"{kind.capitalize()}Options": {"fused_activation_function": 0}}
    clamped = {f"{kind.capitalize()}Options": {"fused_activation_function": 3}}
    for number in range(_MODELS):
        x = model.input("int8", (256,), scale=scale(), zero_point=zero("int8"))
        values = np.full((1, 1, 256)[number % 3], int(_RANDOM.integers(-128, 128)))
        y = model.numbers(values, "int8", scale=scale(), zero_point=zero("int8"))
        quantised = {"scale": scale(-6), "zero_point": zero("int8")}
        inputs = [x, y] if number % 2 else [y, x]
        model.result(kind, inputs, "int8", (256,), clamped if number % 5 == 0 else options, **quantised)
    model.check(tmp_path, "tflm", all_bytes(model))
    program = legalise(parse_network(model.build(model.outputs), "m.tflite"))
    assert all("table_8.h" in step.headers for step in program.steps)
    assert len(program.steps) > _MODELS // 2
