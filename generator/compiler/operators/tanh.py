"""TANH."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from generator.compiler import fixed_point
from generator.compiler.arithmetic import multiply_by_quantized_multiplier, rounding_divide_by_pot
from generator.compiler.context import Context, wrong_dtype
from generator.compiler.operators.elementwise_int16 import lower_sigmoid
from generator.compiler.operators.logistic import fixed_input, require_output
from generator.compiler.operators.tables import lower_real_table, lower_table
from generator.compiler.operators.unary_float import lower_float
from generator.compiler.step import Lowered

_INTEGER_BITS = 4


def lower(context: Context) -> Lowered:
    """int8 (output scale 1/128, zero point 0) and uint8 by a table that is computed here, int16, or float32.

    Raises Unsupported for other element types and output scales.
    """
    source = context.input(0)
    if source.dtype == "int8":
        require_output(context, 1 / 128, 0)
        return lower_table(context, _int8(context))
    if source.dtype == "uint8":
        return lower_real_table(context, np.tanh)
    if source.dtype == "float32":
        return lower_float(context)
    if source.dtype == "int16":
        return lower_sigmoid(context)
    raise wrong_dtype(source)


def _int8(context: Context) -> Callable[[int], int]:
    """Source: ``reference_integer_ops::Tanh``."""
    zero, multiplier, shift, radius = fixed_input(context)

    def one(value: int) -> int:
        if abs(value - zero) >= radius:
            return 127 if value - zero > -radius else -128
        scaled = multiply_by_quantized_multiplier(value - zero, multiplier, shift)
        return rounding_divide_by_pot(fixed_point.tanh(scaled, _INTEGER_BITS), 24)

    return one
