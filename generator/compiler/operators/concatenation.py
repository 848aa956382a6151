"""CONCATENATION: tensors that differ along one axis only, one after the other along it."""

from __future__ import annotations

from generator.compiler.arithmetic import NONE
from generator.compiler.context import Context, quantization
from generator.compiler.operators.shapes import axis_of, require_shape
from generator.compiler.operators.views import Move, lower_moves, view_of
from generator.compiler.step import Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """Any number of inputs of one rank and element type; quantised ones share the output's scale and zero point.

    Raises Unsupported for a fused activation, and for inputs that don't make up the output.
    """
    target = context.output()
    axis = axis_of(context.operator.integer("axis"), len(target.shape))
    if context.operator.integer("fused_activation_function") != NONE:
        raise Unsupported("has a fused activation", "apply the activation after the concatenation")
    moves, at = [], 0
    for position in range(len(context.operator.inputs)):
        source = context.input(position)
        if len(source.shape) != len(target.shape):
            raise Unsupported(f"concatenates the shape {source.shape} into {target.shape}")
        if target.dtype in ("int8", "uint8", "int16"):
            own, whole = quantization(source), quantization(target)
            if (own.scale, own.zero_point) != (whole.scale, whole.zero_point):
                raise Unsupported(
                    f"concatenates {source.name!r}, whose scale or zero point is not the output's",
                    "convert the model again: converters give the inputs of a concatenation one scale",
                )
        size = source.shape[axis]
        if at + size > target.shape[axis]:
            break
        piece = view_of(target).take(axis, at, size)
        require_shape(source.shape, piece.extents)
        moves.append(Move(view_of(source), piece, input=position))
        at += size
    if at != target.shape[axis] or len(moves) != len(context.operator.inputs):
        raise Unsupported(f"concatenates inputs that don't make up the output's shape {target.shape}")
    return lower_moves(context, moves, "concatenation")
