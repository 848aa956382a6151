"""Operators of two inputs, broadcast to one shape."""

from __future__ import annotations

from generator.compiler.context import Context, wrong_dtype
from generator.compiler.operators.binary_float import lower_float
from generator.compiler.operators.binary_quantised import lower_quantised
from generator.compiler.operators.elementwise_int16 import lower_arithmetic
from generator.compiler.step import Lowered


def lower(context: Context) -> Lowered:
    """float32, int32, int64; int8 and int16 for those kinds that ``binary_quantised`` and ``lower_arithmetic`` have.

    Raises Unsupported for other element types.
    """
    dtype = context.input(0).dtype
    if dtype in ("float32", "int32", "int64"):
        return lower_float(context)
    if dtype == "int16" and context.operator.kind in ("MAXIMUM", "MINIMUM"):
        return lower_arithmetic(context)
    if dtype in ("int8", "int16"):
        return lower_quantised(context)
    raise wrong_dtype(context.input(0))
