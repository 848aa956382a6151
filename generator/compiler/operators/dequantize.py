"""DEQUANTIZE: integers to the real numbers that they represent."""

from __future__ import annotations

import numpy as np

from generator.compiler.c_tables import real_literal
from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.shapes import require_shape
from generator.compiler.step import Folded, Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """int8, uint8 or int16 with one scale to float32 of the same shape; float16 only as a constant.

    A constant is folded, also one with a scale per channel. Source: ``reference_ops::Dequantize``; its product of
    doubles is exact, so a product of floats rounds to the same value. Raises Unsupported for the rest.
    """
    source, target = context.input(0), context.output()
    operator = context.operator
    require_dtype(target, "float32")
    require_shape(source.shape, target.shape)
    known = context.known(0)
    if source.dtype == "float16":
        if known is None:
            raise Unsupported("converts float16 at run time", "convert the model with float32 activations")
        return Folded(operator.index, operator.kind, {target.index: known.astype(np.float32)})
    require_dtype(source, "int8", "uint8", "int16")
    if known is not None:
        return Folded(operator.index, operator.kind, {target.index: dequantised(context, 0)})
    if len(quantization(source).scales) != 1:
        raise Unsupported("has an input quantised along channels", "quantise the tensor with one scale")
    scale, zero = quantization(source).scale, quantization(source).zero_point
    value = f"in0[i] - {zero}".replace("- -", "+ ") if zero else "in0[i]"
    kernel = Kernel(
        (),
        (
            f"for (int32_t i = 0; i < {source.elements}; i++) {{{{",
            f"  out0[i] = {real_literal(float(np.float32(scale)))} * (float)({value});",
            "}}",
        ),
        description="integer to float",
        instructions=8 * source.elements,
    )
    return bound_step(context, kernel)


def dequantised(context: Context, position: int) -> np.ndarray:
    """The real values of a constant input, float32 in its shape; one scale, or one per index of an axis.

    Raises Unsupported where the content is computed at run time or the scales don't match the shape.
    """
    found, content = quantization(context.input(position)), context.constant(position, "values")
    shape = [1] * content.ndim
    if len(found.scales) > 1:
        if not 0 <= found.axis < content.ndim or content.shape[found.axis] != len(found.scales):
            raise Unsupported(f"has {len(found.scales)} scales for the shape {content.shape}")
        shape[found.axis] = len(found.scales)
    zeros = np.array(found.zero_points or (0,), np.int64)
    zeros = zeros.reshape(shape) if len(zeros) > 1 else zeros.reshape([1] * content.ndim)
    scales = np.array(found.scales, np.float32).reshape(shape)
    return (scales.astype(np.float64) * (content.astype(np.int64) - zeros)).astype(np.float32)
