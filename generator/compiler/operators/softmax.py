"""SOFTMAX over the last dimension."""

from __future__ import annotations

import numpy as np

from generator.compiler.arithmetic import (
    quantize_multiplier,
    rounding_divide_by_pot,
    rounding_doubling_high_mul,
)
from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.operators.softmax_float import lower_float
from generator.compiler.step import Constant, Lowered, Overlap, Step, Unsupported
from generator.model.network import NetworkTensor

#: integer bits of a scaled difference
_INTEGER_BITS = 5
_FRACTION_BITS = 31 - _INTEGER_BITS
#: exp(-2^n) in Q0.31, n from -2; source: gemmlowp's ``exp_on_negative_values``
_BARREL = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
_EXP_MINUS_EIGHTH = 1895147668
_THIRD = 715827883


def lower(context: Context) -> Lowered:
    source, target = context.input(0), context.output()
    if source.dtype == "int8":
        return _int8(context, source, target)
    if source.dtype == "float32":
        return lower_float(context)
    raise Unsupported(f"is not supported on {source.dtype} ({source.name!r})")


def _int8(context: Context, source: NetworkTensor, target: NetworkTensor) -> Step:
    """Source: ``reference_ops::Softmax`` with int8 in and out."""
    require_dtype(target, "int8")
    depth = source.shape[-1] if source.shape else 1
    if source.shape != target.shape or depth == 0:
        raise Unsupported(f"turns the shape {source.shape} into {target.shape}")
    given = quantization(target)
    if given.scale != 1 / 256 or given.zero_point != -128:
        raise Unsupported("has an output whose scale is not 1/256 or whose zero point is not -128")
    if depth > 4096:
        raise Unsupported(f"runs over {depth:,} elements; at most 4,096 can be summed exactly")
    table = exponentials(context.operator.real("beta", 1.0), quantization(source).scale)
    rows = source.elements // depth
    return Step(
        context.operator.index,
        context.operator.kind,
        (source.index,),
        (target.index,),
        (f"mlf_softmax_s8(in0, out0, {rows}, {depth}, {{exponentials}});",),
        headers=("softmax_s8.h",),
        constants=(Constant("exponentials", "int32_t", table),),
        overlaps=(Overlap(0, 0, 0),),
        kernel="exponentials from a table",
        instructions=rows * (depth * 28 + 120),
    )


def exponentials(beta: float, scale: float) -> np.ndarray:
    """int32 [256]: exp(-beta * scale * distance) in Q0.31 by the distance to the greatest element, 0 if too far.

    Source: ``PreprocessSoftmaxScaling``, ``CalculateInputRadius``.
    """
    real = min(beta * scale * (1 << _FRACTION_BITS), (1 << 31) - 1.0)
    multiplier, shift = quantize_multiplier(real)
    if shift < 0:
        raise Unsupported(f"has an input scale of {scale:g}, too small for the reference kernel")
    radius = int(((1 << _INTEGER_BITS) - 1) * (1 << _FRACTION_BITS) / (1 << shift))
    values = [
        _exp(rounding_doubling_high_mul(-distance << shift, multiplier)) if distance <= radius else 0
        for distance in range(256)
    ]
    return np.array(values, np.int64).astype(np.int32)


def _exp(a: int) -> int:
    """exp of a <= 0 in Q5.26, as Q0.31."""
    if a == 0:
        return (1 << 31) - 1
    quarter = 1 << (_FRACTION_BITS - 2)
    inside = (a & (quarter - 1)) - quarter
    x = (inside << _INTEGER_BITS) + (1 << 28)
    mul = rounding_doubling_high_mul
    x2 = mul(x, x)
    x3, x4 = mul(x2, x), mul(x2, x2)
    series = rounding_divide_by_pot(mul(rounding_divide_by_pot(x4, 2) + x3, _THIRD) + x2, 1)
    result = _EXP_MINUS_EIGHTH + mul(_EXP_MINUS_EIGHTH, x + series)
    rest = inside - a
    for number, factor in enumerate(_BARREL):
        if rest & (1 << (_FRACTION_BITS - 2 + number)):
            result = mul(result, factor)
    return result
