"""Depthwise convolutions on int8: exact in both forms, and in place where they claim it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from host_c import HostC
from kernel_programs import Case, CortexM7, run_on_host
from kernel_reference import (
    output_of,
    patches,
    random_activation,
    random_bytes,
    random_scales,
    random_weights,
    random_window,
)

from generator.compiler.kernels.depthwise import pack_depthwise
from generator.compiler.kernels.window import Window


def depthwise(
    rng: np.random.Generator,
    window: Window,
    channels: int,
    multiplier: int = 1,
    in_place: bool = True,
    scales: np.ndarray | None = None,
) -> Case:
    image = random_bytes(rng, *window.input, channels)
    outputs = channels * multiplier
    weights = random_weights(rng, *window.kernel, outputs)
    bias = rng.integers(-3000, 3000, outputs).astype(np.int32) if rng.random() < 0.8 else None
    zero_points = int(rng.integers(-128, 128)), int(rng.integers(-128, 128))
    taps = window.kernel[0] * window.kernel[1]
    scales = random_scales(rng, outputs, taps) if scales is None else scales
    activation = random_activation(rng)
    copies = np.repeat(patches(image, window, zero_points[0]), multiplier, axis=-1)
    sums = np.einsum("yxijc,ijc->yxc", copies, weights.astype(np.int64))
    expected = output_of(sums + (0 if bias is None else bias), scales, zero_points[1], activation)
    kernel = pack_depthwise(window, weights, bias, scales, *zero_points, multiplier, activation)
    over = 0 if in_place and kernel.overlaps else None
    return Case(kernel, [image], expected, over, f"{window} {channels} x {multiplier}")


def cases() -> list[Case]:
    rng = np.random.default_rng(11)
    found = []
    for number in range(60):
        window = random_window(rng, kernel=(3, 3) if number % 2 else None)
        multiplier = int(rng.integers(2, 4)) if number % 6 == 0 else 1
        found.append(depthwise(rng, window, int(rng.integers(1, 11)), multiplier, number % 5 > 0))
    for stride in (1, 2):
        for size in ((1, 1), (2, 2), (5, 4), (6, 9), (7, 8)):
            output = tuple((side - 1) // stride + 1 for side in size)
            window = Window(size, (output[0], output[1]), (3, 3), (stride, stride), (1, 1), (1, 1))
            found.append(depthwise(rng, window, 9))
    for stride in (1, 2, 3):
        for height in range(1, 12):
            rows = (13 + 2 - height) // stride + 1
            window = Window((13, 6), (rows, 2), (height, 3), (stride, 2), (1, 1), (1, 0))
            found.append(depthwise(rng, window, 5, 1 + height % 2))
    found.append(depthwise(rng, Window((6, 5), (6, 5), (3, 3), pad=(1, 1)), 2, scales=np.array([0.6, 2.5])))
    return found


def test_depthwise_convolutions_equal_the_reference_on_this_computer(host_c: HostC, tmp_path: Path) -> None:
    found = cases()
    assert sum(case.over is not None for case in found) > 20
    run_on_host(host_c, tmp_path, found)


@pytest.mark.parametrize("flags", [("-O3",), ("-Os", "-ffreestanding"), ("-O0",)], ids=" ".join)
def test_depthwise_convolutions_equal_the_reference_on_a_cortex_m7(
    tmp_path: Path, flags: tuple[str, ...]
) -> None:
    CortexM7(tmp_path, cases(), flags).run()


def test_a_depthwise_convolution_holds_a_few_rows_of_four_channels_only() -> None:
    rng = np.random.default_rng(1)
    window = Window((48, 48), (48, 48), (3, 3), pad=(1, 1))
    assert depthwise(rng, window, 64).kernel.scratch_bytes == 4 * 50 * 2 * 4


def test_rows_that_move_apart_are_not_written_in_place() -> None:
    """More output rows than the input rows that were read by then."""
    rng = np.random.default_rng(1)
    window = Window((2, 2), (8, 8), (1, 1), pad=(3, 3))
    assert depthwise(rng, window, 4).kernel.overlaps == ()


def few_pixels() -> list[Case]:
    """Layers of audio models, and of the last, small images."""
    rng = np.random.default_rng(17)
    windows = [Window((size, 1), (1, 1), (size, 1)) for size in (1, 3, 5, 21)]
    windows += [
        Window((12, 1), (10, 1), (3, 1)),
        Window((12, 1), (6, 1), (5, 1), (2, 1), (1, 1), (2, 0)),
        Window((1, 12), (1, 12), (1, 5), (1, 1), (1, 2), (0, 4)),
        Window((3, 3), (1, 1), (3, 3)),
        Window((5, 5), (1, 1), (3, 3), (1, 1), (2, 2)),
        Window((2, 2), (1, 1), (3, 3), (2, 2), (1, 1), (1, 1)),
    ]
    return [
        depthwise(rng, window, channels, in_place=bool(channels % 2))
        for window in windows
        for channels in (1, 3, 4, 8, 10)
    ]


def test_few_pixels_are_taken_from_the_input_directly(host_c: HostC, tmp_path: Path) -> None:
    found = few_pixels()
    direct = [case for case in found if "mlf_depthwise_direct_s8(" in case.kernel.body[-1]]
    assert len(direct) > len(found) // 2
    assert {case.over for case in direct} == {None, 0}
    run_on_host(host_c, tmp_path, found)
    CortexM7(tmp_path, found).run()


def test_a_streaming_convolution_stays_below_four_instructions_a_multiplication(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    case = depthwise(rng, Window((21, 1), (1, 1), (21, 1)), 64)
    (count,) = CortexM7(tmp_path, [case]).run()
    assert count < 4 * case.kernel.macs
    assert abs(count - case.kernel.instructions) < 0.1 * count
