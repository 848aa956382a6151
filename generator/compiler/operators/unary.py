"""Operators of one input that treat each element alike."""

from __future__ import annotations

from generator.compiler.context import Context, wrong_dtype
from generator.compiler.operators.elementwise_int16 import lower_rsqrt
from generator.compiler.operators.unary_float import lower_float, lower_integer
from generator.compiler.operators.unary_int8 import lower_int8
from generator.compiler.step import Lowered


def lower(context: Context) -> Lowered:
    """float32; int8 for EXP, GELU, LOG, RSQRT; int16 for RSQRT; int32 and int64 for NEG and SIGN.

    Raises Unsupported for other element types.
    """
    dtype = context.input(0).dtype
    if dtype == "float32":
        return lower_float(context)
    if dtype == "int16" and context.operator.kind == "RSQRT":
        return lower_rsqrt(context)
    if dtype == "int8":
        return lower_int8(context)
    if dtype in ("int32", "int64"):
        return lower_integer(context)
    raise wrong_dtype(context.input(0))
