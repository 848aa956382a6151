"""GATHER_ND: slices at the places that the indices name. EMBEDDING_LOOKUP: rows of a table."""

from __future__ import annotations

from math import prod

import numpy as np

from generator.compiler.c_tables import real_literal
from generator.compiler.context import NUMPY, Context, quantization, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.shapes import require_shape
from generator.compiler.operators.views import dense
from generator.compiler.step import C_TYPES, Folded, Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """Any element type that C has. Raises Unsupported for known indices beyond the shape."""
    return _embedding(context) if context.operator.kind == "EMBEDDING_LOOKUP" else _gather(context)


def _gather(context: Context) -> Lowered:
    """Inputs: values, indices [..., D]. Indices that are known are checked; others are brought into their range."""
    source, indices, target = context.input(0), context.input(1), context.output()
    require_dtype(indices, "int16", "int32", "int64")
    require_dtype(target, require_dtype(source, *C_TYPES))
    depth = indices.shape[-1] if indices.shape else 0
    if not 0 < depth <= len(source.shape):
        raise Unsupported(f"has indices of shape {indices.shape} into the shape {source.shape}")
    extents = source.shape[:depth]
    require_shape((*indices.shape[:-1], *source.shape[depth:]), target.shape)
    known, content = context.known(1), context.known(0)
    if known is not None and (np.any(known < 0) or np.any(known >= np.array(extents))):
        raise Unsupported(f"picks elements beyond the shape {extents}")
    if known is not None and content is not None:
        values = {target.index: content[tuple(np.moveaxis(known, -1, 0))]}
        return Folded(context.operator.index, context.operator.kind, values)
    if 0 in extents and target.elements:
        raise Unsupported(f"picks elements of the shape {source.shape}")
    strides = dense(source.shape).strides
    terms = []
    for axis, extent in enumerate(extents):
        at = f"(int32_t)in1[i * {depth} + {axis}]"
        terms.append(f"{at if known is not None else f'mlf_clamp({at}, 0, {extent - 1})'} * {strides[axis]}")
    return _rows(context, " + ".join(terms), prod(indices.shape[:-1]), prod(source.shape[depth:]), known)


def _embedding(context: Context) -> Lowered:
    """Inputs: indices [N], table [R, ...]. A table of int8 may give floats."""
    indices, table, target = context.input(0), context.input(1), context.output()
    require_dtype(indices, "int32")
    require_dtype(table, *C_TYPES)
    if len(indices.shape) != 1 or len(table.shape) < 2 or 0 in table.shape:
        raise Unsupported(f"has indices of shape {indices.shape} into a table of shape {table.shape}")
    require_shape((*indices.shape, *table.shape[1:]), target.shape)
    rows, inner, known = table.shape[0], prod(table.shape[1:]), context.known(0)
    if known is not None and (np.any(known < 0) or np.any(known >= rows)):
        raise Unsupported(f"picks rows beyond the {rows} of the table")
    at = "in0[i]" if known is not None else f"mlf_clamp(in0[i], 0, {rows - 1})"
    if table.dtype == target.dtype:
        return _rows(context, f"{at} * {inner}", indices.elements, inner, known, "in1")
    require_dtype(table, "int8")
    require_dtype(target, "float32")
    found = quantization(table)
    if found.zero_point or len(found.scales) != 1:
        raise Unsupported("has a table with a zero point or with scales of its own for rows")
    lines = (
        f"for (int32_t i = 0; i < {indices.elements}; i++) {{{{",
        f"  const int8_t *row = in1 + {at} * {inner};",
        f"  for (int32_t j = 0; j < {inner}; j++) {{{{",
        f"    out0[i * {inner} + j] = {real_literal(found.scale)} * (float)row[j];",
        "  }}",
        "}}",
    )
    kernel = Kernel(
        ("requantize.h",),
        lines,
        description=f"rows of {inner}, to floats",
        instructions=8 * target.elements,
        notes=_notes(known),
    )
    return bound_step(context, kernel, (0, 1))


def _rows(
    context: Context, place: str, count: int, inner: int, known: np.ndarray | None, source: str = "in0"
) -> Lowered:
    """count copies of inner elements each. place: of a copy's first element, by ``i``."""
    target, operator = context.output(), context.operator
    if not target.elements:
        values = {target.index: np.zeros(target.shape, NUMPY[target.dtype])}
        return Folded(operator.index, operator.kind, values, "has no elements")
    size = target.size_bytes // target.elements * inner
    lines = (
        f"for (int32_t i = 0; i < {count}; i++) {{{{",
        f"  memcpy(out0 + i * {inner}, {source} + {place}, {size}u);",
        "}}",
    )
    kernel = Kernel(
        ("requantize.h",),
        lines,
        description=f"rows of {inner}",
        instructions=count * (20 + size // 3),
        notes=_notes(known),
    )
    return bound_step(context, kernel, (0, 1))


def _notes(known: np.ndarray | None) -> tuple[str, ...]:
    return () if known is not None else ("indices beyond the shape pick its nearest end",)
