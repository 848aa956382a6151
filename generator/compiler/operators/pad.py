"""PAD and PADV2: a border of one value. MIRROR_PAD: a border that repeats the tensor backwards."""

from __future__ import annotations

from itertools import product

from generator.compiler.context import Context, quantization, require_symmetric
from generator.compiler.operators.shapes import numbers, require_shape
from generator.compiler.operators.views import Move, lower_moves, view_of
from generator.compiler.step import Lowered, Unsupported

#: MirrorPadMode of the schema
_REFLECT, _SYMMETRIC = 0, 1


def lower(context: Context) -> Lowered:
    """Input 1: constant paddings [rank, 2], before and behind. Input 2 (PADV2): the border's value, a constant.

    Without a value, the border represents the real number 0. Raises Unsupported for negative paddings, unknown
    modes, shapes that don't match, and for a border without a value on int16 with a zero point other than 0.
    """
    source, target = context.input(0), context.output()
    rank = len(source.shape)
    amounts = numbers(context, 1, "paddings", 2 * rank)
    borders = list(zip(amounts[::2], amounts[1::2], strict=True))
    if min(amounts, default=0) < 0:
        raise Unsupported("has a negative padding", "use a slice instead")
    grown = [size + before + after for size, (before, after) in zip(source.shape, borders, strict=True)]
    require_shape(tuple(grown), target.shape)
    if context.operator.kind == "MIRROR_PAD":
        return _mirror(context, borders)
    inner = view_of(target)
    for axis, (before, _) in enumerate(borders):
        inner = inner.take(axis, before, source.shape[axis])
    fill = _filler(context) if source.elements < target.elements else None
    return lower_moves(context, [Move(view_of(source), inner)], "padding", fill)


def _filler(context: Context) -> int | float:
    """The border's value: the given one, or the one that represents the real number zero."""
    target = context.output()
    if context.optional(2) is None:
        if target.dtype in ("int8", "uint8"):
            return quantization(target).zero_point
        # The reference interpreters disagree on it: one writes 0, the other the zero point.
        require_symmetric(target)
        return 0.0 if target.dtype == "float32" else 0
    if context.input(2).dtype != target.dtype:
        raise Unsupported(f"pads {target.dtype} with a value of {context.input(2).dtype}")
    value = context.constant(2, "a padding value").reshape(-1)
    if value.size != 1:
        raise Unsupported(f"has {value.size} padding values, not one")
    return float(value[0]) if target.dtype == "float32" else int(value[0])


def _mirror(context: Context, borders: list[tuple[int, int]]) -> Lowered:
    """3^rank boxes at most: each axis has the border before, the middle and the border behind."""
    source, target = context.input(0), context.output()
    mode = context.operator.integer("mode")
    if mode not in (_REFLECT, _SYMMETRIC):
        raise Unsupported(f"has the mirror mode number {mode}, which is not known")
    edge = 1 if mode == _REFLECT else 0
    choices = []
    for size, (before, after) in zip(source.shape, borders, strict=True):
        if max(before, after) > size - edge:
            raise Unsupported(f"mirrors {max(before, after)} elements of {size}")
        # (first element read, first element written, how many, step of reading)
        parts = [
            (before - 1 + edge, 0, before, -1),
            (0, before, size, 1),
            (size - 1 - edge, before + size, after, -1),
        ]
        choices.append([part for part in parts if part[2]])
    moves = []
    for box in product(*choices):
        read, written = view_of(source), view_of(target)
        for axis, (origin, to, count, step) in enumerate(box):
            read, written = read.take(axis, origin, count, step), written.take(axis, to, count)
        moves.append(Move(read, written))
    return lower_moves(context, moves, "mirrored padding")
