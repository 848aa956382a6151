"""CUMSUM: sums of all elements up to each one along an axis."""

from __future__ import annotations

from math import prod

from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.add_n import sum_of_int8
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.shapes import axis_of, numbers, require_shape
from generator.compiler.operators.views import nest
from generator.compiler.step import Lowered, Overlap, Unsupported

#: element type -> (C type of the sum, what is added for an element)
_SUMS = {
    "float32": ("float", "in0[at]"),
    "int32": ("uint32_t", "(uint32_t)in0[at]"),
    "int64": ("uint64_t", "(uint64_t)in0[at]"),
    "int8": ("int32_t", "in0[at]"),
}
#: elements of int8 whose sum, with their zero points, is within int32
_MAX_DEPTH = 1 << 22


def lower(context: Context) -> Lowered:
    """float32, int32, int64 (sums wrap) or int8 to the same type and shape; input 1: the constant axis.

    Options: exclusive (without the element itself), reverse (from the end). Raises Unsupported for other element
    types, and for more elements of int8 than sums in int32 allow.
    """
    source, target, operator = context.input(0), context.output(), context.operator
    dtype = require_dtype(source, *_SUMS)
    require_dtype(target, dtype)
    require_shape(source.shape, target.shape)
    (axis,) = numbers(context, 1, "axes", 1)
    axis = axis_of(axis, len(source.shape))
    depth, inner = source.shape[axis], prod(source.shape[axis + 1 :])
    if depth > _MAX_DEPTH:
        raise Unsupported(f"sums {depth:,} elements; at most {_MAX_DEPTH:,} are possible")
    sum_type, term = _SUMS[dtype]
    value = "sum"
    headers: tuple[str, ...] = ()
    if dtype == "int8":
        # the reference's sum starts at the negative zero point
        zero_point = quantization(source).zero_point
        term = f"in0[at] - {zero_point}".replace("- -", "+ ") if zero_point else term
        value, headers = sum_of_int8(context, "sum", zero_point), ("requantize.h",)
    elif dtype != "float32":
        value = f"({dtype}_t)sum"
    place = f"{depth - 1} - i" if operator.integer("reverse") else "i"
    store, add = f"out0[at] = {value};", f"sum += {term};"
    if operator.integer("exclusive"):
        # the output may lie over the input, so that the element is read first
        steps = [f"{sum_type} next = sum; next += {term};", store, "sum = next;"]
    else:
        steps = [add, store]
    loop = [
        f"{sum_type} sum = 0;",
        f"for (int32_t i = 0; i < {depth}; i++) {{{{",
        f"  int32_t at = (i0 * {depth} + {place}) * {inner} + i1;",
        *("  " + step for step in steps),
        "}}",
    ]
    kernel = Kernel(
        headers,
        tuple(nest((prod(source.shape[:axis]), inner), loop)),
        overlaps=(Overlap(0, 0, 0),),
        description=f"{depth} elements",
        instructions=(25 if dtype == "int8" else 10) * source.elements,
    )
    return bound_step(context, kernel, (0,))
