"""MEAN, SUM and other operators that make one value of many."""

from __future__ import annotations

from generator.compiler.context import Context, wrong_dtype
from generator.compiler.operators.reduce_float import lower_float
from generator.compiler.operators.reduce_int8 import lower_int8
from generator.compiler.step import Lowered


def lower(context: Context) -> Lowered:
    """Input 1: the constant axes. float32, int32, int64, or int8 (not REDUCE_PROD).

    Raises Unsupported for other element types.
    """
    dtype = context.input(0).dtype
    if dtype in ("float32", "int32", "int64"):
        return lower_float(context)
    if dtype == "int8":
        return lower_int8(context)
    raise wrong_dtype(context.input(0))
