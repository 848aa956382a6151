"""HARD_SWISH: x * min(6, max(0, x + 3)) / 6."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from generator.compiler.arithmetic import quantize_multiplier, rounding_divide_by_pot
from generator.compiler.context import Context, quantization, wrong_dtype
from generator.compiler.operators.tables import lower_table
from generator.compiler.operators.unary_float import lower_float
from generator.compiler.step import Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """int8 and uint8 by a table that is computed here, or float32. Raises Unsupported for other element types."""
    source = context.input(0)
    if source.dtype in ("int8", "uint8"):
        return lower_table(context, _bytes(context))
    if source.dtype == "float32":
        return lower_float(context)
    raise wrong_dtype(source)


def _bytes(context: Context) -> Callable[[int], int]:
    """In int16, step by step. Source: ``reference_ops::HardSwish``."""
    taken, given = quantization(context.input(0)), quantization(context.output())
    high_resolution = np.float32(1 / 128) * np.float32(taken.scale)
    output, output_shift = _int16_multiplier(float(high_resolution / np.float32(given.scale)))
    relu, relu_shift = _int16_multiplier(float(high_resolution / (np.float32(3) / np.float32(32768))))
    if output_shift > 0:
        raise Unsupported(
            f"has an output scale {given.scale:g} too small for its input scale {taken.scale:g}"
        )

    def one(value: int) -> int:
        x = (value - taken.zero_point) * 128
        factor = x
        if relu_shift > 0:
            factor = _saturate(factor << (relu_shift - 1))
        factor = _high_mul(factor, relu)
        if relu_shift > 0:
            factor = _saturate(factor << 1)
        elif relu_shift < 0:
            factor = rounding_divide_by_pot(factor, -relu_shift)
        factor = (factor + 32768) >> 1
        product = factor * _high_mul(x, output)
        high = product >> 15 if product >= 0 else -(-product >> 15)
        return rounding_divide_by_pot(high, -output_shift) + given.zero_point

    return one


def _saturate(value: int) -> int:
    return min(max(value, -32768), 32767)


def _int16_multiplier(real: float) -> tuple[int, int]:
    multiplier, shift = quantize_multiplier(real)
    return min((multiplier + (1 << 15)) >> 16, 32767), shift


def _high_mul(a: int, b: int) -> int:
    """a * b / 2^15, rounded half away from zero; multipliers are never negative."""
    product = a * b + ((1 << 14) if a * b >= 0 else 1 - (1 << 14))
    return product >> 15 if product >= 0 else -(-product >> 15)
