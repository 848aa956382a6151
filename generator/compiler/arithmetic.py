"""The reference kernels' integer arithmetic, as far as the compiler needs it: scales to multipliers, clamps, tables.

Sources: gemmlowp's ``fixedpoint.h``; TensorFlow Lite's ``kernels/internal/common.h`` and ``quantization_util.cc``.
"""

from __future__ import annotations

import math

import numpy as np

from generator.compiler.context import quantization
from generator.compiler.step import Unsupported
from generator.model.network import NetworkTensor

#: ActivationFunctionType of the schema
NONE, RELU, RELU_N1_TO_1, RELU6, TANH, SIGN_BIT = range(6)

_RANGES = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767), "int32": (-(2**31), 2**31 - 1)}


def quantize_multiplier(real: float) -> tuple[int, int]:
    """(multiplier, shift): real is about multiplier * 2^(shift - 31); multiplier is 0 or 2^30 .. 2^31 - 1.

    A positive shift shifts left. Source: ``QuantizeMultiplier``. Raises Unsupported for anything but a finite number.
    """
    if not math.isfinite(real):
        raise Unsupported("has scales whose quotient is beyond the range of numbers")
    if real == 0.0:
        return 0, 0
    fraction, exponent = math.frexp(real)
    multiplier = math.floor(fraction * (1 << 31) + 0.5)
    if multiplier == 1 << 31:
        multiplier //= 2
        exponent += 1
    if exponent < -31:
        return 0, 0
    if exponent > 30:
        return (1 << 31) - 1, 30
    return multiplier, exponent


def rounding_doubling_high_mul(a: int, b: int) -> int:
    """Source: ``SaturatingRoundingDoublingHighMul``; a and b are int32."""
    if a == b == -(2**31):
        return 2**31 - 1
    product = a * b
    nudge = (1 << 30) if product >= 0 else 1 - (1 << 30)
    total = product + nudge
    return total >> 31 if total >= 0 else -((-total) >> 31)


def rounding_divide_by_pot(x: int, exponent: int) -> int:
    """x / 2^exponent, ties away from zero. Source: ``RoundingDivideByPOT``."""
    mask = (1 << exponent) - 1
    remainder = x & mask
    threshold = (mask >> 1) + (1 if x < 0 else 0)
    return (x >> exponent) + (1 if remainder > threshold else 0)


def multiply_by_quantized_multiplier(x: int, multiplier: int, shift: int) -> int:
    """Double rounding. Source: ``MultiplyByQuantizedMultiplier`` without single rounding; the shift left wraps."""
    left, right = max(shift, 0), max(-shift, 0)
    shifted = (x << left) & 0xFFFFFFFF
    shifted -= (1 << 32) if shifted >= 1 << 31 else 0
    return rounding_divide_by_pot(rounding_doubling_high_mul(shifted, multiplier), right)


def type_range(dtype: str) -> tuple[int, int]:
    """(least, greatest) value of int8, uint8, int16 or int32. Raises KeyError for other element types."""
    return _RANGES[dtype]


def quanta(real: float, scale: float) -> int:
    """real over scale, in float32 as the reference, half away from zero. Raises Unsupported beyond int32."""
    with np.errstate(over="ignore"):
        value = float(np.float32(real) / np.float32(scale))
    if abs(value) >= 2.0**31:
        raise Unsupported(f"has an output of scale {scale:g}, too small for its activation")
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def activation_range(activation: int, output: NetworkTensor) -> tuple[int, int]:
    """(low, high), in the output's integers, that a fused activation clamps to.

    activation: the schema's ActivationFunctionType. Source: ``CalculateActivationRangeQuantized``.
    Raises Unsupported for activations that the reference kernels lack.
    """
    low, high = type_range(output.dtype)
    scale, zero = quantization(output).scale, quantization(output).zero_point

    if activation == NONE:
        return low, high
    if activation == RELU:
        return max(low, zero + quanta(0.0, scale)), high
    if activation == RELU6:
        return max(low, zero + quanta(0.0, scale)), min(high, zero + quanta(6.0, scale))
    if activation == RELU_N1_TO_1:
        return max(low, zero + quanta(-1.0, scale)), min(high, zero + quanta(1.0, scale))
    raise Unsupported(f"has the fused activation number {activation}, which the reference kernels lack")


def float_activation_range(activation: int) -> tuple[float, float] | None:
    """(low, high) of a fused activation on floats, or None without one.

    Raises Unsupported for activations that the reference kernels lack.
    """
    ranges = {RELU: (0.0, math.inf), RELU6: (0.0, 6.0), RELU_N1_TO_1: (-1.0, 1.0)}
    if activation == NONE:
        return None
    if activation not in ranges:
        raise Unsupported(f"has the fused activation number {activation}, which the reference kernels lack")
    return ranges[activation]


def same_padding(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """(output size, cells before the first) of padding SAME along one dimension; the rest comes after."""
    out = -(-size // stride)
    total = max((out - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return out, total // 2
