"""BATCH_MATMUL: [..., M, K] x [..., K, N]."""

from __future__ import annotations

from generator.compiler.context import Context, wrong_dtype
from generator.compiler.operators.batch_matmul_float import lower_float
from generator.compiler.operators.batch_matmul_int8 import lower_int8, lower_int16
from generator.compiler.step import Lowered


def lower(context: Context) -> Lowered:
    """float32, int8 or int16; either matrix may be stored transposed.

    Raises Unsupported for other element types.
    """
    dtype = context.input(0).dtype
    if dtype == "float32":
        return lower_float(context)
    if dtype == "int8":
        return lower_int8(context)
    if dtype == "int16":
        return lower_int16(context)
    raise wrong_dtype(context.input(0))
