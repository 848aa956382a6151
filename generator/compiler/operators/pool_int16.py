"""AVERAGE_POOL_2D, MAX_POOL_2D on int16."""

from __future__ import annotations

from generator.compiler.arithmetic import activation_range
from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.windows import window_members, window_of
from generator.compiler.step import Lowered, Unsupported


def lower_int16(context: Context) -> Lowered:
    """[N, H, W, C] to [N, H', W', C], int16 with one scale for both.

    Cells outside the image are left out of averages.
    Raises Unsupported for different scales, and for shapes that don't match.
    """
    operator, source, target = context.operator, context.input(0), context.output()
    require_dtype(target, "int16")
    window = window_of(
        context, source, target, (operator.integer("filter_height"), operator.integer("filter_width"))
    )
    if source.shape[3] != target.shape[3]:
        raise Unsupported(f"has {source.shape[3]} input and {target.shape[3]} output channels")
    if quantization(source) != quantization(target):
        raise Unsupported("has an input and an output of different scales")
    low, high = activation_range(operator.integer("fused_activation_function"), target)
    values: dict[str, int | float | str] = {
        "max": int(operator.kind == "MAX_POOL_2D"),
        **window_members(window, source, target),
        "low": low,
        "high": high,
    }
    kernel = Kernel(
        ("pool_s16.h",),
        struct_body("mlf_pool_s16_layer", values, "mlf_pool_s16(in0, out0, &layer);"),
        description=f"{window.kernel[0]}x{window.kernel[1]}",
        instructions=14 * target.elements * window.kernel[0] * window.kernel[1],
    )
    return bound_step(context, kernel, (0,))
