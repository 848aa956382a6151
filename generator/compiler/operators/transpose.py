"""TRANSPOSE: [D0, D1, …] to the axes' order of a constant permutation."""

from __future__ import annotations

from generator.compiler.context import Context
from generator.compiler.operators.shapes import axis_of, numbers, require_shape
from generator.compiler.operators.views import Move, lower_moves, view_of
from generator.compiler.step import Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """Input 1: a constant permutation; output axis i is input axis permutation[i]. Any element type.

    Raises Unsupported for something that is not a permutation.
    """
    source, target = context.input(0), context.output()
    rank = len(source.shape)
    order = [axis_of(axis, rank) for axis in numbers(context, 1, "axes of a permutation", rank)]
    if sorted(order) != list(range(rank)):
        raise Unsupported(f"has the permutation {order}, which names an axis twice")
    view = view_of(source).transpose(order)
    require_shape(view.extents, target.shape)
    return lower_moves(context, [Move(view, view_of(target))], "transposition")
