"""SELECT_V2: one of two values by a condition, with broadcasting. SELECT: also by a condition for each row."""

from __future__ import annotations

import numpy as np

from generator.compiler.context import Context, require_dtype
from generator.compiler.operators.loops import elementwise_step, folded_elements
from generator.compiler.step import C_TYPES, Alias, Lowered


def lower(context: Context) -> Lowered:
    """Inputs: condition, bool; value where it is true; value where it is false, both of the output's element type.

    Quantised values are copied as they are. Raises Unsupported for other element types.
    """
    condition, target = context.input(0), context.output()
    require_dtype(condition, "bool")
    require_dtype(target, *C_TYPES)
    for position in (1, 2):
        require_dtype(context.input(position), target.dtype)
    known = context.known(0)
    if known is not None and known.size == 1:
        chosen = context.input(1 if known.reshape(-1)[0] else 2)
        if chosen.shape == target.shape:
            note = "the condition is known"
            return Alias(context.operator.index, context.operator.kind, chosen.index, target.index, note)
    shapes = {}
    rows = len(condition.shape) == 1 and condition.shape == target.shape[:1]
    if context.operator.kind == "SELECT" and rows and len(target.shape) > 1:
        shapes[0] = (condition.shape[0], *(1,) * (len(target.shape) - 1))
    return folded_elements(context, np.where, (0, 1, 2), shapes) or elementwise_step(
        context, "a != 0 ? b : c", (0, 1, 2), instructions=9, shapes=shapes
    )
