"""Operators that are one C expression an element, as loops that are printed for their shapes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from generator.compiler.context import NUMPY, Context
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.views import View, dense, merged, nest, place, view_of
from generator.compiler.step import C_TYPES, Folded, Lowered, Overlap, Unsupported


def elementwise_step(
    context: Context,
    expression: str,
    positions: Sequence[int] = (0,),
    *,
    headers: tuple[str, ...] = (),
    instructions: int = 8,
    constants: Kernel | None = None,
    notes: Sequence[str] = (),
    shapes: Mapping[int, tuple[int, ...]] | None = None,
) -> Lowered:
    """Output 0 = expression of the inputs at positions, broadcast to the output's shape.

    expression: C, of the elements a, b, c…; braces doubled. instructions: of one element.
    constants: a kernel whose constants the expression names. shapes: position -> shape in which an input is read.
    """
    target = context.output()
    tensors = [context.input(position) for position in positions]
    views = _views(context, positions, shapes or {})
    extents, rows = merged(target.shape, view_of(target).strides, *(view.strides for view in views))
    lines = [
        f"const {C_TYPES[_readable(tensor.dtype)]} {chr(97 + number)} = in{number}[{place(0, row)}];"
        for number, (tensor, row) in enumerate(zip(tensors, rows[1:], strict=True))
    ]
    lines.append(f"out0[{place(0, rows[0])}] = {expression};")
    body = nest(extents, lines) if extents else ["{{", *lines, "}}"]
    overlaps = tuple(
        Overlap(number, 0, 0)
        for number, tensor in enumerate(tensors)
        if tensor.elements == target.elements and tensor.size_bytes == target.size_bytes
    )
    kernel = Kernel(
        headers,
        tuple(body),
        constants=() if constants is None else constants.constants,
        overlaps=overlaps,
        description="" if len(extents) < 2 else f"broadcast in {len(extents)} loops",
        instructions=instructions * target.elements,
    )
    return bound_step(context, kernel, positions, *notes)


def folded_elements(
    context: Context,
    function: Callable[..., np.ndarray],
    positions: Sequence[int] = (0,),
    shapes: Mapping[int, tuple[int, ...]] | None = None,
) -> Folded | None:
    """Output 0 computed here, where all of its inputs are known; else None. function: of arrays of its shape."""
    target = context.output()
    contents = [context.known(position) for position in positions]
    views = _views(context, positions, shapes or {})
    rows = [
        content.reshape(-1)[view.indices()]
        for content, view in zip(contents, views, strict=True)
        if content is not None
    ]
    if len(rows) != len(contents):
        return None
    content = np.asarray(function(*rows)).astype(NUMPY[target.dtype])
    return Folded(context.operator.index, context.operator.kind, {target.index: content})


def _views(context: Context, positions: Sequence[int], shapes: Mapping[int, tuple[int, ...]]) -> list[View]:
    return [
        dense(shapes.get(position, context.input(position).shape)).broadcast(context.output().shape)
        for position in positions
    ]


def clamped(expression: str, limits: tuple[float, float]) -> tuple[str, tuple[str, ...]]:
    """(expression with a fused activation on floats, the headers that it needs)."""
    low, high = limits
    if low == -math.inf and high == math.inf:
        return expression, ()
    bounds = ", ".join("INFINITY" if math.isinf(value) else f"{value:.1f}f" for value in limits)
    return f"mlf_clamp_f32({expression}, {bounds})", ("float32.h",)


def _readable(dtype: str) -> str:
    if dtype not in C_TYPES:
        raise Unsupported(f"is not supported on {dtype}")
    return dtype
