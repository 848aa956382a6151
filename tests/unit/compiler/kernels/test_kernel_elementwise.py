"""ADD, SUB and MUL on int8: exact in both forms, with broadcasting, and over either input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from host_c import HostC
from kernel_programs import Case, CortexM7, run_on_host
from kernel_reference import random_activation, random_bytes, rescale

from generator.compiler.kernels.elementwise import Operand, pack_add, pack_mul, walk

_SHAPES = (
    ((1, 5, 7, 3), (1, 5, 7, 3)),
    ((4, 4), (4, 4)),
    ((1,), (1,)),
    ((1, 4, 3, 6), (6,)),
    ((1, 4, 3, 6), (1, 1, 1, 1)),
    ((1, 4, 3, 6), (1, 4, 1, 6)),
    ((1, 4, 3, 1), (1, 1, 3, 6)),
    ((5, 1, 3), (4, 1)),
)


def elementwise(
    rng: np.random.Generator,
    kind: str,
    shapes: tuple[tuple[int, ...], tuple[int, ...]],
    over: int | None = None,
    scales: tuple[float, float, float] | None = None,
) -> Case:
    scales = scales or tuple(float(np.float32(value)) for value in 2.0 ** rng.uniform(-7, -4, 3))
    inputs = [random_bytes(rng, *shape) for shape in shapes]
    zero_points = [int(value) for value in rng.integers(-128, 128, 3)]
    shape = np.broadcast_shapes(*shapes)
    operands = [Operand(*each) for each in zip((*shapes, shape), scales, zero_points, strict=True)]
    activation = random_activation(rng)
    a, b = (each.astype(np.int64) - zero for each, zero in zip(inputs, zero_points, strict=False))
    if kind == "mul":
        kernel = pack_mul(*operands, activation)
        scaled = rescale(a * b, scales[0] * scales[1] / scales[2])
    else:
        kernel = pack_add(*operands, activation, kind == "sub")
        twice = 2 * max(scales[:2])
        one, two = rescale(a << 20, scales[0] / twice), rescale(b << 20, scales[1] / twice)
        scaled = rescale(one - two if kind == "sub" else one + two, twice / (scales[2] * 2**20))
    expected = np.clip(scaled + zero_points[2], *activation).astype(np.int8)
    over = over if over in {each.input for each in kernel.overlaps} else None
    return Case(kernel, inputs, expected, over, f"{kind} {shapes} {scales}")


def cases() -> list[Case]:
    rng = np.random.default_rng(17)
    found = []
    for kind in ("add", "sub", "mul"):
        for shapes in _SHAPES:
            found += [elementwise(rng, kind, shapes, over) for over in (None, 0, 1)]
            found.append(elementwise(rng, kind, (shapes[1], shapes[0]), 1))
        equal = ((1, 3, 3, 5), (1, 3, 3, 5))
        found.append(elementwise(rng, kind, equal, 0, (0.5, 0.5, 0.5)))
        found.append(elementwise(rng, kind, equal, 0, (0.25, 0.001, 0.125)))
        # so small an output scale, that the fast requantisation is not exact
        found.append(elementwise(rng, kind, equal, 1, (0.5, 1.0, 2.0**-20)))
    return found


def test_sums_and_products_equal_the_reference_on_this_computer(host_c: HostC, tmp_path: Path) -> None:
    run_on_host(host_c, tmp_path, cases())


@pytest.mark.parametrize("flags", [("-O3",), ("-Os", "-ffreestanding"), ("-O0",)], ids=" ".join)
def test_sums_and_products_equal_the_reference_on_a_cortex_m7(tmp_path: Path, flags: tuple[str, ...]) -> None:
    CortexM7(tmp_path, cases(), flags).run()


def test_a_sum_without_broadcasting_takes_less_than_twelve_instructions_an_element(tmp_path: Path) -> None:
    shape = (1, 32, 32, 16)
    (count,) = CortexM7(tmp_path, [elementwise(np.random.default_rng(1), "add", (shape, shape))]).run()
    assert count < 12 * 32 * 32 * 16


def test_dimensions_that_go_along_become_one() -> None:
    assert walk((1, 4, 3, 6), [(1, 4, 3, 6), (6,)]) == ([1, 1, 12, 6], [[0, 0, 6, 1], [0, 0, 0, 1]])
    assert walk((2, 3), [(2, 3), (2, 3)]) == ([1, 1, 1, 6], [[0, 0, 0, 1], [0, 0, 0, 1]])


def test_more_than_four_dimensions_of_broadcasting_are_refused() -> None:
    shape = (2, 2, 2, 2, 2)
    with pytest.raises(ValueError, match="more than 4 dimensions"):
        walk(shape, [(2, 1, 2, 1, 2), (1, 2, 1, 2, 1)])
