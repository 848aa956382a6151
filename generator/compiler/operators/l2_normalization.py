"""L2_NORMALIZATION: rows of the last dimension over their length."""

from __future__ import annotations

from generator.compiler.arithmetic import NONE
from generator.compiler.context import Context, quantization, require_dtype, wrong_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.logistic import require_output
from generator.compiler.operators.shapes import require_shape
from generator.compiler.operators.softmax_float import lower_float
from generator.compiler.step import Lowered, Overlap, Unsupported

#: squares of 16 bits that an int32 holds
_MAX_DEPTH = 1 << 15


def lower(context: Context) -> Lowered:
    """[..., C] int8 or float32. Raises Unsupported for other element types."""
    dtype = context.input(0).dtype
    if dtype == "int8":
        return _int8(context)
    if dtype == "float32":
        return lower_float(context)
    raise wrong_dtype(context.input(0))


def _int8(context: Context) -> Lowered:
    """Source: ``reference_integer_ops::L2Normalization``."""
    source, target = context.input(0), context.output()
    require_dtype(target, "int8")
    require_shape(source.shape, target.shape)
    require_output(context, 1 / 128, 0)
    if context.operator.integer("fused_activation_function") != NONE:
        raise Unsupported("has a fused activation", "apply the activation after the normalisation")
    depth = source.shape[-1] if source.shape else 1
    if not 0 < depth <= _MAX_DEPTH:
        raise Unsupported(f"runs over {depth:,} elements; 1 to {_MAX_DEPTH:,} are possible")
    rows, zero = source.elements // depth, quantization(source).zero_point
    kernel = Kernel(
        ("l2_normalization_s8.h",),
        (f"mlf_l2_normalization_s8(in0, out0, {rows}, {depth}, {zero});",),
        overlaps=(Overlap(0, 0, 0),),
        description="root in fixed point",
        instructions=rows * (26 * depth + 250),
    )
    return bound_step(context, kernel, (0,))
