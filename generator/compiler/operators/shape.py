"""SHAPE, RANK: known from the input's shape alone."""

from __future__ import annotations

import numpy as np

from generator.compiler.context import NUMPY, Context, require_dtype
from generator.compiler.operators.shapes import require_shape
from generator.compiler.step import Folded, Lowered


def lower(context: Context) -> Lowered:
    """int32 or int64: [rank] for SHAPE, [] for RANK. Raises Unsupported for other element types of the output."""
    source, target = context.input(0), context.output()
    require_dtype(target, "int32", "int64")
    shape: tuple[int, ...] = source.shape
    content = np.array(shape if context.operator.kind == "SHAPE" else len(shape), NUMPY[target.dtype])
    require_shape(content.shape, target.shape)
    values = {target.index: content}
    return Folded(context.operator.index, context.operator.kind, values, "known from the input's shape")
