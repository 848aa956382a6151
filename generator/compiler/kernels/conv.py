"""CONV_2D on int8 for conv_s8.h."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from generator.compiler.kernels.fully_connected import pack_fully_connected
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.kernels.requantise import (
    Requantisation,
    accumulator_ranges,
    folded_bias,
    int8_offset,
    pair,
    pairs_fit,
    requantisation,
    sum_ranges,
    without,
)
from generator.compiler.kernels.window import Window, first_unread, members, trimmed
from generator.compiler.step import Constant, Overlap

#: up to here, four pixels at a time take longer than each pixel as a dense layer
_DENSE_PIXELS = 2
#: an int16 weight saves an eighth of an instruction a pixel, for one byte of flash
_MANY_PIXELS = 100


def pack_conv(
    window: Window,
    weights: np.ndarray,
    bias: np.ndarray | None,
    scales: np.ndarray,
    input_zero_point: int,
    output_zero_point: int,
    activation: tuple[int, int] = (-128, 127),
    wide: bool | None = None,
) -> Kernel:
    """A convolution of one image, groups 1.

    weights: [C_OUT, KH, KW, C_IN], zero point 0, int8, or int16 up to 255. bias: int32 [C_OUT] or None.
    scales: float64 [C_OUT], input times weight over output. activation: (low, high) of the fused one, in output
    quanta. wide: int16 weights, which take fewer instructions and twice the flash; None: where each is used for many
    pixels. The exact form always has them, and so have weights that don't fit in pairs. Weights that don't fit in
    int8 are stored less an offset, unless int16 is requested. One or two pixels that read the image from end to end
    are a dense layer.
    """
    macs = window.pixels * weights.size
    window, (rows, columns) = trimmed(window)
    weights = weights[:, rows, columns]
    rows_of_pixels = _dense_rows(window)
    if rows_of_pixels and wide is not True and weights.min() >= -128 and weights.max() <= 127:
        scales = scales[:1] if (scales == scales[0]).all() else scales
        kernel = pack_fully_connected(
            rows_of_pixels,
            weights.reshape(len(weights), -1).astype(np.int8),
            bias,
            scales,
            input_zero_point,
            output_zero_point,
            activation,
        )
        return replace(kernel, macs=macs)
    if window.kernel[1] == 1:
        # One tap across has no dilation.
        window = replace(window, dilation=(window.dilation[0], 1))
    channels = len(weights)
    flat = weights.reshape(channels, -1)
    zero = np.zeros(channels, np.int32) if bias is None else bias
    ranges = accumulator_ranges(flat, zero, input_zero_point)
    quantised = requantisation(scales, output_zero_point, ranges, activation)
    flat, zero = without(quantised.constant, flat), without(quantised.constant, zero)
    wide = window.pixels >= _MANY_PIXELS if wide is None else wide
    folded = folded_bias(flat, zero, input_zero_point)
    taps = -(-flat.shape[1] // 4) * 4
    table = np.zeros((channels, taps), np.int64)
    table[:, : flat.shape[1]] = flat
    offset = int8_offset(table)
    wide = wide or not quantised.fast or not pairs_fit(table - offset, sum_ranges(table - offset, folded))
    offset = 0 if wide else offset
    packed = _packed(table - offset, folded, quantised, wide)
    function = _function(quantised, wide, offset)
    values: dict[str, int | str] = {
        **members(window),
        "input_channels": weights.shape[3],
        "output_channels": channels,
        "input_zero_point": input_zero_point,
        "low": activation[0],
        "high": activation[1],
        "taps": taps,
        **({"weight_offset": offset} if offset else {}),
        "packed": "packed",
    }
    call = f"{function}(in0, out0, scratch, &layer);"
    words = window.dilation[1] == 1 and window.kernel[1] * weights.shape[3] % 4 == 0
    inside = window.pad == (0, 0) and all(_last_cell(window, axis) < window.input[axis] for axis in (0, 1))
    gathers = not (words and (weights.shape[3] % 4 == 0 or inside))
    return Kernel(
        headers=("conv_s8.h",),
        body=struct_body("mlf_conv_s8_layer", values, call),
        constants=(Constant("packed", "uint32_t", packed),),
        scratch_bytes=8 * taps + (16 if offset else 0) + (taps + 4 if gathers else 0),
        overlaps=(Overlap(0, 0, overlap_distance(window, weights.shape[3], channels)),),
        description=_description(window, wide, quantised, offset),
        macs=macs,
        instructions=_instructions(window, taps, channels, wide, quantised, offset),
        notes=(f"exact 64-bit requantisation: {quantised.why}",) if quantised.why else (),
    )


def _dense_rows(window: Window) -> int:
    """Rows of the dense layer that the convolution is, or 0."""
    if window.pad != (0, 0) or window.pixels > _DENSE_PIXELS:
        return 0
    if window.pixels == 1 and window.input == window.kernel and _last_cell(window, 0) < window.input[0]:
        return 1 if _last_cell(window, 1) < window.input[1] else 0
    return window.pixels if window.kernel == (1, 1) and window.input == window.output else 0


def _function(quantised: Requantisation, wide: bool, offset: int) -> str:
    if not quantised.fast:
        return "mlf_conv_s8_exact"
    return "mlf_conv_s8_w16" if wide else "mlf_conv_s8_u8" if offset else "mlf_conv_s8"


def _last_cell(window: Window, axis: int) -> int:
    last = (window.output[axis] - 1) * window.stride[axis] - window.pad[axis]
    return last + (window.kernel[axis] - 1) * window.dilation[axis]


def _packed(table: np.ndarray, folded: np.ndarray, quantised: Requantisation, wide: bool) -> np.ndarray:
    """uint32 words in the order of conv_s8.h. table: int64 [channels, taps]. folded: bias, zero point taken."""
    channels, taps = table.shape
    pairs = -(-channels // 2)
    weights = np.zeros((2 * pairs, taps), np.int64)
    weights[:channels] = table
    bias = np.zeros(2 * pairs, np.int64)
    bias[:channels] = folded
    rows = np.zeros((2 * pairs, 3), np.int64)
    rows[:channels] = quantised.rows
    # [pair of channels, channel, four taps, (0 and 2, 1 and 3), tap of the pair]
    fours = weights.reshape(pairs, 2, taps // 4, 2, 2).transpose(0, 1, 2, 4, 3)
    factor = 2 if wide and quantised.fast else 1
    bias = (factor * bias).reshape(pairs, 2)
    if wide:
        halves = factor * fours.transpose(0, 2, 3, 1, 4)
    else:
        halves = pair(fours[:, 0], fours[:, 1])
        bias = np.stack([bias[:, 0], pair(bias[:, 0], bias[:, 1])], axis=1)
    words = np.ascontiguousarray(halves.reshape(pairs, -1).astype("<i2")).view("<u4")
    head = (bias & 0xFFFFFFFF).astype("<u4")
    tail = (rows.reshape(pairs, 6) & 0xFFFFFFFF).astype("<u4")
    return np.concatenate([head, words, tail], axis=1).reshape(-1).astype(np.uint32)


def overlap_distance(window: Window, input_channels: int, output_channels: int) -> int:
    """The least bytes by which the output must start before the input, so that it is written over read input only.

    A pixel, or a few, are read in full before they are written. Behind each pixel but the last, the end of what is
    written so far must not lie behind the first input byte that is still to be read. May be negative.
    """
    distance = -(window.input[0] * window.input[1] * input_channels)
    for end in range(1, window.pixels):
        distance = max(distance, end * output_channels - first_unread(window, end, input_channels))
    return distance


def _description(window: Window, wide: bool, quantised: Requantisation, offset: int) -> str:
    size = f"{window.kernel[0]}x{window.kernel[1]}"
    if not quantised.fast:
        return f"{size}, int16 weights, 64-bit requantisation"
    kind = "int16 weights" if wide else f"int8 weights less {offset}" if offset else "int8 weights"
    return f"{size}, 4 pixels x 2 channels, {kind}"


def _instructions(
    window: Window, taps: int, channels: int, wide: bool, quantised: Requantisation, offset: int
) -> int:
    pixels = -(-window.pixels // 4) * 4
    outputs = pixels * -(-channels // 2) * 2
    if not quantised.fast:
        return outputs * (taps * 5 + 40)
    step, output = (11 / 16, 6.7) if wide else (12 / 16, 8.2)
    sums = pixels * (taps * 1.4 + 6) + outputs * 1.2 if offset else 0
    return round(outputs * (taps * step + output) + pixels * (taps * 1.3 + 25) + sums)
