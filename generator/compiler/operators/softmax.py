"""SOFTMAX and LOG_SOFTMAX over the last dimension."""

from __future__ import annotations

import math

import numpy as np

from generator.compiler import fixed_point
from generator.compiler.arithmetic import quantize_multiplier, rounding_doubling_high_mul
from generator.compiler.context import Context, quantization, require_dtype, wrong_dtype
from generator.compiler.kernels.kernel import struct_body
from generator.compiler.operators.softmax_float import lower_float
from generator.compiler.operators.softmax_int16 import lower_int16
from generator.compiler.step import Constant, Lowered, Overlap, Step, Unsupported
from generator.model.network import NetworkTensor

#: integer bits of a scaled difference
_INTEGER_BITS = 5
_FRACTION_BITS = 31 - _INTEGER_BITS
_MAX_DEPTH = 4095
#: output type -> (scale, zero point, bits)
_OUTPUTS = {"int8": (1 / 256, -128, 8), "int16": (1 / 65536, -32768, 16)}


def lower(context: Context) -> Lowered:
    """[..., C] int8, int16 or float32. Raises Unsupported for other element types."""
    source, target = context.input(0), context.output()
    if source.dtype == "int8" and context.operator.kind == "LOG_SOFTMAX":
        return _log_int8(context, source, target)
    if source.dtype == "int8":
        return _int8(context, source, target)
    if source.dtype == "float32":
        return lower_float(context)
    if source.dtype == "int16" and context.operator.kind == "SOFTMAX":
        return lower_int16(context)
    raise wrong_dtype(source)


def _int8(context: Context, source: NetworkTensor, target: NetworkTensor) -> Step:
    """Source: ``reference_ops::Softmax`` with int8 in, int8 or int16 out."""
    scale, zero_point, bits = _OUTPUTS[require_dtype(target, *_OUTPUTS)]
    depth = _depth(source, target)
    given = quantization(target)
    if not math.isclose(given.scale, scale, rel_tol=1e-3) or given.zero_point != zero_point:
        raise Unsupported(
            f"has an output whose scale is not 2^-{bits} or whose zero point is not {zero_point}"
        )
    table = exponentials(context.operator.real("beta", 1.0), quantization(source).scale)
    rows = source.elements // depth
    function = "mlf_softmax_s8" if bits == 8 else "mlf_softmax_s8_s16"
    return Step(
        context.operator.index,
        context.operator.kind,
        (source.index,),
        (target.index,),
        (f"{function}(in0, out0, {rows}, {depth}, {{exponentials}});",),
        headers=("softmax_s8.h",),
        constants=(Constant("exponentials", "int32_t", table),),
        overlaps=(Overlap(0, 0, 0),) if bits == 8 else (),
        kernel="exponentials from a table",
        instructions=rows * (depth * 28 + 120),
    )


def _log_int8(context: Context, source: NetworkTensor, target: NetworkTensor) -> Step:
    """Source: ``reference_ops::LogSoftmax`` on int8; ``PreprocessLogSoftmaxScalingExp``."""
    require_dtype(target, "int8")
    depth, given = _depth(source, target), quantization(target)
    if given.scale != 1 / 16 or given.zero_point != 127:
        raise Unsupported("has an output whose scale is not 1/16 or whose zero point is not 127")
    multiplier, shift, radius = _scaling(1.0, quantization(source).scale)
    inverse = quantize_multiplier((1 << (31 - shift)) / multiplier)
    values: dict[str, int | float | str] = {
        "rows": source.elements // depth,
        "depth": depth,
        "scale.multiplier": multiplier,
        "scale.shift": shift,
        "inverse.multiplier": inverse[0],
        "inverse.shift": inverse[1],
        "least": -radius,
        "exponentials": "exponentials",
    }
    return Step(
        context.operator.index,
        context.operator.kind,
        (source.index,),
        (target.index,),
        struct_body("mlf_log_softmax_s8_layer", values, "mlf_log_softmax_s8(in0, out0, &layer);"),
        headers=("log_softmax_s8.h",),
        constants=(Constant("exponentials", "int32_t", exponentials(1.0, quantization(source).scale)),),
        overlaps=(Overlap(0, 0, 0),),
        kernel="exponentials from a table",
        instructions=source.elements // depth * (depth * 40 + 300),
    )


def _depth(source: NetworkTensor, target: NetworkTensor) -> int:
    """Elements of a row. Raises Unsupported for shapes that differ, and for more than can be summed."""
    depth = source.shape[-1] if source.shape else 1
    if source.shape != target.shape or depth == 0:
        raise Unsupported(f"turns the shape {source.shape} into {target.shape}")
    if depth > _MAX_DEPTH:
        raise Unsupported(f"runs over {depth:,} elements; at most {_MAX_DEPTH:,} can be summed exactly")
    return depth


def _scaling(beta: float, scale: float) -> tuple[int, int, int]:
    """(multiplier, shift left, greatest distance that counts) from distances to Q5.26."""
    if not beta > 0:
        raise Unsupported(
            f"has the beta {beta:g}, not a positive number", "convert the model with a beta of 1"
        )
    real = min(beta * scale * (1 << _FRACTION_BITS), (1 << 31) - 1.0)
    multiplier, shift = quantize_multiplier(real)
    if shift < 0 or multiplier == 0:
        raise Unsupported(f"has an input scale of {scale:g}, too small for the reference kernel")
    return multiplier, shift, int(((1 << _INTEGER_BITS) - 1) * (1 << _FRACTION_BITS) / (1 << shift))


def exponentials(beta: float, scale: float) -> np.ndarray:
    """int32 [256]: exp(-beta * scale * distance) in Q0.31 by the distance to the greatest element, 0 if too far.

    Sources: ``PreprocessSoftmaxScaling``, ``CalculateInputRadius``. Raises Unsupported for a scale that is too
    small for the reference kernel.
    """
    multiplier, shift, radius = _scaling(beta, scale)
    values = [
        fixed_point.exp_on_negative_values(
            rounding_doubling_high_mul(-distance << shift, multiplier), _INTEGER_BITS
        )
        if distance <= radius
        else 0
        for distance in range(256)
    ]
    return np.array(values, np.int64).astype(np.int32)
