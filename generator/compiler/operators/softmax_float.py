"""SOFTMAX, LOG_SOFTMAX, L2_NORMALIZATION on floats, along the last dimension."""

from __future__ import annotations

from generator.compiler.c_tables import real_literal
from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.step import Lowered, Overlap, Unsupported


def lower_float(context: Context) -> Lowered:
    """[..., C] to [..., C], float32; may overwrite its input.

    Raises Unsupported for other types, and for a fused activation.
    """
    operator, source, target = context.operator, context.input(0), context.output()
    require_dtype(target, "float32")
    if not source.shape or source.shape != target.shape or source.elements == 0:
        raise Unsupported(f"has an input of shape {source.shape} and an output of shape {target.shape}")
    if operator.integer("fused_activation_function"):
        raise Unsupported("has a fused activation, which the reference kernels lack")
    count = source.shape[-1]
    sizes = f"{source.elements // count}, {count}"
    body, cost = {
        "SOFTMAX": (f"mlf_softmax_f32(in0, out0, {sizes}, {real_literal(operator.real('beta'))});", 90),
        "LOG_SOFTMAX": (f"mlf_log_softmax_f32(in0, out0, {sizes});", 75),
        "L2_NORMALIZATION": (f"mlf_l2_normalize_f32(in0, out0, {sizes});", 25),
    }[operator.kind]
    kernel = Kernel(
        ("softmax_f32.h",), (body,), overlaps=(Overlap(0, 0, 0),), instructions=cost * source.elements
    )
    return bound_step(context, kernel, (0,))
