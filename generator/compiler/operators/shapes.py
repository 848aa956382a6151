"""What operators read from constants about shapes: axes, sizes, amounts."""

from __future__ import annotations

from generator.compiler.context import Context
from generator.compiler.step import Unsupported


def axis_of(axis: int, rank: int) -> int:
    """The axis, counted from the front. Raises Unsupported where there is no such axis."""
    if not -rank <= axis < rank:
        raise Unsupported(f"works along axis {axis} of {rank} dimensions")
    return axis % rank


def numbers(context: Context, position: int, what: str, count: int | None = None) -> tuple[int, ...]:
    """An input of whole numbers that must be known, flattened.

    what: what the numbers are, for messages. count: how many there must be. Raises Unsupported where they are
    computed at run time, are not integers, or are more or fewer.
    """
    tensor = context.input(position)
    if tensor.dtype not in ("int32", "int64", "int16", "int8", "uint8"):
        raise Unsupported(f"has {what} of {tensor.dtype}")
    found = tuple(int(value) for value in context.constant(position, what).reshape(-1))
    if count is not None and len(found) != count:
        raise Unsupported(f"has {len(found)} {what}, not {count}")
    return found


def require_shape(found: tuple[int, ...], shape: tuple[int, ...]) -> None:
    """Raises Unsupported where an output's shape is not what the operator gives."""
    if tuple(found) != tuple(shape):
        raise Unsupported(f"gives the shape {tuple(found)}, but its output has {tuple(shape)}")
