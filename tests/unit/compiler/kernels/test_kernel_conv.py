"""Convolutions on int8: exact in both forms, and over their inputs as far as they claim."""

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

from generator.compiler.kernels.conv import overlap_distance, pack_conv
from generator.compiler.kernels.window import Window


def convolution(
    rng: np.random.Generator,
    window: Window,
    channels: tuple[int, int],
    wide: bool,
    over: bool,
    scales: np.ndarray | None = None,
    zero_point: int | None = None,
) -> Case:
    """zero_point: of weights that are uint8, or None for int8 ones."""
    image = random_bytes(rng, *window.input, channels[0])
    weights = random_weights(rng, channels[1], *window.kernel, channels[0])
    if zero_point is not None:
        shape = (channels[1], *window.kernel, channels[0])
        # 0 to 255 beside each other do not fit in pairs: the form for those is another.
        weights = (rng.integers(1, 256, shape) - zero_point).astype(np.int16)
    bias = rng.integers(-3000, 3000, channels[1]).astype(np.int32) if rng.random() < 0.8 else None
    zero_points = int(rng.integers(-128, 128)), int(rng.integers(-128, 128))
    scales = random_scales(rng, channels[1], weights[0].size) if scales is None else scales
    activation = random_activation(rng)
    sums = np.einsum("yxijc,oijc->yxo", patches(image, window, zero_points[0]), weights.astype(np.int64))
    expected = output_of(sums + (0 if bias is None else bias), scales, zero_points[1], activation)
    kernel = pack_conv(window, weights, bias, scales, *zero_points, activation, wide)
    return Case(kernel, [image], expected, 0 if over else None, f"{window} {channels} {wide=}")


def cases() -> list[Case]:
    rng = np.random.default_rng(7)
    found = []
    for number in range(60):
        channels = (int(rng.choice([1, 2, 3, 4, 5, 8, 12])), int(rng.integers(1, 9)))
        kernel = (1, 1) if number % 4 == 0 else (3, 3) if number % 4 == 1 else None
        found.append(
            convolution(
                rng, random_window(rng, kernel=kernel), channels, bool(number // 4 % 2), number % 3 > 0
            )
        )
    one = Window((5, 5), (5, 5), (1, 1))
    for wide in (False, True):
        # a scale that the fast form can't have, beside one that gives the zero point only
        found.append(convolution(rng, one, (4, 2), wide, True, np.array([0.75, 3.0])))
        found.append(convolution(rng, one, (4, 3), wide, True, np.array([0.0, 2.0**-30, 2.0**-9])))
        # 4, 64, 68 and 72 taps: no, one and more passes over the unrolled pairs, entered at either end
        found += [convolution(rng, one, (taps, 2), wide, False) for taps in (4, 32, 36, 64, 68, 72)]
    for number in range(30):
        channels = (int(rng.choice([1, 2, 3, 4, 5, 8, 12])), int(rng.integers(1, 9)))
        kernel = (1, 1) if number % 3 == 0 else (3, 3) if number % 3 == 1 else None
        zero_point = int(rng.choice([0, 1, 90, 127, 160, 254, 255]))
        window = random_window(rng, kernel=kernel)
        found.append(convolution(rng, window, channels, False, number % 2 > 0, zero_point=zero_point))
    found += [convolution(rng, one, (taps, 3), False, False, zero_point=100) for taps in (4, 32, 36, 64, 72)]
    return found


def test_convolutions_equal_the_reference_on_this_computer(host_c: HostC, tmp_path: Path) -> None:
    run_on_host(host_c, tmp_path, cases())


@pytest.mark.parametrize("flags", [("-O3",), ("-Os", "-ffreestanding"), ("-O0",)], ids=" ".join)
def test_convolutions_equal_the_reference_on_a_cortex_m7(tmp_path: Path, flags: tuple[str, ...]) -> None:
    CortexM7(tmp_path, cases(), flags).run()


def test_a_one_by_one_convolution_stays_below_one_instruction_a_multiplication(tmp_path: Path) -> None:
    """A guard against a kernel that turns slow; what it reaches is told by the benchmark."""
    rng = np.random.default_rng(1)
    window = Window((25, 5), (25, 5), (1, 1))
    narrow, wide = (convolution(rng, window, (64, 64), each, False) for each in (False, True))
    counts = CortexM7(tmp_path, [narrow, wide]).run()
    for case, count, limit in zip((narrow, wide), counts, (0.94, 0.88), strict=True):
        assert count < limit * case.kernel.macs
        assert abs(count - case.kernel.instructions) < 0.1 * count


def test_weights_in_int16_take_twice_the_constants() -> None:
    rng = np.random.default_rng(1)
    window = Window((4, 4), (4, 4), (1, 1))
    narrow, wide = (convolution(rng, window, (64, 64), each, False).kernel for each in (False, True))
    assert wide.constants_bytes - narrow.constants_bytes == 64 * 64


def test_weights_of_uint8_models_take_one_byte_each_and_little_more_time(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    window, scales = Window((25, 5), (25, 5), (1, 1)), np.full(64, 2.0**-10)
    image, stored = random_bytes(rng, 25, 5, 64), rng.integers(1, 256, (64, 1, 1, 64))
    cases = []
    for zero_point, wide in ((128, False), (60, False), (60, True)):
        weights = (stored - zero_point).astype(np.int16)
        sums = patches(image, window, 7).reshape(25, 5, 64) @ weights.reshape(64, 64).T.astype(np.int64)
        kernel = pack_conv(window, weights, None, scales, 7, -3, wide=wide)
        cases.append(Case(kernel, [image], output_of(sums, scales, -3, (-128, 127))))
    plain, offset, wide_form = (case.kernel for case in cases)
    assert "mlf_conv_s8_u8(" in offset.body[-1] and "mlf_conv_s8_w16(" in wide_form.body[-1]
    assert offset.constants_bytes == plain.constants_bytes == wide_form.constants_bytes - 64 * 64
    counts = CortexM7(tmp_path, cases).run()
    assert counts[1] < 1.06 * counts[0]
    assert all(
        abs(count - case.kernel.instructions) < 0.1 * count for case, count in zip(cases, counts, strict=True)
    )


def test_weights_from_0_to_255_take_the_form_that_holds_them(tmp_path: Path, host_c: HostC) -> None:
    """Their offset leaves -128, which one of a pair may be only beside what is not below 0."""
    rng = np.random.default_rng(5)
    window = Window((3, 3), (3, 3), (1, 1))
    image = random_bytes(rng, 3, 3, 4)
    found = []
    for first, form in ((255, "mlf_conv_s8_u8("), (0, "mlf_conv_s8_w16(")):
        stored = np.array([[first, 255, 9, 255], [0, 255, 255, 255]])
        weights = (stored - 100).astype(np.int16).reshape(2, 1, 1, 4)
        kernel = pack_conv(window, weights, None, np.full(2, 2.0**-9), -5, 3, wide=False)
        assert form in kernel.body[-1]
        sums = patches(image, window, -5).reshape(3, 3, 4) @ weights.reshape(2, 4).T.astype(np.int64)
        found.append(Case(kernel, [image], output_of(sums, np.full(2, 2.0**-9), 3, (-128, 127))))
    run_on_host(host_c, tmp_path, found)
    CortexM7(tmp_path, found).run()


def test_a_scale_of_one_half_takes_the_exact_form_and_says_why() -> None:
    rng = np.random.default_rng(1)
    window = Window((1, 1), (1, 1), (1, 1))
    kernel = convolution(rng, window, (1, 1), True, False, np.array([0.5])).kernel
    assert "mlf_conv_s8_exact" in kernel.body[-1]
    assert kernel.notes == ("exact 64-bit requantisation: a scale of 0.5 is not below 0.5",)


def test_weights_that_do_not_fit_in_pairs_are_taken_in_int16() -> None:
    window = Window((3, 1), (3, 1), (1, 1))
    scales = np.full(2, 2.0**-6)

    def kernel_of(first: int, second: int) -> str:
        weights = np.array([first, second], np.int8).reshape(2, 1, 1, 1)
        return pack_conv(window, weights, None, scales, 0, 0).body[-1]

    assert "mlf_conv_s8(" in kernel_of(-128, -127)
    assert "mlf_conv_s8(" in kernel_of(0, -128)
    assert "mlf_conv_s8_w16(" in kernel_of(-50, -128)
    # sums beyond 2^23
    many = np.full((2, 1, 1, 600), 127, np.int8)
    assert "mlf_conv_s8_w16(" in pack_conv(window, many, None, scales * 2.0**-12, 0, 0).body[-1]


def test_channels_of_one_value_do_not_keep_a_layer_from_the_fast_form(tmp_path: Path, host_c: HostC) -> None:
    """Converters leave dead channels with scales near 0 and a bias at its limit."""
    rng = np.random.default_rng(3)
    window = Window((3, 3), (3, 3), (1, 1))
    weights, image = random_weights(rng, 6, 1, 1, 8), random_bytes(rng, 3, 3, 8)
    bias = np.array([2**31 - 8000000, -(2**30), 2**30, 300, 0, 0], np.int32)
    scales = np.array([2.0**-25, 2.0**-10, 2.0**-33, 2.0**-26, 1e-8, 2.0**-9])
    sums = patches(image, window, -5).reshape(3, 3, 8) @ weights.reshape(6, 8).T.astype(np.int64) + bias
    kernel = pack_conv(window, weights, bias, scales, -5, 3)
    assert "mlf_conv_s8(" in kernel.body[-1]
    case = Case(kernel, [image], output_of(sums, scales, 3, (-128, 127)))
    run_on_host(host_c, tmp_path, [case])
    CortexM7(tmp_path, [case]).run()


def test_sums_beyond_2_to_the_30_take_the_exact_form() -> None:
    weights = np.full((1, 1, 1, 4), 127, np.int8)
    window = Window((3, 1), (3, 1), (1, 1))
    kernel = pack_conv(window, weights, np.array([129 << 23], np.int32), np.array([2.0**-24]), 0, 0)
    assert "mlf_conv_s8_exact" in kernel.body[-1]
    assert "beyond 2^30" in kernel.notes[0]


def test_equal_channels_of_a_one_by_one_convolution_are_written_in_place() -> None:
    window = Window((25, 5), (25, 5), (1, 1))
    assert overlap_distance(window, 64, 64) == 0
    assert overlap_distance(window, 64, 32) < 0 < overlap_distance(window, 64, 65)


def test_sums_on_the_way_may_leave_int32_where_weights_have_an_offset(host_c: HostC, tmp_path: Path) -> None:
    """The inputs' sum times the offset is beyond 2^31 after 132,105 taps, though each output is small."""
    taps, scales = 140_000, np.full(1, 2.0**-11)
    weights = np.zeros((1, 1, 1, taps), np.int16)
    weights[0, 0, 0, :3] = -255
    image = np.full((1, 1, taps), -128, np.int8)
    kernel = pack_conv(Window((1, 1), (1, 1), (1, 1)), weights, None, scales, 0, 3, wide=False)
    assert "mlf_conv_s8_u8(" in kernel.body[-1]
    sums = np.full((1, 1, 1), 3 * 255 * 128)
    case = Case(kernel, [image], output_of(sums, scales, 3, (-128, 127)))
    run_on_host(host_c, tmp_path, [case])


def test_one_or_two_pixels_of_the_whole_image_are_a_dense_layer(host_c: HostC, tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    windows = (
        Window((1, 1), (1, 1), (1, 1)),
        Window((1, 2), (1, 2), (1, 1)),
        Window((3, 3), (1, 1), (3, 3), (2, 2)),
        Window((1, 1), (1, 1), (3, 3), pad=(1, 1)),
    )
    found = [convolution(rng, window, (5, 9), False, over) for window in windows for over in (False, True)]
    assert all("mlf_fully_connected_s8" in case.kernel.body[-1] for case in found)
    assert [case.kernel.macs for case in found[::2]] == [45, 90, 405, 405]
    many = convolution(rng, windows[0], (256, 64), False, False, np.full(64, 2.0**-9))
    assert CortexM7(tmp_path, [many]).run()[0] < 1.4 * many.kernel.macs
    run_on_host(host_c, tmp_path, found)
    CortexM7(tmp_path, found).run()
    for window in (
        Window((3, 3), (1, 1), (2, 2)),
        Window((3, 1), (3, 1), (1, 1)),
        Window((2, 1), (1, 1), (1, 1)),
    ):
        assert "mlf_conv_s8" in convolution(rng, window, (4, 4), False, False).kernel.body[-1]
