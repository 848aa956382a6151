"""Operators on bytes whose output depends on one byte: a table of 256, computed here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from generator.compiler.arithmetic import type_range
from generator.compiler.context import Context, quantization
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.shapes import require_shape
from generator.compiler.step import Alias, Constant, Folded, Lowered, Overlap, Unsupported

_BYTES = ("int8", "uint8")


def lower_table(context: Context, function: Callable[[int], int], position: int = 0) -> Lowered:
    """int8 or uint8 to int8 or uint8 of the same shape: element by element.

    function: from the stored input to the stored output; its result is clamped to the output's type. position: of
    the input, where another is a constant that the function has taken.
    Raises Unsupported for other element types.
    """
    source, target = context.input(position), context.output()
    operator = context.operator
    if source.dtype not in _BYTES or target.dtype not in _BYTES:
        raise Unsupported(f"is not supported from {source.dtype} to {target.dtype}")
    require_shape(source.shape, target.shape)
    low, high = type_range(target.dtype)
    values = np.arange(256, dtype=np.uint8).view(source.dtype).tolist()
    outputs = np.array([min(max(function(value), low), high) for value in values])
    table = outputs.astype(target.dtype).view(np.uint8)
    known = context.known(position)
    if known is not None:
        content = table[np.ascontiguousarray(known).view(np.uint8)].view(target.dtype)
        return Folded(operator.index, operator.kind, {target.index: content.reshape(target.shape)})
    given = np.arange(256, dtype=np.uint8)
    if np.array_equal(table, given):
        return Alias(operator.index, operator.kind, source.index, target.index, "changes no byte")
    count = source.elements
    if np.array_equal(table, given ^ 0x80):
        kernel = Kernel(
            ("table_8.h",),
            (f"mlf_flip_8(in0, out0, {count});",),
            description="zero point moved by 128",
            instructions=2 * count,
            overlaps=(Overlap(0, 0, 0),),
        )
    else:
        kernel = Kernel(
            ("table_8.h",),
            (f"mlf_table_8(in0, out0, {count}, {{table}});",),
            constants=(Constant("table", "uint8_t", table),),
            description="table of 256",
            instructions=4 * count,
            overlaps=(Overlap(0, 0, 0),),
        )
    return bound_step(context, kernel, (position,))


def lower_real_table(context: Context, function: Callable[[np.ndarray], np.ndarray]) -> Lowered:
    """The same for a function of real numbers, in float32, as ``PopulateLookupTable`` of TensorFlow Lite.

    function: float32 [256] to float32 [256]. Raises Unsupported for other element types than int8 and uint8.
    """
    source, target = context.input(0), context.output()
    if source.dtype not in _BYTES or target.dtype not in _BYTES:
        raise Unsupported(f"is not supported from {source.dtype} to {target.dtype}")
    taken, given = quantization(source), quantization(target)
    values = np.arange(256, dtype=np.uint8).view(source.dtype)
    with np.errstate(all="ignore"):
        real = np.float32(taken.scale) * (values.astype(np.int32) - taken.zero_point).astype(np.float32)
        scaled = function(real).astype(np.float32) * (np.float32(1) / np.float32(given.scale))
    rounded = np.copysign(np.floor(np.abs(scaled.astype(np.float64)) + 0.5), scaled)
    limit = 2.0**30
    results = np.clip(np.nan_to_num(rounded, nan=-limit) + given.zero_point, -limit, limit).astype(np.int64)
    outputs = dict(zip(values.tolist(), results.tolist(), strict=True))
    return lower_table(context, outputs.__getitem__)
