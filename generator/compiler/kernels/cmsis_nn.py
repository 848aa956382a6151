"""Convolutions and dense layers on int8 for cmsis_nn_s8.h: CMSIS-NN does the work, from v4.1 on.

Scratch is what the library's own ``*_get_buffer_size`` functions return, the larger of the DSP extension's and
Helium's, since an archive is compiled for no core in particular.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from generator.compiler.arithmetic import quantize_multiplier
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.kernels.requantise import folded_bias
from generator.compiler.kernels.window import Window
from generator.compiler.step import Constant

_HEADER = "cmsis_nn_s8.h"
#: channels that Helium's depthwise kernel buffers at a time (``CH_IN_BLOCK_MVE``)
_HELIUM_CHANNELS = 124
_WHY = "selected by --kernels cmsis-nn"


def cmsis_conv(
    window: Window,
    weights: np.ndarray,
    bias: np.ndarray | None,
    scales: np.ndarray,
    input_zero_point: int,
    output_zero_point: int,
    activation: tuple[int, int],
) -> Kernel:
    """Arguments as those of ``pack_conv``.

    weights: int8 [C_OUT, KH, KW, C_IN]. bias: int32 [C_OUT] or None. scales: float64 [C_OUT].
    """
    channels, height, width, depth = weights.shape
    taps = height * width * depth
    scratch = max(4 * _up(taps, 4), 4 * _up(taps, 16))
    members = _members(window, (channels, height, width, depth), depth, channels)
    members["params"] = _offsets(window, input_zero_point, output_zero_point, activation)
    return _kernel("conv", members, weights, bias, scales, channels, scratch, window.pixels * taps * channels)


def cmsis_depthwise(
    window: Window,
    weights: np.ndarray,
    bias: np.ndarray | None,
    scales: np.ndarray,
    input_zero_point: int,
    output_zero_point: int,
    multiplier: int,
    activation: tuple[int, int],
) -> Kernel:
    """Arguments as those of ``pack_depthwise``.

    weights: int8 [KH, KW, C * multiplier]. bias: int32 [C * multiplier] or None. scales: float64 [C * multiplier].
    """
    height, width, channels = weights.shape
    taps = height * width
    depth = channels // multiplier
    scratch = max(2 * depth * taps, 4 * _HELIUM_CHANNELS * taps)
    if depth == 1:
        scratch = max(scratch, 4 * _up(taps, 16) + taps * channels)
    members = _members(window, (1, height, width, channels), depth, channels)
    members["params"] = f".ch_mult = {multiplier}, " + _offsets(
        window, input_zero_point, output_zero_point, activation
    )
    return _kernel(
        "depthwise", members, weights, bias, scales, channels, scratch, window.pixels * taps * channels
    )


def cmsis_dense(
    rows: int,
    weights: np.ndarray,
    bias: np.ndarray | None,
    scale: float,
    input_zero_point: int,
    output_zero_point: int,
    activation: tuple[int, int],
) -> Kernel:
    """Arguments as those of ``pack_fully_connected``, with one scale.

    weights: int8 [N, K]. bias: int32 [N] or None.
    """
    outputs, inputs = weights.shape
    biases = np.zeros(outputs, np.int32) if bias is None else bias.astype(np.int32)
    sums = folded_bias(weights, biases, input_zero_point)
    multiplier, shift = quantize_multiplier(scale)
    members = {
        "params": f".input_offset = {-input_zero_point}, .filter_offset = 0, "
        f".output_offset = {output_zero_point}, .activation = {_pair(activation)}",
        "quant": f"{multiplier}, {shift}",
        "input": _dims(rows, 1, 1, inputs),
        "filter": _dims(inputs, 1, 1, outputs),
        "bias": _dims(1, 1, 1, outputs),
        "output": _dims(rows, 1, 1, outputs),
    }
    tables = (
        Constant("weights", "int8_t", weights.reshape(-1)),
        Constant("biases", "int32_t", biases),
        Constant("sums", "int32_t", sums.astype(np.int32)),
    )
    body = _body("mlf_cmsis_nn_dense", members, tables, "mlf_cmsis_nn_dense_s8(in0, out0, &layer);")
    return Kernel(
        headers=(_HEADER,),
        body=body,
        constants=tables,
        description="CMSIS-NN",
        macs=rows * weights.size,
        notes=(_WHY,),
    )


def _kernel(
    kind: str,
    members: Mapping[str, str],
    weights: np.ndarray,
    bias: np.ndarray | None,
    scales: np.ndarray,
    channels: int,
    scratch_bytes: int,
    macs: int,
) -> Kernel:
    pairs = np.array([quantize_multiplier(float(scale)) for scale in scales], np.int64).astype(np.int32)
    tables = (
        Constant("weights", "int8_t", weights.reshape(-1)),
        Constant("biases", "int32_t", np.zeros(channels, np.int32) if bias is None else bias),
        Constant("multipliers", "int32_t", pairs[:, 0]),
        Constant("shifts", "int32_t", pairs[:, 1]),
    )
    call = f"mlf_cmsis_nn_{kind}_s8(in0, out0, scratch, &layer);"
    filled = {**members, "scratch_bytes": str(scratch_bytes)}
    return Kernel(
        headers=(_HEADER,),
        body=_body(f"mlf_cmsis_nn_{kind}", filled, tables, call),
        constants=tables,
        scratch_bytes=scratch_bytes,
        description="CMSIS-NN",
        macs=macs,
        notes=(_WHY,),
    )


def _body(c_type: str, members: Mapping[str, str], tables: Sequence[Constant], call: str) -> tuple[str, ...]:
    lines = [
        f"  .{name} = {value}," if name == "scratch_bytes" else f"  .{name} = {{{{{value}}}}},"
        for name, value in members.items()
    ]
    lines += [f"  .{table.name} = {{{table.name}}}," for table in tables]
    return (f"static const {c_type} layer = {{{{", *lines, "}};", call)


def _members(window: Window, kernel: tuple[int, int, int, int], depth: int, channels: int) -> dict[str, str]:
    return {
        "params": "",
        "input": _dims(1, *window.input, depth),
        "filter": _dims(*kernel),
        "bias": _dims(1, 1, 1, channels),
        "output": _dims(1, *window.output, channels),
    }


def _offsets(
    window: Window, input_zero_point: int, output_zero_point: int, activation: tuple[int, int]
) -> str:
    tiles = [
        f".{name} = {{{{.w = {pair[1]}, .h = {pair[0]}}}}}"
        for name, pair in (
            ("stride", window.stride),
            ("padding", window.pad),
            ("dilation", window.dilation),
        )
    ]
    offsets = f".input_offset = {-input_zero_point}, .output_offset = {output_zero_point}"
    return ", ".join((offsets, *tiles, f".activation = {_pair(activation)}"))


def _pair(activation: tuple[int, int]) -> str:
    return f"{{{{.min = {activation[0]}, .max = {activation[1]}}}}}"


def _dims(n: int, h: int, w: int, c: int) -> str:
    return f".n = {n}, .h = {h}, .w = {w}, .c = {c}"


def _up(number: int, unit: int) -> int:
    return -(-number // unit) * unit
