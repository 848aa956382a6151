"""AVERAGE_POOL_2D and MAX_POOL_2D on int8 for pool_s8.h."""

from __future__ import annotations

from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.kernels.window import Window, first_unread, members
from generator.compiler.step import Overlap


def pack_pool(
    window: Window,
    channels: int,
    greatest: bool,
    activation: tuple[int, int] = (-128, 127),
    halves_up: bool = False,
) -> Kernel:
    """A pool of one image, without dilation. greatest: the maximum, else the average.

    halves_up: how averages are rounded, otherwise half away from zero.
    """
    values: dict[str, int | str] = {
        name: value for name, value in members(window).items() if not name.startswith("dilation")
    }
    values |= {"channels": channels, "low": activation[0], "high": activation[1]}
    average = "mlf_pool_s8_average_up_2d" if halves_up else "mlf_pool_s8_average_2d"
    function = "mlf_pool_s8_max_2d" if greatest else average
    elements = window.pixels * channels
    return Kernel(
        headers=("pool_s8.h",),
        body=struct_body("mlf_pool_s8_layer", values, f"{function}(in0, out0, &layer);"),
        overlaps=(Overlap(0, 0, overlap_distance(window, channels)),),
        description="4 channels per pass",
        instructions=elements * (2 * window.kernel[0] * window.kernel[1] + (3 if greatest else 12)),
    )


def overlap_distance(window: Window, channels: int) -> int:
    """The least bytes by which the output must start before the input.

    A channel of a pixel is written after it is read and before the next channel of that pixel is: the pixel's
    place must not lie behind the first that it, or any pixel after it, reads.
    """
    return max(channels * pixel - first_unread(window, pixel, channels) for pixel in range(window.pixels))
