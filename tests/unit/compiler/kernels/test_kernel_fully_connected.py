"""Dense layers on int8: exact in both forms, and over their inputs as far as they claim."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from host_c import HostC
from kernel_programs import Case, CortexM7, run_on_host
from kernel_reference import output_of, random_activation, random_bytes, random_scales, random_weights

from generator.compiler.kernels.fully_connected import pack_fully_connected
from generator.compiler.kernels.fully_connected_real import pack_real


def dense(
    rng: np.random.Generator,
    shape: tuple[int, int, int],
    per_channel: bool,
    over: bool = False,
    scales: np.ndarray | None = None,
) -> Case:
    rows, outputs, inputs = shape
    values = random_bytes(rng, rows, inputs)
    weights = random_weights(rng, outputs, inputs)
    bias = rng.integers(-3000, 3000, outputs).astype(np.int32) if rng.random() < 0.8 else None
    zero_points = int(rng.integers(-128, 128)), int(rng.integers(-128, 128))
    scales = random_scales(rng, outputs if per_channel else 1, inputs) if scales is None else scales
    activation = random_activation(rng)
    sums = (values.astype(np.int64) - zero_points[0]) @ weights.T.astype(np.int64)
    expected = output_of(sums + (0 if bias is None else bias), scales, zero_points[1], activation)
    kernel = pack_fully_connected(rows, weights, bias, scales, *zero_points, activation)
    return Case(kernel, [values], expected, 0 if over else None, f"{shape} {per_channel=}")


def cases() -> list[Case]:
    rng = np.random.default_rng(13)
    found = []
    for number in range(40):
        shape = (int(rng.integers(1, 4)), int(rng.integers(1, 14)), int(rng.integers(1, 40)))
        found.append(dense(rng, shape, number % 2 > 0, number % 3 > 0))
    found += [dense(rng, (1, 4, inputs), False) for inputs in (4, 8, 12, 16, 20, 64)]
    found.append(dense(rng, (2, 5, 9), True, True, np.array([0.7, 0.001, 4.0, 0.0, 2.0**-29])))
    forms = [case.kernel.description for case in found]
    assert any("in pairs" in form for form in forms) and any(form[-7:] == "weights" for form in forms)
    return found


def test_dense_layers_equal_the_reference_on_this_computer(host_c: HostC, tmp_path: Path) -> None:
    run_on_host(host_c, tmp_path, cases())


@pytest.mark.parametrize("flags", [("-O3",), ("-Os", "-ffreestanding"), ("-O0",)], ids=" ".join)
def test_dense_layers_equal_the_reference_on_a_cortex_m7(tmp_path: Path, flags: tuple[str, ...]) -> None:
    CortexM7(tmp_path, cases(), flags).run()


def test_a_dense_layer_takes_little_more_than_an_instruction_a_multiplication(tmp_path: Path) -> None:
    """A guard against a kernel that turns slow; what it reaches is told by the benchmark."""
    case = dense(np.random.default_rng(2), (1, 128, 640), False)
    assert "in pairs" in case.kernel.description
    (count,) = CortexM7(tmp_path, [case]).run()
    assert count < 1.1 * case.kernel.macs
    assert abs(count - case.kernel.instructions) < 0.1 * count


def test_one_scale_takes_one_row_of_requantisation() -> None:
    rng = np.random.default_rng(1)
    one, each = (dense(rng, (1, 64, 16), per_channel).kernel for per_channel in (False, True))
    assert each.constants_bytes - one.constants_bytes == 63 * 12


def test_outputs_that_are_always_one_value_are_not_summed() -> None:
    """Their sums may reach beyond what the fast form's doubling can bear."""
    weights = np.full((4, 8), 5, np.int8)
    bias = np.array([-(2**31) + 2**14, -(2**30) - 2**20, -(2**30), -(2**30)], np.int32)
    kernel = pack_fully_connected(1, weights, bias, np.array([0.25]), 0, 0, (0, 127))
    packed, quantisation = kernel.constants
    assert not packed.values.any() and quantisation.values.tolist() == [0, 1, 1]


def dense_real(rng: np.random.Generator, shape: tuple[int, int, int], zero_point: int) -> Case:
    """shape: (rows, outputs, inputs). zero_point: of the weights, which are uint8."""
    rows, outputs, inputs = shape
    values = random_bytes(rng, rows, inputs)
    weights = rng.integers(0, 256, (outputs, inputs)) - zero_point
    return real_case(
        rng, values, weights, rng.integers(-3000, 3000, outputs), float(2.0 ** rng.uniform(-12, -8))
    )


def real_case(
    rng: np.random.Generator, values: np.ndarray, weights: np.ndarray, folded: np.ndarray, scale: float
) -> Case:
    zero_point, activation = int(rng.integers(-128, 128)), random_activation(rng)
    real = (values.astype(np.int64) @ weights.T + folded) * scale
    # round() takes halves away from zero
    rounded = np.copysign(np.floor(np.abs(real) + 0.5), real) + zero_point
    expected = np.clip(rounded, *activation).astype(np.int8)
    kernel = pack_real(len(values), weights, folded, scale, zero_point, activation)
    return Case(kernel, [values], expected, None, f"real {weights.shape}")


def real_cases() -> list[Case]:
    rng = np.random.default_rng(17)
    found = []
    for number in range(24):
        shape = (int(rng.integers(1, 4)), int(rng.integers(1, 8)), int(rng.integers(1, 40)))
        found.append(dense_real(rng, shape, (0, 1, 90, 128, 255)[number % 5]))
    # Sums that just fit in int32, where those of weights less their offset pass its ends on the way.
    for sign in (1, -1):
        weights = np.zeros((1, 100), np.int64)
        weights[0, 0] = 200
        folded = np.array([sign * ((1 << 31) - 1 - 128 * 200)])
        values = np.repeat(np.array([[127], [-128]], np.int8), 100, axis=1)
        found.append(real_case(rng, values, weights, folded, 2.0**-25))
    return found


def test_layers_scaled_as_double_equal_the_reference(host_c: HostC, tmp_path: Path) -> None:
    run_on_host(host_c, tmp_path, real_cases())
    CortexM7(tmp_path, real_cases()).run()


def test_layers_scaled_as_double_hold_a_weight_in_a_byte() -> None:
    weights = np.arange(256).reshape(4, 64) - 100
    kernel = pack_real(1, weights, np.zeros(4, np.int64), 2.0**-9, 0, (-128, 127))
    assert kernel.constants_bytes == 4 * 64 + 4 * 4


def test_the_cost_of_layers_scaled_as_double_is_estimated(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    cases = [
        dense_real(rng, (1, 32, inputs), zero_point) for inputs in (16, 128, 512) for zero_point in (90, 128)
    ]
    counts = CortexM7(tmp_path, cases).run()
    for case, count in zip(cases, counts, strict=True):
        assert abs(count - case.kernel.instructions) < 0.1 * count
