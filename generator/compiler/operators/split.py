"""SPLIT (equal parts) and SPLIT_V (stated sizes): a tensor cut along an axis."""

from __future__ import annotations

from generator.compiler.context import Context
from generator.compiler.operators.shapes import axis_of, numbers, require_shape
from generator.compiler.operators.views import Move, lower_moves, view_of
from generator.compiler.step import Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """SPLIT takes the axis and the tensor; SPLIT_V the tensor, constant sizes (one may be -1, the rest), the axis.

    Any element type. Raises Unsupported where the parts don't make up the tensor.
    """
    equal = context.operator.kind == "SPLIT"
    position = 1 if equal else 0
    source = context.input(position)
    (axis,) = numbers(context, 0 if equal else 2, "axis", 1)
    axis = axis_of(axis, len(source.shape))
    parts = len(context.operator.outputs)
    whole = source.shape[axis]
    if equal:
        sizes = [whole // parts] * parts
    else:
        sizes = list(numbers(context, 1, "sizes", parts))
        if sizes.count(-1) == 1:
            sizes[sizes.index(-1)] = whole - sum(sizes) - 1
    if sum(sizes) != whole or min(sizes) < 0:
        raise Unsupported(f"cuts {whole} along axis {axis} into {sizes}")
    moves, at = [], 0
    for number, size in enumerate(sizes):
        target = context.output(number)
        piece = view_of(source).take(axis, at, size)
        require_shape(piece.extents, target.shape)
        moves.append(Move(piece, view_of(target), input=position, output=number))
        at += size
    return lower_moves(context, moves, "split")
