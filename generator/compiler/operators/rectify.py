"""RELU, RELU6, RELU_N1_TO_1, RELU_0_TO_1: values clamped to a range."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from generator.compiler.arithmetic import (
    multiply_by_quantized_multiplier,
    quanta,
    quantize_multiplier,
    type_range,
)
from generator.compiler.context import Context, quantization, require_dtype, wrong_dtype
from generator.compiler.operators.elementwise_int16 import lower_rectifier
from generator.compiler.operators.tables import lower_table
from generator.compiler.operators.unary_float import lower_float
from generator.compiler.step import Lowered

_RANGES: dict[str, tuple[float, float | None]] = {
    "RELU": (0.0, None),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
    "RELU_0_TO_1": (0.0, 1.0),
}


def lower(context: Context) -> Lowered:
    """int8 and uint8 by a table that is computed here, int16 (RELU and RELU6), or float32.

    Raises Unsupported for other element types.
    """
    source = context.input(0)
    if source.dtype in ("int8", "uint8"):
        return lower_table(context, _bytes(context))
    if source.dtype == "int16" and context.operator.kind in ("RELU", "RELU6"):
        return lower_rectifier(context)
    if source.dtype == "float32":
        return lower_float(context)
    raise wrong_dtype(source)


def _bytes(context: Context) -> Callable[[int], int]:
    """Rescaled, then clamped. RELU6 on int8 is clamped in the input's quanta, as TensorFlow Lite Micro has it."""
    source, target = context.input(0), context.output()
    require_dtype(target, source.dtype)
    taken, given = quantization(source), quantization(target)
    low, high = _RANGES[context.operator.kind]
    if context.operator.kind == "RELU6" and source.dtype == "int8":
        top = quanta(6.0, taken.scale) + taken.zero_point
        return lambda value: min(max(value, taken.zero_point), top)
    pair = quantize_multiplier(float(np.float32(taken.scale) / np.float32(given.scale)))
    least = max(type_range(target.dtype)[0], given.zero_point + quanta(low, given.scale))
    most = type_range(target.dtype)[1]
    if high is not None:
        most = min(most, given.zero_point + quanta(high, given.scale))

    def one(value: int) -> int:
        scaled = multiply_by_quantized_multiplier(value - taken.zero_point, *pair) + given.zero_point
        return min(max(scaled, least), most)

    return one
