"""ARG_MAX and ARG_MIN: along one axis, the place of the first of the extreme elements."""

from __future__ import annotations

from math import prod

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.shapes import axis_of, numbers
from generator.compiler.step import C_TYPES, Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """Input 0: values; input 1: the axis, a constant. Output: int32 or int64, the input's shape without the axis.

    Values are int8, uint8, int16, int32, int64 or float32, whose NaN is skipped. Raises Unsupported for other element
    types and empty axes.
    """
    source, target = context.input(0), context.output()
    require_dtype(source, "int8", "uint8", "int16", "int32", "int64", "float32")
    require_dtype(target, "int32", "int64")
    (axis,) = numbers(context, 1, "axis", 1)
    axis = axis_of(axis, len(source.shape))
    size = source.shape[axis]
    outer, inner = prod(source.shape[:axis]), prod(source.shape[axis + 1 :])
    if target.elements != outer * inner or size == 0:
        raise Unsupported(f"reduces the shape {source.shape} along axis {axis} to {target.shape}")
    sign = ">" if context.operator.kind == "ARG_MAX" else "<"
    better = f"a {sign} best"
    if source.dtype == "float32":
        better += " || (best != best && a == a)"
    c_type, result = C_TYPES[source.dtype], C_TYPES[target.dtype]
    lines = [
        f"for (int32_t i = 0; i < {outer}; i++) {{{{",
        f"  for (int32_t j = 0; j < {inner}; j++) {{{{",
        f"    {result} at = 0;",
        f"    {c_type} best = in0[i * {size * inner} + j];",
        f"    for (int32_t k = 1; k < {size}; k++) {{{{",
        f"      const {c_type} a = in0[i * {size * inner} + k * {inner} + j];",
        f"      if ({better}) {{{{",
        "        best = a;",
        "        at = k;",
        "      }}",
        "    }}",
        f"    out0[i * {inner} + j] = at;",
        "  }}",
        "}}",
    ]
    kernel = Kernel((), tuple(lines), description=f"{size} to 1", instructions=6 * source.elements)
    return bound_step(context, kernel, (0,))
