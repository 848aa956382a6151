"""STRIDED_SLICE: ``x[begin:end:stride, …]`` with constant bounds, as NumPy has it."""

from __future__ import annotations

from generator.compiler.context import Context
from generator.compiler.operators.shapes import numbers, require_shape
from generator.compiler.operators.views import Move, View, lower_moves, view_of
from generator.compiler.step import Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """Inputs 1 to 3: constant begins, ends and strides. Bit i of a mask belongs to the i-th bound.

    Any element type.
    Source: ``strided_slice_logic.h``. Raises Unsupported for bounds that don't suit the tensor.
    """
    source, target = context.input(0), context.output()
    operator = context.operator
    begins = numbers(context, 1, "begins")
    bounds = list(
        zip(
            begins,
            numbers(context, 2, "ends", len(begins)),
            numbers(context, 3, "strides", len(begins)),
            strict=True,
        )
    )
    masks = {
        name: operator.integer(f"{name}_mask")
        for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    }
    view = view_of(source)
    extents: list[int] = []
    strides: list[int] = []
    offset, axis = 0, 0
    written = sum(
        not masks["new_axis"] >> i & 1 and not masks["ellipsis"] >> i & 1 for i in range(len(bounds))
    )
    if masks["ellipsis"] & (masks["ellipsis"] - 1) or written > len(source.shape):
        raise Unsupported(f"has {len(bounds)} bounds for {len(source.shape)} dimensions")
    for number, (begin, end, stride) in enumerate(bounds):
        if masks["ellipsis"] >> number & 1:
            for _ in range(len(source.shape) - written):
                extents.append(view.extents[axis])
                strides.append(view.strides[axis])
                axis += 1
            continue
        if masks["new_axis"] >> number & 1:
            extents.append(1)
            strides.append(0)
            continue
        size = source.shape[axis]
        if stride == 0:
            raise Unsupported("has a stride of 0")
        shrink = bool(masks["shrink_axis"] >> number & 1)
        whole = bool(masks["begin"] >> number & 1)
        first = _bound(begin, size, stride) if not whole else (0 if stride > 0 else size - 1)
        if shrink:
            if not 0 <= first < size:
                raise Unsupported(f"takes element {begin} of {size} along axis {axis}")
            offset += first * view.strides[axis]
        else:
            behind = end + first if operator.integer("offset") else end
            last = _bound(behind, size, stride)
            if masks["end"] >> number & 1:
                last = size if stride > 0 else -1
            count = max(-(-(last - first) // stride) if stride > 0 else -(-(first - last) // -stride), 0)
            offset += first * view.strides[axis] if count else 0
            extents.append(count)
            strides.append(stride * view.strides[axis])
        axis += 1
    extents += view.extents[axis:]
    strides += view.strides[axis:]
    require_shape(tuple(extents), target.shape)
    taken = View(tuple(extents), tuple(strides), offset)
    return lower_moves(context, [Move(taken, view_of(target))], "strided slice")


def _bound(bound: int, size: int, stride: int) -> int:
    """A bound counted from the front, within 0 .. size, or -1 .. size - 1 for negative strides."""
    bound += size if bound < 0 else 0
    return min(max(bound, 0), size) if stride > 0 else min(max(bound, -1), size - 1)
