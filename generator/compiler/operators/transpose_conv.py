"""TRANSPOSE_CONV: [N, H, W, C] with weights [C_OUT, KH, KW, C] to [N, OH, OW, C_OUT]."""

from __future__ import annotations

from generator.compiler.context import Context, wrong_dtype
from generator.compiler.operators.layers_int16 import lower_transpose_conv
from generator.compiler.operators.transpose_conv_float import lower_float
from generator.compiler.operators.transpose_conv_int8 import lower_int8
from generator.compiler.step import Lowered


def lower(context: Context) -> Lowered:
    """Input 2 is float32, int16 or int8. Raises Unsupported for other element types."""
    dtype = context.input(2).dtype
    if dtype == "float32":
        return lower_float(context)
    if dtype == "int16":
        return lower_transpose_conv(context)
    if dtype == "int8":
        return lower_int8(context)
    raise wrong_dtype(context.input(0))
