"""ADD_N and CUMSUM: every byte of int8 equal to TensorFlow Lite Micro's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from float_models import FloatOperators
from networks import tensor
from operator_models import Operators
from refusals import refusal


def test_sums_of_many_tensors(tmp_path: Path) -> None:
    model = Operators()
    for count, scale, zero_point in [(2, 0.11, -7), (3, 0.05, 100), (9, 0.4, -128)]:
        inputs = [model.input("int8", (3, 50), scale=0.05, zero_point=11) for _ in range(count)]
        model.result("ADD_N", inputs, "int8", (3, 50), scale=scale, zero_point=zero_point)
    model.check(tmp_path, "tflm")


def test_sums_of_many_numbers(tmp_path: Path) -> None:
    model = FloatOperators()
    inputs = [model.input("float32", (3, 50)) for _ in range(4)]
    model.float_result("ADD_N", inputs, (3, 50))
    model.check_close(tmp_path)
    model = Operators()
    model.result("ADD_N", [model.input("int32", (60,)) for _ in range(3)], "int32", (60,))
    model.check(tmp_path, "litert")


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("exclusive", [False, True])
def test_running_sums(tmp_path: Path, exclusive: bool, reverse: bool) -> None:
    options = {"CumsumOptions": {"exclusive": exclusive, "reverse": reverse}}
    model = Operators()
    for axis, scale, zero_point in [(0, 0.11, -7), (1, 0.05, 100), (-1, 0.7, 3)]:
        x = model.input("int8", (2, 7, 5), scale=0.05, zero_point=11)
        model.result(
            "CUMSUM", [x, model.numbers(axis)], "int8", (2, 7, 5), options, scale=scale, zero_point=zero_point
        )
    model.check(tmp_path, "tflm")
    numbers = FloatOperators()
    for dtype in ("float32", "int32", "int64"):
        x = numbers.input(dtype, (2, 7, 5))
        numbers.result("CUMSUM", [x, numbers.numbers(1)], dtype, (2, 7, 5), options)
    numbers.check_close(tmp_path / "numbers")


def test_tensors_of_different_scales_are_refused() -> None:
    rows = [tensor(0), tensor(1, scale=0.25), tensor(2)]
    said = refusal("ADD_N", rows, [0, 1], [2])
    assert "adds tensors of different scales or zero points" in said and "use ADD instead" in said
    assert "adds 1 tensors; 2 to 26 are possible" in refusal("ADD_N", rows, [0], [2])


def test_a_running_sum_along_no_axis_is_refused() -> None:
    rows = [tensor(0), tensor(1, (1,), "int32", constant=np.array([1], "<i4").tobytes()), tensor(2)]
    assert "works along axis 1 of 1 dimensions" in refusal("CUMSUM", rows, [0, 1], [2])
