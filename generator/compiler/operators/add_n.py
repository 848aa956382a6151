"""ADD_N: the sum of tensors of one shape."""

from __future__ import annotations

from generator.compiler.arithmetic import quantize_multiplier
from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.operators.loops import elementwise_step
from generator.compiler.operators.shapes import require_shape
from generator.compiler.step import Lowered, Unsupported

#: by which sums of int8 are shifted left before they are scaled
SUM_SHIFT = 19
_MAX_INPUTS = 26


def lower(context: Context) -> Lowered:
    """2 to 26 tensors of the output's shape and element type: float32, int32 (sums wrap), or int8 of one scale.

    Raises Unsupported for others. Source: ``reference_ops::AddN``.
    """
    target = context.output()
    dtype = require_dtype(target, "float32", "int32", "int8")
    count = len(context.operator.inputs)
    if not 2 <= count <= _MAX_INPUTS:
        raise Unsupported(f"adds {count} tensors; 2 to {_MAX_INPUTS} are possible")
    positions = range(count)
    for position in positions:
        require_dtype(context.input(position), dtype)
        require_shape(context.input(position).shape, target.shape)
    names = [chr(ord("a") + position) for position in positions]
    if dtype == "float32":
        return elementwise_step(context, " + ".join(names), positions, instructions=4 + 3 * count)
    if dtype == "int32":
        total = " + ".join(f"(uint32_t){name}" for name in names)
        return elementwise_step(context, f"(int32_t)({total})", positions, instructions=4 + 3 * count)
    expression = sum_of_int8(context, " + ".join(names), (count + 1) * common_zero_point(context))
    return elementwise_step(
        context, expression, positions, headers=("requantize.h",), instructions=20 + 3 * count
    )


def common_zero_point(context: Context) -> int:
    """The zero point of all inputs of an ADD_N. Raises Unsupported where their scales or zero points differ."""
    first = quantization(context.input(0))
    for position in range(1, len(context.operator.inputs)):
        other = quantization(context.input(position))
        if (other.scale, other.zero_point) != (first.scale, first.zero_point):
            raise Unsupported("adds tensors of different scales or zero points", "use ADD instead")
    return first.zero_point


def sum_of_int8(context: Context, total: str, offset: int) -> str:
    """The output element of a sum of int8 elements less an offset.

    Source: ``reference_ops::AddN``. The sum starts at the negative zero point there, so that the offset has one
    zero point more than there are inputs.
    """
    source, target = quantization(context.input(0)), quantization(context.output())
    multiplier, shift = quantize_multiplier(2.0 * source.scale / ((2 << SUM_SHIFT) * target.scale))
    accumulator = f"(int32_t)((uint32_t)({total} - {offset}) << {SUM_SHIFT})".replace("- -", "+ ")
    value = f"mlf_add_zero_point(mlf_rescale({accumulator}, {multiplier}, {shift}), {target.zero_point})"
    return f"(int8_t)mlf_clamp({value}, -128, 127)"
