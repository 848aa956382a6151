"""PACK: tensors of one shape, stacked along a new axis. UNPACK: the same backwards."""

from __future__ import annotations

from generator.compiler.context import Context
from generator.compiler.operators.shapes import axis_of, require_shape
from generator.compiler.operators.views import Move, View, lower_moves, view_of
from generator.compiler.step import Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """Tensors [...] to or from [..., count, ...] with the new axis at the option ``axis``. Any element type.

    Raises Unsupported for shapes that don't match.
    """
    pack = context.operator.kind == "PACK"
    stacked = context.output() if pack else context.input(0)
    axis = axis_of(context.operator.integer("axis"), len(stacked.shape))
    count = len(context.operator.inputs if pack else context.operator.outputs)
    if stacked.shape[axis] != count:
        raise Unsupported(f"stacks {count} tensors to the shape {stacked.shape} along axis {axis}")
    moves = []
    for number in range(count):
        single = context.input(number) if pack else context.output(number)
        layer = view_of(stacked).take(axis, number, 1)
        layer = View(
            layer.extents[:axis] + layer.extents[axis + 1 :],
            layer.strides[:axis] + layer.strides[axis + 1 :],
            layer.offset,
        )
        require_shape(single.shape, layer.extents)
        if pack:
            moves.append(Move(view_of(single), layer, input=number))
        else:
            moves.append(Move(layer, view_of(single), output=number))
    return lower_moves(context, moves, "stacking" if pack else "unstacking")
