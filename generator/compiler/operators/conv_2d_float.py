"""CONV_2D on floats."""

from __future__ import annotations

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.layers import (
    check_bias,
    convolution_groups,
    float_range,
    optional_argument,
)
from generator.compiler.operators.windows import window_members, window_of
from generator.compiler.step import Lowered


def lower_float(context: Context) -> Lowered:
    """Everything float32; weights [C_OUT, KH, KW, C_IN / groups], bias [C_OUT] or left out.

    Both may be computed at run time. Raises Unsupported for other element types, and for shapes that don't match.
    """
    source, weights, target = context.input(0), context.input(1), context.output()
    require_dtype(weights, "float32")
    require_dtype(target, "float32")
    groups = convolution_groups(context)
    check_bias(context, 2, target.shape[-1], "float32")
    window = window_of(context, source, target, (weights.shape[1], weights.shape[2]))
    low, high = float_range(context)
    values: dict[str, int | float | str] = {
        **window_members(window, source, target),
        "groups": groups,
        "low": low,
        "high": high,
    }
    call = f"mlf_conv_f32(in0, in1, {optional_argument(context, 2)}, out0, &layer);"
    macs = target.elements * weights.elements // max(weights.shape[0], 1)
    kernel = Kernel(
        ("conv_f32.h",),
        struct_body("mlf_conv_f32_layer", values, call),
        description=f"{window.kernel[0]}x{window.kernel[1]}, 4 channels per pass",
        macs=macs,
        instructions=round(macs * 3.5 + target.elements * 15),
    )
    return bound_step(context, kernel, (0, 1, 2))
