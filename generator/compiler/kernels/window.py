"""Geometry of layers that slide a window over an image."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
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
        return self.output[0] * self.output[1]

    def first_row(self, y: int) -> int:
        return y * self.stride[0] - self.pad[0]


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
