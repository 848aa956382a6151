"""Operators of two inputs, broadcast to one shape."""

from __future__ import annotations

from generator.compiler.context import Context, wrong_dtype
from generator.compiler.operators.binary_float import lower_float
from generator.compiler.operators.binary_int8 import lower_int8
from generator.compiler.operators.elementwise_int16 import lower_arithmetic
from generator.compiler.step import Lowered


def lower(context: Context) -> Lowered:
    """float32, int32, int64; int8 for those kinds that ``binary_int8`` has; int16 for MAXIMUM and MINIMUM.

    Raises Unsupported for other element types.
    """
    dtype = context.input(0).dtype
    if dtype in ("float32", "int32", "int64"):
        return lower_float(context)
    if dtype == "int8":
        return lower_int8(context)
    if dtype == "int16" and context.operator.kind in ("MAXIMUM", "MINIMUM"):
        return lower_arithmetic(context)
    raise wrong_dtype(context.input(0))
