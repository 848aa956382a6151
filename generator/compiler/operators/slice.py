"""SLICE: a box of a tensor, from constant begins and sizes."""

from __future__ import annotations

from generator.compiler.context import Context
from generator.compiler.operators.shapes import numbers, require_shape
from generator.compiler.operators.views import Move, lower_moves, view_of
from generator.compiler.step import Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """Inputs 1 and 2: constant begins and sizes [rank]; a size of -1 reaches to the end. Any element type.

    Raises Unsupported for a box that leaves the tensor.
    """
    source, target = context.input(0), context.output()
    rank = len(source.shape)
    begins, sizes = numbers(context, 1, "begins", rank), numbers(context, 2, "sizes", rank)
    view = view_of(source)
    for axis, (begin, size, extent) in enumerate(zip(begins, sizes, source.shape, strict=True)):
        count = extent - begin if size == -1 else size
        if begin < 0 or count < 0 or begin + count > extent:
            raise Unsupported(f"takes {count} elements from {begin} on of {extent} along axis {axis}")
        view = view.take(axis, begin, count)
    require_shape(view.extents, target.shape)
    return lower_moves(context, [Move(view, view_of(target))], "slice")
