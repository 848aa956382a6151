"""DEPTHWISE_CONV_2D on int8 for depthwise_direct_s8.h: few pixels, each straight from the input."""

from __future__ import annotations

import numpy as np

from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.kernels.window import Window, first_unread, members
from generator.compiler.step import Constant, Overlap

_CHANNELS = 4


def pack_direct(
    window: Window,
    weights: np.ndarray,
    folded: np.ndarray,
    rows: np.ndarray,
    input_zero_point: int,
    activation: tuple[int, int],
) -> Kernel:
    """A depthwise convolution of one image with a multiplier of 1.

    weights: [KH, KW, C], up to 255. folded: int64 [C], bias with the input's zero point taken. rows: int32 [C, 3],
    {multiplier, rounding, shift} of the fast requantisation. activation: (low, high) of the fused one.
    """
    window, weights = flattened(window, weights)
    height, width, channels = weights.shape
    groups = -(-channels // _CHANNELS)
    padded = np.zeros((height * width, groups * _CHANNELS), np.int64)
    padded[:, :channels] = 2 * weights.reshape(-1, channels).astype(np.int64)
    bias = np.zeros(groups * _CHANNELS, np.int64)
    bias[:channels] = 2 * folded
    quantisation = np.zeros((groups * _CHANNELS, 3), np.int64)
    quantisation[:channels] = rows
    # [group, tap, channels 0 and 2 then 1 and 3]
    halves = padded.reshape(-1, groups, 2, 2).transpose(1, 0, 3, 2).astype("<i2")
    parts = (
        _words(bias, groups),
        np.ascontiguousarray(halves).view("<u4").reshape(groups, -1),
        _words(quantisation, groups),
    )
    packed = np.concatenate(parts, axis=1).reshape(-1).astype(np.uint32)
    values: dict[str, int | str] = {
        "window.batches": 1,
        **{f"window.{name}": value for name, value in members(window).items()},
        "window.input_channels": channels,
        "window.output_channels": channels,
        "input_zero_point": input_zero_point,
        "low": activation[0],
        "high": activation[1],
        "packed": "packed",
    }
    return Kernel(
        headers=("depthwise_direct_s8.h",),
        body=struct_body(
            "mlf_depthwise_direct_s8_layer", values, "mlf_depthwise_direct_s8(in0, out0, &layer);"
        ),
        constants=(Constant("packed", "uint32_t", packed),),
        overlaps=(Overlap(0, 0, overlap_distance(window, channels)),),
        description=f"{height}x{width}, pixel by pixel, int16 weights",
        macs=window.pixels * weights.size,
        instructions=direct_instructions(window, weights.shape),
    )


def _words(values: np.ndarray, groups: int) -> np.ndarray:
    words: np.ndarray = (values & 0xFFFFFFFF).astype("<u4").reshape(groups, -1)
    return words


def flattened(window: Window, weights: np.ndarray) -> tuple[Window, np.ndarray]:
    """Images of one column as images of one row, which lie in memory alike: a row of taps is one loop."""
    if window.input[1] != 1 or window.output[1] != 1 or window.kernel[1] != 1:
        return window, weights
    pairs = (window.input, window.output, window.kernel, window.stride, window.dilation, window.pad)
    turned = Window(*((pair[1], pair[0]) for pair in pairs))
    return turned, weights.transpose(1, 0, 2)


def overlap_distance(window: Window, channels: int) -> int:
    """The least bytes by which the output must start before the input.

    Four channels of a pixel are written before the others are read: a pixel must end before the first byte that it,
    or any behind it, reads. A single pixel may start where the input starts, whose channels it takes in order.
    """
    if window.pixels == 1:
        return 0
    return max(
        (pixel + 1) * channels - first_unread(window, pixel, channels) for pixel in range(window.pixels)
    )


def direct_instructions(window: Window, weights: tuple[int, ...]) -> int:
    """An estimate for one run on a Cortex-M7. weights: their shape, [KH, KW, C]."""
    height, width, channels = weights
    inside, beyond = height * (width * 11 + 4) + 42, height * (width * 20 + 30) + 60
    whole = _inside(window, 0) * _inside(window, 1)
    each = whole * inside + (window.pixels - whole) * beyond
    return -(-channels // _CHANNELS) * each + window.pixels * 100


def _inside(window: Window, axis: int) -> int:
    """Output rows or columns whose taps all lie in the image."""
    reach = (window.kernel[axis] - 1) * window.dilation[axis]
    starts = (place * window.stride[axis] - window.pad[axis] for place in range(window.output[axis]))
    return sum(start >= 0 and start + reach < window.input[axis] for start in starts)
