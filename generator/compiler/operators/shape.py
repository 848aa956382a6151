"""SHAPE, RANK: known from the input's shape alone. BROADCAST_ARGS: the shape to which two shapes are broadcast."""

from __future__ import annotations

import numpy as np

from generator.compiler.context import NUMPY, Context, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.shapes import require_shape
from generator.compiler.step import Folded, Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """int32 or int64: [rank] for SHAPE, [] for RANK. Raises Unsupported for other element types of the output."""
    if context.operator.kind == "BROADCAST_ARGS":
        return _broadcast(context)
    source, target = context.input(0), context.output()
    require_dtype(target, "int32", "int64")
    shape: tuple[int, ...] = source.shape
    content = np.array(shape if context.operator.kind == "SHAPE" else len(shape), NUMPY[target.dtype])
    require_shape(content.shape, target.shape)
    values = {target.index: content}
    return Folded(context.operator.index, context.operator.kind, values, "known from the input's shape")


def _broadcast(context: Context) -> Lowered:
    """Inputs: two shapes [rank]. Shapes that are computed at run time are not checked."""
    operator, target = context.operator, context.output()
    dtype = require_dtype(target, "int32", "int64")
    for position in (0, 1):
        require_dtype(context.input(position), dtype)
        if len(context.input(position).shape) != 1:
            raise Unsupported(f"broadcasts a shape of shape {context.input(position).shape}")
    ranks = [context.input(position).elements for position in (0, 1)]
    require_shape((max(ranks),), target.shape)
    first, second = context.known(0), context.known(1)
    if first is not None and second is not None:
        try:
            content = np.broadcast_shapes(tuple(first.tolist()), tuple(second.tolist()))
        except ValueError as fault:
            raise Unsupported(f"can't broadcast the shapes {first.tolist()} and {second.tolist()}") from fault
        return Folded(operator.index, operator.kind, {target.index: np.array(content, NUMPY[dtype])})
    lines = []
    for axis in range(max(ranks)):
        at = [axis - max(ranks) + rank for rank in ranks]
        terms = [f"in{number}[{place}]" for number, place in enumerate(at) if place >= 0]
        value = terms[0] if len(terms) == 1 else f"{terms[0]} == 1 ? {terms[1]} : {terms[0]}"
        lines.append(f"out0[{axis}] = {value};")
    return bound_step(context, Kernel((), tuple(lines), instructions=6 * max(ranks)))
