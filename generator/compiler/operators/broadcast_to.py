"""BROADCAST_TO and TILE: a tensor repeated."""

from __future__ import annotations

from generator.compiler.context import Context
from generator.compiler.operators.shapes import numbers, require_shape
from generator.compiler.operators.views import Move, View, lower_moves, view_of
from generator.compiler.step import Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """Input 1: constant output dimensions (BROADCAST_TO), or how often each axis is repeated (TILE).

    Any element type.
    Raises Unsupported where these don't give the output's shape.
    """
    source, target = context.input(0), context.output()
    if context.operator.kind == "BROADCAST_TO":
        require_shape(numbers(context, 1, "dimensions"), target.shape)
        moves = [Move(view_of(source).broadcast(target.shape), view_of(target))]
        return lower_moves(context, moves, "broadcast")
    times = numbers(context, 1, "multiples", len(source.shape))
    require_shape(tuple(size * n for size, n in zip(source.shape, times, strict=True)), target.shape)
    if min(times, default=1) < 0:
        raise Unsupported(f"repeats a tensor {times} times")
    # both as [times, size, times, size, …]
    read, written = view_of(source), view_of(target)
    extents, strides = [], []
    for axis, size in enumerate(source.shape):
        written = written.split(2 * axis, size) if size else written
        extents += [times[axis], size]
        strides += [0, read.strides[axis]]
    if 0 in target.shape:
        return lower_moves(context, [], "repetition")
    return lower_moves(context, [Move(View(tuple(extents), tuple(strides)), written)], "repetition")
