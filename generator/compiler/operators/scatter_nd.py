"""SCATTER_ND: slices added to zeros at the places that the indices name; places outside the output are left out."""

from __future__ import annotations

from math import prod

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.views import dense
from generator.compiler.step import C_TYPES, Lowered, Unsupported

_UNSIGNED = {"int8": "uint8_t", "uint8": "uint8_t", "int32": "uint32_t", "int64": "uint64_t"}


def lower(context: Context) -> Lowered:
    """Inputs: indices int32 [..., D], updates [..., slice], the output's shape.

    float32, or integers, whose sums wrap.
    Raises Unsupported for other element types, and for shapes that don't match.
    """
    indices, updates, target = context.input(0), context.input(1), context.output()
    require_dtype(indices, "int32")
    dtype = require_dtype(updates, "float32", *_UNSIGNED)
    require_dtype(target, dtype)
    depth = indices.shape[-1] if indices.shape else 0
    if not 0 < depth <= len(target.shape) or 0 in indices.shape:
        raise Unsupported(f"has indices of shape {indices.shape} for an output of shape {target.shape}")
    size = prod(target.shape[depth:])
    if updates.elements != prod(indices.shape[:-1]) * size:
        raise Unsupported(f"has updates of shape {updates.shape} for indices of shape {indices.shape}")
    c_type = C_TYPES[dtype]
    unsigned = _UNSIGNED.get(dtype)
    extents, strides = target.shape[:depth], dense(target.shape).strides[:depth]
    inside = " && ".join(f"at[{i}] >= 0 && at[{i}] < {extent}" for i, extent in enumerate(extents))
    place = " + ".join(f"at[{i}] * {stride}" for i, stride in enumerate(strides))
    source = f"in1[i * {size} + j]"
    total = f"to[j] + {source}" if unsigned is None else f"({unsigned})to[j] + ({unsigned}){source}"
    body = (
        f"memset(out0, 0, {target.size_bytes}u);",
        f"for (int32_t i = 0; i < {prod(indices.shape[:-1])}; i++) {{{{",
        f"  const int32_t *at = in0 + i * {depth};",
        f"  if ({inside}) {{{{",
        f"    {c_type} *to = out0 + {place};",
        f"    for (int32_t j = 0; j < {size}; j++) {{{{",
        f"      to[j] = ({c_type})({total});",
        "    }}",
        "  }}",
        "}}",
    )
    kernel = Kernel(
        (), body, description=f"slices of {size}", instructions=target.elements + 8 * updates.elements
    )
    return bound_step(context, kernel, (0, 1))
