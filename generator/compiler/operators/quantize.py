"""QUANTIZE: floats to integers, or integers to integers of another type, scale or zero point."""

from __future__ import annotations

import numpy as np

from generator.compiler.arithmetic import multiply_by_quantized_multiplier, quantize_multiplier, type_range
from generator.compiler.c_tables import real_literal
from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.shapes import require_shape
from generator.compiler.operators.tables import lower_table
from generator.compiler.rezero import UNSIGNED
from generator.compiler.step import Alias, Folded, Lowered, Overlap, Unsupported

_SIZES = {"int8": 1, "uint8": 1, "int16": 2, "int32": 4, "float32": 4}


def lower(context: Context) -> Lowered:
    """float32 to int8, uint8 or int16; any of int8, uint8, int16, int32 to another. One scale per tensor.

    Sources: ``reference_ops::AffineQuantize`` and ``reference_ops::Requantize``. Raises Unsupported for other
    element types and for scales per channel.
    """
    source, target = context.input(0), context.output()
    require_shape(source.shape, target.shape)
    if len(quantization(target).scales) != 1:
        raise Unsupported("quantises along channels", "quantise the tensor with one scale")
    if source.dtype == "float32":
        require_dtype(target, "int8", "uint8", "int16")
        return _of_floats(context)
    require_dtype(source, "int8", "uint8", "int16", "int32")
    require_dtype(target, "int8", "uint8", "int16", "int32")
    pair = quantize_multiplier(quantization(source).scale / quantization(target).scale)
    taken, given = quantization(source).zero_point, quantization(target).zero_point
    if context.operator.integer(UNSIGNED):
        return _concatenated(context)
    if _SIZES[source.dtype] == _SIZES[target.dtype] == 1:
        return lower_table(
            context, lambda value: multiply_by_quantized_multiplier(value - taken, *pair) + given
        )
    return _of_integers(context, pair)


def _concatenated(context: Context) -> Lowered:
    """An input of a uint8 concatenation. Source: ``reference_ops::ConcatenationWithScaling``."""
    own, whole = quantization(context.input(0)), quantization(context.output())
    with np.errstate(all="ignore"):
        scale = np.float32(own.scale) * (np.float32(1) / np.float32(whole.scale))
        bias = np.float32(-(own.zero_point + 128)) * scale
        if not np.isfinite(np.float32(255) * scale + bias) or not np.isfinite(bias):
            raise Unsupported("has scales whose quotient is beyond the range of numbers")

    def rescaled(value: int) -> int:
        real = float(np.float32(value + 128) * scale + bias)
        return int(np.copysign(np.floor(abs(real) + 0.5), real)) + whole.zero_point

    return lower_table(context, rescaled)


def _of_floats(context: Context) -> Lowered:
    target, operator = context.output(), context.operator
    scale, zero = np.float32(quantization(target).scale), quantization(target).zero_point
    low, high = type_range(target.dtype)
    known = context.known(0)
    if known is not None:
        with np.errstate(over="ignore", invalid="ignore"):
            real = np.nan_to_num(known / scale, posinf=2.0**30, neginf=-(2.0**30)).astype(np.float64)
        rounded = np.copysign(np.floor(np.abs(real) + 0.5), real) + zero
        content = np.clip(rounded, low, high).astype(target.dtype)
        return Folded(operator.index, operator.kind, {target.index: content})
    count = target.elements
    suffix = {"int8": "s8", "uint8": "u8", "int16": "s16"}[target.dtype]
    kernel = Kernel(
        ("quantize.h",),
        (f"mlf_quantize_{suffix}(in0, out0, {count}, {real_literal(float(scale))}, {zero});",),
        overlaps=(Overlap(0, 0, 0),),
        description="float to integer",
        instructions=24 * count,
    )
    return bound_step(context, kernel)


def _of_integers(context: Context, pair: tuple[int, int]) -> Lowered:
    source, target, operator = context.input(0), context.output(), context.operator
    taken, given = quantization(source).zero_point, quantization(target).zero_point
    low, high = type_range(target.dtype)
    if source.dtype == target.dtype and pair == (1 << 30, 1) and taken == given:
        return Alias(operator.index, operator.kind, source.index, target.index, "changes no value")
    known = context.known(0)
    if known is not None:
        distinct, places = np.unique(known, return_inverse=True)
        values = [
            multiply_by_quantized_multiplier(value - taken, *pair) + given for value in distinct.tolist()
        ]
        content = np.clip(np.array(values, np.int64), low, high).astype(target.dtype)[places]
        return Folded(operator.index, operator.kind, {target.index: content.reshape(target.shape)})
    whole = f"mlf_rescale(in0[i] - {taken}, {pair[0]}, {pair[1]})".replace("- -", "+ ")
    result = f"mlf_add_zero_point({whole}, {given})"
    if target.dtype == "int32":
        line = f"out0[i] = {result};"
    else:
        c_type = {"int8": "int8_t", "uint8": "uint8_t", "int16": "int16_t"}[target.dtype]
        line = f"out0[i] = ({c_type})mlf_clamp({result}, {low}, {high});"
    kernel = Kernel(
        ("requantize.h",),
        (f"for (int32_t i = 0; i < {source.elements}; i++) {{{{", f"  {line}", "}}"),
        overlaps=(Overlap(0, 0, 0),) if _SIZES[source.dtype] >= _SIZES[target.dtype] else (),
        description="integer to integer",
        instructions=16 * source.elements,
    )
    return bound_step(context, kernel)
