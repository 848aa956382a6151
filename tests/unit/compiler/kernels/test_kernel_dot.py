"""Products of int8 vectors: exact in both forms, at any alignment, and where the sum wraps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from host_c import HostC
from kernel_programs import Case, CortexM7, run_on_host
from kernel_reference import random_bytes

from generator.compiler.kernels.kernel import Kernel


def dot(rng: np.random.Generator, count: int, zero_point: int, start: int, extreme: bool) -> Case:
    values, weights = (
        np.full(count + 3, -128, np.int8) if extreme else random_bytes(rng, count + 3) for _ in range(2)
    )
    skips = [int(skip) for skip in rng.integers(0, 4, 2)]
    parts = [
        each[skip : skip + count].astype(np.int64)
        for each, skip in zip((values, weights), skips, strict=True)
    ]
    total = start + int(((parts[0] - zero_point) * parts[1]).sum())
    kernel = Kernel(
        headers=("dot_s8.h",),
        body=(
            f"int32_t sum = mlf_dot_s8(in0 + {skips[0]}, in1 + {skips[1]}, {count}, {zero_point}, {start});",
            "for (int32_t i = 0; i < 4; i++) {{ out0[i] = (int8_t)(uint8_t)((uint32_t)sum >> (8 * i)); }}",
        ),
    )
    expected = np.array([total & 0xFFFFFFFF], "<u4").view(np.int8)
    return Case(kernel, [values, weights], expected, None, f"{count=} {zero_point=} {start=} {skips=}")


def cases() -> list[Case]:
    rng = np.random.default_rng(11)
    found = [dot(rng, count, int(rng.integers(-128, 128)), 0, False) for count in range(40)]
    found += [dot(rng, 37, zero_point, -5, True) for zero_point in (-128, 0, 127)]
    found.append(dot(rng, 21, 127, 2**31 - 1, True))
    return found


def test_products_equal_the_reference_on_this_computer(host_c: HostC, tmp_path: Path) -> None:
    run_on_host(host_c, tmp_path, cases())


@pytest.mark.parametrize("flags", [("-O3",), ("-Os", "-ffreestanding")], ids=" ".join)
def test_products_equal_the_reference_on_a_cortex_m7(tmp_path: Path, flags: tuple[str, ...]) -> None:
    CortexM7(tmp_path, cases(), flags).run()


def test_a_product_stays_below_two_and_a_half_instructions_a_multiplication(tmp_path: Path) -> None:
    case = dot(np.random.default_rng(1), 256, 3, 0, False)
    assert CortexM7(tmp_path, [case]).run()[0] < 2.5 * 256
