"""Kernel rows and columns that never meet the image are dropped."""

from __future__ import annotations

from generator.compiler.kernels.window import Window, trimmed


def test_a_kernel_greater_than_the_image_loses_what_lies_in_the_padding_only() -> None:
    window = Window((3, 3), (3, 3), (7, 7), pad=(3, 3))
    assert trimmed(window) == (Window((3, 3), (3, 3), (5, 5), pad=(2, 2)), (slice(1, 6), slice(1, 6)))


def test_one_pixel_needs_one_tap() -> None:
    window = Window((1, 1), (1, 1), (3, 5), pad=(1, 2))
    assert trimmed(window) == (Window((1, 1), (1, 1), (1, 1)), (slice(1, 2), slice(2, 3)))


def test_a_kernel_that_meets_the_image_stays() -> None:
    window = Window((6, 6), (3, 3), (3, 3), (2, 2), (1, 1), (0, 1))
    assert trimmed(window) == (window, (slice(0, 3), slice(0, 3)))


def test_padding_never_becomes_negative() -> None:
    """The middle tap alone meets the image, two cells behind a padding of one."""
    window = Window((2, 1), (1, 1), (2, 1), (1, 1), (2, 1), (1, 0))
    assert trimmed(window)[0].pad == (1, 0)


def test_at_least_one_tap_stays() -> None:
    window = Window((1, 1), (1, 1), (1, 1), (1, 1), (1, 1), (1, 0))
    assert trimmed(window)[0].kernel == (1, 1)
