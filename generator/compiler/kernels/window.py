"""Geometry of layers that slide a window over an image."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace


class Window(Struct, frozen=True):
    """Geometry of a convolution or a pool; pairs are (height, width).

    pad: cells before the image; those after it follow from the output's size.
    """

    input: tuple[int, int]
    output: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    pad: tuple[int, int] = (0, 0)

    @property
    def pixels(self) -> int:
        """Pixels of the output: H' * W'."""
        return self.output[0] * self.output[1]


def members(window: Window) -> dict[str, int]:
    """The struct members that windows share, in the headers' names."""
    pairs = {
        "input": window.input,
        "output": window.output,
        "kernel": window.kernel,
        "stride": window.stride,
        "dilation": window.dilation,
    }
    found = {
        f"{name}_{side}": pair[i]
        for name, pair in pairs.items()
        for i, side in enumerate(("height", "width"))
    }
    return {**found, "pad_top": window.pad[0], "pad_left": window.pad[1]}


def trimmed(window: Window) -> tuple[Window, tuple[slice, slice]]:
    """The window without kernel rows and columns that always lie in the padding, and those that stay.

    Padding adds nothing to a convolution's sums. At least one row and one column stay.
    """
    kept, pad = [], []
    for axis in (0, 1):
        size, dilation, before = window.input[axis], window.dilation[axis], window.pad[axis]
        last = (window.output[axis] - 1) * window.stride[axis]
        taps = [
            tap
            for tap in range(window.kernel[axis])
            if any(
                0 <= start - before + tap * dilation < size
                for start in range(0, last + 1, window.stride[axis])
            )
        ] or [0]
        first = min(taps[0], before // dilation)
        kept.append(slice(first, taps[-1] + 1))
        pad.append(before - first * dilation)
    kernel = (kept[0].stop - kept[0].start, kept[1].stop - kept[1].start)
    return replace(window, kernel=kernel, pad=(pad[0], pad[1])), (kept[0], kept[1])


def first_unread(window: Window, pixel: int, channels: int) -> int:
    """The lowest byte of the input, or a lower one, that an output pixel or any after it reads."""
    y, x = divmod(pixel, window.output[1])
    here = _first_read(window, y, x)
    below = _first_read(window, y + 1, 0) if y + 1 < window.output[0] else here
    return min(here, below) * channels


def _first_read(window: Window, y: int, x: int) -> int:
    row = max(y * window.stride[0] - window.pad[0], 0)
    column = max(x * window.stride[1] - window.pad[1], 0)
    return row * window.input[1] + column
