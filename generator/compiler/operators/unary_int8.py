"""EXP, GELU, LOG, RSQRT on int8: a table of 256, computed here."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from generator.compiler.arithmetic import multiply_by_quantized_multiplier, quantize_multiplier
from generator.compiler.context import Context, quantization, wrong_dtype
from generator.compiler.fixed_point import inverse_root
from generator.compiler.operators.tables import lower_real_table, lower_table
from generator.compiler.step import Lowered

#: behind the point, between the two scalings of an inverse root
_KEPT_BITS = 20
_erf = np.vectorize(math.erf, otypes=[np.float64])


def _gelu(x: np.ndarray) -> np.ndarray:
    half = np.float32(0.5) * x
    found: np.ndarray = half * (np.float32(1) + _erf(x * np.float32(math.sqrt(0.5))).astype(np.float32))
    return found


def _gelu_approximate(x: np.ndarray) -> np.ndarray:
    inner = np.float32(2 / math.sqrt(math.pi) * math.sqrt(0.5)) * (x + np.float32(0.044715) * x * x * x)
    found: np.ndarray = np.float32(0.5) * x * (np.float32(1) + np.tanh(inner))
    return found


_FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "EXP": np.exp,
    "LOG": np.log,
}


def _inverse_root(context: Context) -> Callable[[int], int]:
    """What is not positive gives the greatest output; the reference kernel stops there, or does so at 0."""
    taken, given = quantization(context.input(0)), quantization(context.output())
    multiplier, shift = quantize_multiplier(1.0 / (math.sqrt(taken.scale) * given.scale))

    def one(stored: int) -> int:
        value = stored - taken.zero_point
        if value <= 0:
            return 127
        root, root_shift = inverse_root(value)
        found = multiply_by_quantized_multiplier(1, root, root_shift + _KEPT_BITS)
        return multiply_by_quantized_multiplier(found, multiplier, shift - _KEPT_BITS) + given.zero_point

    return one


def lower_int8(context: Context) -> Lowered:
    """int8 to int8 of the same shape, by a table that is computed here.

    As LiteRT's reference kernels; of these, TensorFlow Lite Micro has only RSQRT on int8. Raises Unsupported for
    other kinds.
    """
    kind = context.operator.kind
    if kind == "GELU":
        return lower_real_table(
            context, _gelu_approximate if context.operator.integer("approximate") else _gelu
        )
    if kind == "RSQRT":
        return lower_table(context, _inverse_root(context))
    if kind not in _FUNCTIONS:
        raise wrong_dtype(context.input(0))
    return lower_real_table(context, _FUNCTIONS[kind])
