"""LOGICAL_AND, LOGICAL_OR, LOGICAL_NOT: on bool, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from generator.compiler.context import Context, require_dtype
from generator.compiler.operators.loops import elementwise_step, folded_elements
from generator.compiler.step import Lowered

_EXPRESSIONS: dict[str, tuple[str, Callable[..., np.ndarray], int]] = {
    "LOGICAL_AND": ("a != 0 && b != 0", np.logical_and, 2),
    "LOGICAL_OR": ("a != 0 || b != 0", np.logical_or, 2),
    "LOGICAL_NOT": ("a == 0", np.logical_not, 1),
}


def lower(context: Context) -> Lowered:
    """bool of shapes that broadcast to the output's, to bool. Raises Unsupported for other element types."""
    expression, function, count = _EXPRESSIONS[context.operator.kind]
    positions = tuple(range(count))
    for tensor in (*(context.input(position) for position in positions), context.output()):
        require_dtype(tensor, "bool")
    return folded_elements(context, function, positions) or elementwise_step(
        context, expression, positions, instructions=8
    )
