"""TOPK_V2: the greatest values along the last dimension, and where they are."""

from __future__ import annotations

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.shapes import numbers
from generator.compiler.step import C_TYPES, Lowered, Unsupported

#: equal values keep the order of their places
_BODY = (
    "for (int32_t row = 0; row < {rows}; row++) {{{{",
    "  const {type} *from = in0 + row * {count};",
    "  {type} *values = out0 + row * {kept};",
    "  int32_t *places = out1 + row * {kept};",
    "  for (int32_t i = 0; i < {count}; i++) {{{{",
    "    int32_t at = i < {kept} ? i : {kept};",
    "    for (; at > 0 && from[i] > values[at - 1]; at--) {{{{",
    "      if (at < {kept}) {{{{",
    "        values[at] = values[at - 1];",
    "        places[at] = places[at - 1];",
    "      }}}}",
    "    }}}}",
    "    if (at < {kept}) {{{{",
    "      values[at] = from[i];",
    "      places[at] = i;",
    "    }}}}",
    "  }}}}",
    "}}}}",
)


def lower(context: Context) -> Lowered:
    """[..., C] to values [..., k] and their places, int32 [..., k]; input 1: the constant k.

    Values are signed integers, uint8 or float32. Equal values keep their order. Raises
    Unsupported for k outside 1 to C, and for other element types.
    """
    source, values, places = context.input(0), context.output(0), context.output(1)
    require_dtype(source, "float32", "int8", "uint8", "int16", "int32", "int64")
    require_dtype(values, source.dtype)
    require_dtype(places, "int32")
    (kept,) = numbers(context, 1, "number of values", 1)
    count = source.shape[-1] if source.shape else 1
    rows = source.elements // max(count, 1)
    if not 0 < kept <= count or values.elements != rows * kept or places.elements != rows * kept:
        raise Unsupported(f"takes {kept} of {count} values to outputs of {values.shape} and {places.shape}")
    c_type = C_TYPES[source.dtype]
    kernel = Kernel(
        (),
        tuple(line.format(rows=rows, count=count, kept=kept, type=c_type) for line in _BODY),
        description=f"insertion into {kept}",
        instructions=source.elements * (6 + 3 * kept),
    )
    return bound_step(context, kernel, (0,))
