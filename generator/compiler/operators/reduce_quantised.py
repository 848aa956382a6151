"""MEAN, SUM, REDUCE_MAX, REDUCE_MIN on int8 and int16."""

from __future__ import annotations

from math import prod

from generator.compiler.arithmetic import quantize_multiplier, type_range
from generator.compiler.context import Context, quantization, require_dtype, require_symmetric
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.reduce_float import reduced_axes, reduction_lines
from generator.compiler.operators.views import view_of
from generator.compiler.step import C_TYPES, Lowered, Unsupported

#: element type -> elements whose sum, with their zero points, is within int32
_MAX_COUNTS = {"int8": 1 << 23, "int16": (1 << 16) - 1}


def lower_quantised(context: Context) -> Lowered:
    """int8 or int16 over constant axes to the same type.

    Raises Unsupported for int16 with a zero point other than 0, for more elements per output than sums in int32
    allow, and other kinds.
    """
    source, target = context.input(0), context.output()
    dtype = require_dtype(source, *_MAX_COUNTS)
    require_dtype(target, dtype)
    require_symmetric(source, target)
    axes, kept = reduced_axes(context)
    count = prod(source.shape[axis] for axis in axes)
    if not 0 < count <= _MAX_COUNTS[dtype]:
        raise Unsupported(f"reduces {count:,} elements to one; 1 to {_MAX_COUNTS[dtype]:,} are possible")
    headers: tuple[str, ...] = ()
    if context.operator.kind in ("REDUCE_MAX", "REDUCE_MIN"):
        texts = _extreme(context)
        sum_type = C_TYPES[dtype]
    elif context.operator.kind in ("MEAN", "SUM"):
        texts = _sum(context, count)
        sum_type, headers = "int32_t", ("requantize.h",)
    else:
        raise Unsupported(f"is not supported on {dtype}", "reduce floats instead")
    body = reduction_lines(view_of(source), kept, axes, (C_TYPES[dtype], sum_type), texts)
    kernel = Kernel(
        headers,
        tuple(body),
        description=f"{count} to 1",
        instructions=6 * source.elements + 16 * target.elements,
    )
    return bound_step(context, kernel, (0,))


def _extreme(context: Context) -> tuple[str, str, str]:
    source, target = quantization(context.input(0)), quantization(context.output())
    if (source.scale, source.zero_point) != (target.scale, target.zero_point):
        raise Unsupported("has an input and an output of different scales")
    source_type = context.input(0).dtype
    if context.operator.kind == "REDUCE_MAX":
        return f"{source_type.upper()}_MIN", "a > sum ? a : sum", "sum"
    return f"{source_type.upper()}_MAX", "a < sum ? a : sum", "sum"


def _sum(context: Context, count: int) -> tuple[str, str, str]:
    """The mean's division is part of the multiplier. Source: ``reference_ops::QuantizedMeanOrSum``."""
    source, target = quantization(context.input(0)), quantization(context.output())
    multiplier, shift = quantize_multiplier(source.scale / target.scale)
    if context.operator.kind == "MEAN":
        halvings = min(count.bit_length() - 1, 32, 31 + shift)
        multiplier = (multiplier << halvings) // count
        shift -= halvings
    whole = f"mlf_rescale(sum - {source.zero_point * count}, {multiplier}, {shift})".replace("- -", "+ ")
    result = f"mlf_add_zero_point({whole}, {target.zero_point})"
    low, high = type_range(context.output().dtype)
    return "0", "sum + a", f"({C_TYPES[context.output().dtype]})mlf_clamp({result}, {low}, {high})"
