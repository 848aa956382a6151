"""LOGISTIC: 1 / (1 + exp(-x))."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from generator.compiler import fixed_point
from generator.compiler.arithmetic import multiply_by_quantized_multiplier, rounding_divide_by_pot
from generator.compiler.context import Context, quantization, wrong_dtype
from generator.compiler.operators.elementwise_int16 import lower_sigmoid
from generator.compiler.operators.tables import lower_real_table, lower_table
from generator.compiler.operators.unary_float import lower_float
from generator.compiler.step import Lowered, Unsupported

_INTEGER_BITS = 4


def lower(context: Context) -> Lowered:
    """int8 (output scale 1/256, zero point -128) and uint8 by a table that is computed here, int16, or float32.

    Raises Unsupported for other element types and output scales.
    """
    source = context.input(0)
    if source.dtype == "int8":
        require_output(context, 1 / 256, -128)
        return lower_table(context, _int8(context))
    if source.dtype == "uint8":
        return lower_real_table(context, lambda x: np.float32(1) / (np.float32(1) + np.exp(-x)))
    if source.dtype == "float32":
        return lower_float(context)
    if source.dtype == "int16":
        return lower_sigmoid(context)
    raise wrong_dtype(source)


def require_output(context: Context, scale: float, zero_point: int) -> None:
    """Raise Unsupported unless the output has the scale (within 1e-5 of it) and zero point of the reference."""
    found = quantization(context.output())
    if found.zero_point != zero_point or not math.isclose(found.scale, scale, rel_tol=1e-5):
        raise Unsupported(
            f"has an output of scale {found.scale:g} and zero point {found.zero_point}, "
            f"not {scale:g} and {zero_point}"
        )


def fixed_input(context: Context) -> tuple[int, int, int, int]:
    """(zero point, multiplier, shift, radius) that bring an int8 input to 4 integer bits.

    An input that differs from the zero point by the radius or more gives an extreme output.
    Raises Unsupported for an input scale beyond the reference kernel's range.
    """
    found = quantization(context.input(0))
    fraction, shift = math.frexp(found.scale * (1 << (31 - _INTEGER_BITS)))
    if shift <= -31:
        raise Unsupported(f"has an input of scale {found.scale:g}, beyond the reference kernel's range")
    radius = math.floor(((1 << _INTEGER_BITS) - 1) * (1 << (31 - _INTEGER_BITS)) / 2.0**shift)
    return found.zero_point, math.floor(fraction * (1 << 31) + 0.5), shift, radius


def _int8(context: Context) -> Callable[[int], int]:
    """Source: ``reference_integer_ops::Logistic``."""
    zero, multiplier, shift, radius = fixed_input(context)

    def one(value: int) -> int:
        if abs(value - zero) >= radius:
            return 127 if value - zero > -radius else -128
        scaled = multiply_by_quantized_multiplier(value - zero, multiplier, shift)
        return rounding_divide_by_pot(fixed_point.logistic(scaled, _INTEGER_BITS), 23) - 128

    return one
