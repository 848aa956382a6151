"""RESIZE_BILINEAR: [N, H, W, C] to [N, OH, OW, C]."""

from __future__ import annotations

from generator.compiler.context import Context, wrong_dtype
from generator.compiler.operators.resize_float import lower_float
from generator.compiler.operators.resize_integer import lower_integer
from generator.compiler.step import Lowered


def lower(context: Context) -> Lowered:
    """float32, uint8, int8 or int16. Raises Unsupported for other element types."""
    dtype = context.input(0).dtype
    if dtype in ("float32", "uint8"):
        return lower_float(context)
    if dtype in ("int8", "int16"):
        return lower_integer(context)
    raise wrong_dtype(context.input(0))
