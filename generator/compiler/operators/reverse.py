"""REVERSE_V2: a tensor backwards along constant axes."""

from __future__ import annotations

from generator.compiler.context import Context
from generator.compiler.operators.shapes import axis_of, numbers, require_shape
from generator.compiler.operators.views import Move, lower_moves, view_of
from generator.compiler.step import Lowered


def lower(context: Context) -> Lowered:
    """Input 1: constant axes. Any element type; the output has the input's shape.

    Raises Unsupported for other shapes.
    """
    source, target = context.input(0), context.output()
    require_shape(source.shape, target.shape)
    view = view_of(source)
    for axis in {axis_of(axis, len(source.shape)) for axis in numbers(context, 1, "axes")}:
        if source.shape[axis]:
            view = view.take(axis, source.shape[axis] - 1, source.shape[axis], -1)
    return lower_moves(context, [Move(view, view_of(target))], "reversal")
