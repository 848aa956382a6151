"""Quantising, dequantising and argmax against numpy, element by element and bit by bit."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runtime_bench import Bench

DTYPES = ("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
ALL = (*DTYPES, "float16", "float32", "float64")
QUANTISED = ("int8", "uint8", "int16", "uint16", "int32")
WRONG_TYPE = -3

once_a_bench = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
floats = st.floats(width=32, allow_nan=True, allow_infinity=True)
scales = st.floats(min_value=2**-30, max_value=2**20, width=32)


def bits(value: float) -> str:
    return struct.pack(">f", value).hex()


def hexed(array: np.ndarray) -> str:
    return array.tobytes().hex() or "-"


def quantize(bench: Bench, dtype: str, scale: float, zero: int, values: np.ndarray) -> np.ndarray:
    answer = bench.ask(f"quantize {ALL.index(dtype)} {bits(scale)} {zero} 0 {hexed(values)}")
    status, stored = answer.split(" ")
    assert status == "0"
    return np.frombuffer(bytes.fromhex(stored.strip("-")), dtype)


def expected(dtype: str, scale: float, zero: int, values: np.ndarray) -> np.ndarray:
    """value / scale in float32, rounded half away from zero exactly, shifted, saturated; NaN: zero point."""
    info = np.iinfo(dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = (values / np.float32(scale)).astype(np.float64)
    out = []
    for value in scaled:
        if np.isnan(value):
            out.append(zero)
        elif np.isinf(value):
            out.append(info.max if value > 0 else info.min)
        else:
            whole = int(np.trunc(value))
            if abs(value - whole) >= 0.5:
                whole += 1 if value > 0 else -1
            out.append(min(max(whole + zero, info.min), info.max))
    return np.array(out, dtype)


@pytest.mark.parametrize("dtype", QUANTISED)
@once_a_bench
@given(values=st.lists(floats, min_size=1, max_size=32), scale=scales, data=st.data())
def test_quantising_is_exact_half_away_and_saturating(
    bench: Bench, dtype: str, values: list[float], scale: float, data: st.DataObject
) -> None:
    info = np.iinfo(dtype)
    zero = data.draw(st.integers(int(info.min), int(info.max)))
    array = np.array(values, np.float32)
    assert quantize(bench, dtype, scale, zero, array).tolist() == expected(dtype, scale, zero, array).tolist()


@pytest.mark.parametrize("dtype", QUANTISED)
def test_values_between_two_steps_go_where_they_should(bench: Bench, dtype: str) -> None:
    """The largest float below a half must not be rounded up, nor large odd numbers away from themselves."""
    below = np.nextafter(np.float32(0.5), np.float32(0))
    array = np.array(
        [0.5, -0.5, 1.5, 2.5, -2.5, below, -below, 8388609, -8388609, 16777215, 2147483520, np.nan],
        np.float32,
    )
    for zero in (0, 1, 127):
        assert quantize(bench, dtype, 1.0, zero, array).tolist() == expected(dtype, 1.0, zero, array).tolist()
    assert quantize(bench, dtype, 1.0, 0, array)[[5, 6]].tolist() == [0, 0]


@pytest.mark.parametrize("dtype", QUANTISED)
@once_a_bench
@given(data=st.data(), scale=scales)
def test_dequantising_is_one_rounding_of_the_exact_value(
    bench: Bench, dtype: str, data: st.DataObject, scale: float
) -> None:
    info = np.iinfo(dtype)
    whole = st.integers(int(info.min), int(info.max))
    stored = np.array(data.draw(st.lists(whole, min_size=1, max_size=32)), dtype)
    zero = data.draw(whole)
    answer = bench.ask(f"dequantize {ALL.index(dtype)} {bits(scale)} {zero} 0 {hexed(stored)}")
    status, values = answer.split(" ")
    assert status == "0"
    shifted = np.array([int(value) - zero for value in stored], np.int64).astype(np.float32)
    with np.errstate(over="ignore"):
        wanted = np.float32(scale) * shifted
    assert bytes.fromhex(values) == wanted.astype(np.float32).tobytes()


@once_a_bench
@given(values=st.lists(floats, min_size=1, max_size=32))
def test_floats_are_copied_bit_for_bit(bench: Bench, values: list[float]) -> None:
    array = np.array(values, np.float32)
    for command in ("quantize", "dequantize"):
        assert (
            bench.ask(f"{command} {ALL.index('float32')} {bits(0)} 0 0 {hexed(array)}") == f"0 {hexed(array)}"
        )


@pytest.mark.parametrize("dtype", [name for name in ALL if name not in (*QUANTISED, "float32")])
def test_other_types_are_refused(bench: Bench, dtype: str) -> None:
    for command in ("quantize", "dequantize"):
        answer = bench.ask(f"{command} {ALL.index(dtype)} {bits(0.5)} 0 0 {'00' * 8}")
        assert answer.split(" ")[0] == str(WRONG_TYPE)


def test_a_part_of_a_tensor_is_written_and_the_rest_left_alone(bench: Bench) -> None:
    answer = bench.ask(f"quantize 1 {bits(0.5)} 0 3 {hexed(np.array([1, -1], np.float32))}")
    assert answer == "0 5a5a5a02fe"
    answer = bench.ask(f"dequantize 1 {bits(0.5)} 0 3 5a5a5a02fe")
    assert answer == f"0 {hexed(np.array([1, -1], np.float32))}"


@pytest.mark.parametrize("dtype", QUANTISED)
@once_a_bench
@given(data=st.data())
def test_argmax_is_the_first_greatest(bench: Bench, dtype: str, data: st.DataObject) -> None:
    info = np.iinfo(dtype)
    whole = st.integers(int(info.min), int(info.max))
    stored = np.array(data.draw(st.lists(whole, min_size=1, max_size=40)), dtype)
    assert bench.ask(f"argmax {ALL.index(dtype)} {hexed(stored)}") == str(int(stored.argmax()))


def float_argmax(values: Sequence[float]) -> int:
    numbers = [value for value in values if value == value]
    return values.index(max(numbers)) if numbers else 0


@once_a_bench
@given(values=st.lists(floats, min_size=1, max_size=16))
def test_argmax_of_floats_never_names_a_nan_where_there_is_a_number(
    bench: Bench, values: list[float]
) -> None:
    array = np.array(values, np.float32)
    assert bench.ask(f"argmax {ALL.index('float32')} {hexed(array)}") == str(float_argmax(array.tolist()))


def test_argmax_of_other_types_is_refused(bench: Bench) -> None:
    assert bench.ask(f"argmax {ALL.index('int64')} {'00' * 16}") == str(WRONG_TYPE)
    assert bench.ask("argmax 1 -") == "-1"
