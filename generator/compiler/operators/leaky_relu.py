"""LEAKY_RELU: x, or alpha * x where x is negative."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from generator.compiler.arithmetic import multiply_by_quantized_multiplier, quantize_multiplier
from generator.compiler.context import Context, quantization, wrong_dtype
from generator.compiler.operators.elementwise_int16 import lower_leaky_relu
from generator.compiler.operators.tables import lower_table
from generator.compiler.operators.unary_float import lower_float
from generator.compiler.step import Lowered


def lower(context: Context) -> Lowered:
    """int8 and uint8 by a table that is computed here, int16, or float32.

    Raises Unsupported for other element types.
    """
    source = context.input(0)
    if source.dtype in ("int8", "uint8"):
        return lower_table(context, _bytes(context))
    if source.dtype == "float32":
        return lower_float(context)
    if source.dtype == "int16":
        return lower_leaky_relu(context)
    raise wrong_dtype(source)


def _bytes(context: Context) -> Callable[[int], int]:
    """Source: ``reference_ops::QuantizeLeakyRelu``; its scales are products and quotients of floats."""
    taken, given = quantization(context.input(0)), quantization(context.output())
    scale, over = np.float32(taken.scale), np.float32(given.scale)
    alpha = float(scale * np.float32(context.operator.real("alpha")) / over)
    straight, leaking = quantize_multiplier(float(scale / over)), quantize_multiplier(abs(alpha))
    sign = -1 if alpha < 0 else 1

    def one(value: int) -> int:
        x = value - taken.zero_point
        if x >= 0:
            return multiply_by_quantized_multiplier(x, *straight) + given.zero_point
        return sign * multiply_by_quantized_multiplier(x, *leaking) + given.zero_point

    return one
