"""ABS."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from generator.compiler.arithmetic import multiply_by_quantized_multiplier, quantize_multiplier
from generator.compiler.context import Context, quantization, wrong_dtype
from generator.compiler.operators.elementwise_int16 import lower_abs
from generator.compiler.operators.tables import lower_table
from generator.compiler.operators.unary_float import lower_float, lower_integer
from generator.compiler.step import Lowered


def lower(context: Context) -> Lowered:
    """[…] to the same shape. int8 and int16 are rescaled to the output; int32, int64 and float32 are not.

    Source: TensorFlow Lite Micro's ``elementwise.cc``. Raises Unsupported for other element types.
    """
    source = context.input(0)
    if source.dtype == "int8":
        return lower_table(context, _int8(context))
    if source.dtype == "int16":
        return lower_abs(context)
    if source.dtype in ("int32", "int64"):
        return lower_integer(context)
    if source.dtype == "float32":
        return lower_float(context)
    raise wrong_dtype(source)


def _int8(context: Context) -> Callable[[int], int]:
    """The quotient of the scales is one of floats, as TensorFlow Lite Micro has it."""
    taken, given = quantization(context.input(0)), quantization(context.output())
    pair = quantize_multiplier(float(np.float32(taken.scale) / np.float32(given.scale)))

    def one(value: int) -> int:
        size = abs(value - taken.zero_point)
        if taken.scale != given.scale:
            size = multiply_by_quantized_multiplier(size, *pair)
        return size + given.zero_point

    return one
