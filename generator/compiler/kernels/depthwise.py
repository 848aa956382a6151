"""DEPTHWISE_CONV_2D on int8 for depthwise_s8.h."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from generator.compiler.kernels.depthwise_direct import direct_instructions, flattened, pack_direct
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.kernels.requantise import accumulator_ranges, folded_bias, requantisation
from generator.compiler.kernels.window import Window, members, trimmed
from generator.compiler.step import Constant, Overlap

_CHANNELS = 4
#: stride down -> the greatest number of taps down for which the header has a function of its own
_MOST_TAPS = {1: 8, 2: 10}


def pack_depthwise(
    window: Window,
    weights: np.ndarray,
    bias: np.ndarray | None,
    scales: np.ndarray,
    input_zero_point: int,
    output_zero_point: int,
    multiplier: int = 1,
    activation: tuple[int, int] = (-128, 127),
) -> Kernel:
    """A depthwise convolution of one image.

    weights: int8 [KH, KW, C * multiplier], zero point 0. bias: int32 [C * multiplier] or None. scales: float64
    [C * multiplier], input times weight over output. activation: (low, high) of the fused one, in output quanta.
    """
    macs = window.pixels * weights.size
    window, (rows, columns_kept) = trimmed(window)
    weights = weights[rows, columns_kept]
    height, width, outputs = weights.shape
    flat = weights.reshape(-1, outputs).T
    zero = np.zeros(outputs, np.int32) if bias is None else bias
    ranges = accumulator_ranges(flat, zero, input_zero_point)
    quantised = requantisation(scales, output_zero_point, ranges, activation)
    folded = folded_bias(flat, zero, input_zero_point)
    stride = window.stride[0]
    compact = (
        quantised.fast
        and (height, width) == (3, 3)
        and window.stride in ((1, 1), (2, 2))
        and window.dilation == (1, 1)
        and multiplier == 1
    )
    reach = (height - 1) * window.dilation[0] + 1
    slots = -(-(stride + reach) // 2)
    form = "_exact" if not quantised.fast else f"_3x3_stride{stride}" if compact else _form(window, reach)
    instructions = _instructions(window, weights.shape, multiplier, slots, compact, form)
    if quantised.fast and multiplier == 1:
        turned, turned_weights = flattened(window, weights)
        if direct_instructions(turned, turned_weights.shape) < instructions:
            direct = pack_direct(window, weights, folded, quantised.rows, input_zero_point, activation)
            return replace(direct, macs=macs)
    columns = (window.output[1] - 1) * window.stride[1] + (width - 1) * window.dilation[1] + 1
    taps = _compact_taps(weights) if compact else _paired_taps(weights, window.dilation[0])
    factor = 2 if quantised.fast else 1
    head = np.concatenate([quantised.rows.astype(np.int64), factor * folded[:, None]], axis=1)
    halves = np.ascontiguousarray((factor * taps).astype("<i2")).view("<u4").reshape(outputs, -1)
    packed = np.concatenate([(head & 0xFFFFFFFF).astype("<u4"), halves], axis=1).reshape(-1).astype(np.uint32)
    channels = outputs // multiplier
    values: dict[str, int | str] = {
        **members(window),
        "input_channels": channels,
        "multiplier": multiplier,
        "input_zero_point": input_zero_point,
        "low": activation[0],
        "high": activation[1],
        "slots": slots,
        "columns": columns,
        "packed": "packed",
    }
    size = f"{height}x{width}"
    return Kernel(
        headers=("depthwise_s8.h",),
        body=struct_body(
            "mlf_depthwise_s8_layer", values, f"mlf_depthwise_s8{form}(in0, out0, scratch, &layer);"
        ),
        constants=(Constant("packed", "uint32_t", packed),),
        scratch_bytes=4 * min(channels, _CHANNELS) * columns * slots,
        overlaps=(Overlap(0, 0, 0),) if multiplier == 1 and overlaps(window, slots) else (),
        description=f"{size}, 2 rows per step, int16 weights"
        + ("" if quantised.fast else ", 64-bit requantisation"),
        macs=macs,
        instructions=instructions,
        notes=(f"exact 64-bit requantisation: {quantised.why}",) if quantised.why else (),
    )


def _form(window: Window, reach: int) -> str:
    """The end of the name of what takes a kernel of any size. reach: rows from its first tap to its last."""
    stride = window.stride[0]
    taps = reach if stride == 1 else reach + reach % 2
    known = window.dilation[1] == 1 and taps <= _MOST_TAPS.get(stride, 0)
    return f"_stride_{stride}_taps_{taps}" if known else ""


def _compact_taps(weights: np.ndarray) -> np.ndarray:
    """[3, 3, channels] -> int64 [channels, 12]: for each kernel column {0, 1} {1, 2}."""
    columns = weights.astype(np.int64).transpose(2, 1, 0)
    pairs: np.ndarray = columns[:, :, [0, 1, 1, 2]].reshape(len(columns), -1)
    return pairs


def _paired_taps(weights: np.ndarray, dilation: int) -> np.ndarray:
    """[KH, KW, channels] -> int64 [channels, KW * pairs * 2]: columns from the top, dilated, an even number."""
    height, width, channels = weights.shape
    reach = (height - 1) * dilation + 1
    columns = np.zeros((channels, width, reach + reach % 2), np.int64)
    columns[:, :, 0:reach:dilation] = weights.transpose(2, 1, 0)
    return columns.reshape(channels, -1)


def overlaps(window: Window, slots: int) -> bool:
    """Whether each step's output rows may take the place of input rows, pixel by pixel from the same start."""
    height, width = window.input
    rows, columns = window.output
    for y in range(0, rows - 2, 2):
        read = min(2 * (y // 2 * window.stride[0] + slots) - window.pad[0], height)
        if (y + 2) * columns > read * width and read < height:
            return False
    return True


def _instructions(
    window: Window, weights: tuple[int, int, int], multiplier: int, slots: int, compact: bool, form: str
) -> int:
    height, width, outputs = weights
    channels, stride = outputs // multiplier, window.stride[0]
    steps = -(-window.output[0] // 2)
    rows = steps * channels * min(stride, slots) * window.input[1] * 19 // 4
    reach = (height - 1) * window.dilation[0] + 1
    if compact:
        two, each = 32, 22
    else:
        two, each = 26 + width * (4 + reach // 2 + -(-reach // 2) * 2), 35
        # Without a function of its own, a kernel column is a loop over pairs of taps.
        two += 0 if form.startswith("_stride") else width * -(-reach // 2) * 12
        rows += steps * channels * window.input[1] * max(0, slots - stride) * 5
    driver = steps * -(-channels // _CHANNELS) * 80
    return rows + driver + steps * outputs * (window.output[1] * two + each)
