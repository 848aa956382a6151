"""MEAN, SUM, REDUCE_MAX, REDUCE_MIN on int8."""

from __future__ import annotations

from math import prod

from generator.compiler.arithmetic import quantize_multiplier
from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.reduce_float import reduced_axes, reduction_lines
from generator.compiler.operators.views import view_of
from generator.compiler.step import Lowered, Unsupported

#: of an int32 sum of int8
_MAX_COUNT = 1 << 23


def lower_int8(context: Context) -> Lowered:
    """int8 over constant axes to int8.

    Raises Unsupported for more elements per output than sums in int32 allow, and other kinds.
    """
    source, target = context.input(0), context.output()
    require_dtype(target, "int8")
    axes, kept = reduced_axes(context)
    count = prod(source.shape[axis] for axis in axes)
    if not 0 < count <= _MAX_COUNT:
        raise Unsupported(f"reduces {count:,} elements to one; 1 to {_MAX_COUNT:,} are possible")
    headers: tuple[str, ...] = ()
    if context.operator.kind in ("REDUCE_MAX", "REDUCE_MIN"):
        texts = _extreme(context)
        sum_type = "int8_t"
    elif context.operator.kind in ("MEAN", "SUM"):
        texts = _sum(context, count)
        sum_type, headers = "int32_t", ("requantize.h",)
    else:
        raise Unsupported("is not supported on int8", "reduce floats instead")
    body = reduction_lines(view_of(source), kept, axes, ("int8_t", sum_type), texts)
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
    if context.operator.kind == "REDUCE_MAX":
        return "INT8_MIN", "a > sum ? a : sum", "sum"
    return "INT8_MAX", "a < sum ? a : sum", "sum"


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
    return "0", "sum + a", f"(int8_t)mlf_clamp({result}, -128, 127)"
