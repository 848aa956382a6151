"""Operators that are one C expression an element, as loops that are printed for their shapes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from generator.compiler.context import Context
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.views import merged, nest, place, view_of
from generator.compiler.step import C_TYPES, Lowered, Overlap, Unsupported


def elementwise_step(
    context: Context,
    expression: str,
    positions: Sequence[int] = (0,),
    *,
    headers: tuple[str, ...] = (),
    instructions: int = 8,
    constants: Kernel | None = None,
    notes: Sequence[str] = (),
) -> Lowered:
    """Output 0 = expression of the inputs at positions, broadcast to the output's shape.

    expression: C, of the elements a, b, c…; braces doubled. instructions: of one element.
    constants: a kernel whose constants the expression names.
    """
    target = context.output()
    tensors = [context.input(position) for position in positions]
    views = [view_of(tensor).broadcast(target.shape) for tensor in tensors]
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
