"""MEAN, SUM and other operators that make one value of many."""

from __future__ import annotations

from generator.compiler.context import Context, wrong_dtype
from generator.compiler.operators.reduce_float import lower_float
from generator.compiler.operators.reduce_quantised import lower_quantised
from generator.compiler.step import Lowered


def lower(context: Context) -> Lowered:
    """Input 1: the constant axes. float32, int32, int64, bool, int8 or int16, as far as they have the kind.

    Raises Unsupported for others.
    """
    dtype = context.input(0).dtype
    if dtype in ("float32", "int32", "int64", "bool"):
        return lower_float(context)
    if dtype in ("int8", "int16"):
        return lower_quantised(context)
    raise wrong_dtype(context.input(0))
