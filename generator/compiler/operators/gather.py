"""GATHER: elements along an axis, picked by indices."""

from __future__ import annotations

from math import prod

import numpy as np

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.shapes import axis_of, require_shape
from generator.compiler.operators.views import nest
from generator.compiler.step import C_TYPES, Folded, Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """Input 0: values, any element type; input 1: indices, an integer type. Options: axis, batch_dims.

    Constant indices are checked; others are clamped to the axis at run time. Raises Unsupported for indices out of
    range, empty axes, and shapes that don't match.
    """
    source, indices, target = context.input(0), context.input(1), context.output()
    require_dtype(indices, "int8", "int16", "int32", "int64")
    require_dtype(source, *C_TYPES)
    axis = axis_of(context.operator.integer("axis"), len(source.shape))
    batches = context.operator.integer("batch_dims")
    batches += len(indices.shape) if batches < 0 else 0
    if not 0 <= batches <= min(axis, len(indices.shape)) or source.shape[:batches] != indices.shape[:batches]:
        raise Unsupported(f"has {batches} batch dimensions in the shapes {source.shape} and {indices.shape}")
    shape = (*source.shape[:axis], *indices.shape[batches:], *source.shape[axis + 1 :])
    require_shape(shape, target.shape)
    size = source.shape[axis]
    known, content = context.known(1), context.known(0)
    if known is not None and (np.any(known < 0) or np.any(known >= size)):
        raise Unsupported(f"picks elements beyond the {size} along axis {axis}")
    if known is not None and content is not None and batches == 0:
        values = {target.index: np.take(content, known, axis)}
        return Folded(context.operator.index, context.operator.kind, values)
    if size == 0 and target.elements:
        raise Unsupported("picks elements of an empty axis")
    inner = prod(source.shape[axis + 1 :])
    picks = prod(indices.shape[batches:])
    bytes_ = source.size_bytes // max(source.elements, 1)
    index = f"in1[i0 * {picks} + i2]" if batches else "in1[i2]"
    outer = (prod(source.shape[:batches]), prod(source.shape[batches:axis]), picks)
    row = f"(i0 * {outer[1]} + i1)"
    lines = [f"int32_t at = (int32_t){index};"]
    if known is None:
        lines.append(f"at = at < 0 ? 0 : at >= {size} ? {size - 1} : at;")
    lines.append(
        f"memcpy(out0 + ({row} * {picks} + i2) * {inner}, in0 + ({row} * {size} + at) * {inner}, "
        f"{inner * bytes_}u);"
    )
    body = tuple(nest(outer, lines)) if target.elements else ()
    notes = () if known is not None else ("indices beyond the axis pick its nearest end",)
    return bound_step(context, Kernel((), body, description="picks rows", notes=notes))
