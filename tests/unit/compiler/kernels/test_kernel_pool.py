"""Pools on int8: exact in both forms, and over their inputs as far as they claim."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from host_c import HostC
from kernel_programs import Case, CortexM7, run_on_host
from kernel_reference import random_activation, random_bytes, random_window

from generator.compiler.kernels.pool import pack_pool
from generator.compiler.kernels.window import Window


def pool(rng: np.random.Generator, window: Window, channels: int, greatest: bool, over: bool = True) -> Case:
    image = random_bytes(rng, *window.input, channels)
    activation = random_activation(rng)
    expected = np.zeros((*window.output, channels), np.int64)
    for y in range(window.output[0]):
        for x in range(window.output[1]):
            top, left = y * window.stride[0] - window.pad[0], x * window.stride[1] - window.pad[1]
            cells = image[max(top, 0) : top + window.kernel[0], max(left, 0) : left + window.kernel[1]]
            cells = cells.reshape(-1, channels).astype(np.int64)
            if greatest:
                expected[y, x] = cells.max(axis=0)
                continue
            sums, count = cells.sum(axis=0), len(cells)
            # half away from zero
            expected[y, x] = np.sign(sums) * ((np.abs(sums) + count // 2) // count)
    kernel = pack_pool(window, channels, greatest, activation)
    clipped = np.clip(expected, *activation).astype(np.int8)
    return Case(kernel, [image], clipped, 0 if over else None, f"{window} {channels} {greatest=}")


def cases() -> list[Case]:
    rng = np.random.default_rng(19)
    found = []
    for number in range(50):
        window = random_window(rng)
        if window.dilation == (1, 1):
            found.append(pool(rng, window, int(rng.integers(1, 11)), number % 2 > 0, number % 3 > 0))
    # more cells than sums in int16 hold, in one row and in several
    found.append(pool(rng, Window((20, 16), (1, 1), (20, 16)), 9, False))
    found.append(pool(rng, Window((20, 18), (2, 1), (19, 17)), 4, False))
    found.append(pool(rng, Window((2, 600), (1, 2), (2, 300), (1, 300)), 5, False))
    return found


def test_pools_equal_the_reference_on_this_computer(host_c: HostC, tmp_path: Path) -> None:
    run_on_host(host_c, tmp_path, cases())


@pytest.mark.parametrize("flags", [("-O3",), ("-Os", "-ffreestanding"), ("-O0",)], ids=" ".join)
def test_pools_equal_the_reference_on_a_cortex_m7(tmp_path: Path, flags: tuple[str, ...]) -> None:
    CortexM7(tmp_path, cases(), flags).run()


def test_the_average_of_a_whole_image_may_start_where_the_image_does() -> None:
    assert [
        each.distance_bytes for each in pack_pool(Window((8, 8), (1, 1), (8, 8)), 64, False).overlaps
    ] == [0]
