"""TRANSPOSE_CONV on floats."""

from __future__ import annotations

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.kernels.window import Window, members
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.layers import check_bias, float_range, optional_argument, spread_window
from generator.compiler.step import Lowered


def lower_float(context: Context) -> Lowered:
    """Inputs: output shape, weights [C_OUT, KH, KW, C], input [N, H, W, C], bias [C_OUT] or left out; all float32.

    Raises Unsupported for other element types, and for shapes that don't match.
    """
    weights, source, target = context.input(1), context.input(2), context.output()
    require_dtype(weights, "float32")
    require_dtype(source, "float32")
    require_dtype(target, "float32")
    window = spread_window(context)
    check_bias(context, 3, target.shape[3], "float32")
    low, high = float_range(context)
    values: dict[str, int | float | str] = {
        "batches": source.shape[0],
        **spread_members(window),
        "input_channels": source.shape[3],
        "output_channels": target.shape[3],
        "low": low,
        "high": high,
    }
    bias = "in2" if optional_argument(context, 3) != "0" else "0"
    call = f"mlf_transpose_conv_f32(in1, in0, {bias}, out0, &layer);"
    macs = source.elements * window.kernel[0] * window.kernel[1] * target.shape[3]
    kernel = Kernel(
        ("transpose_conv_f32.h",),
        struct_body("mlf_transpose_conv_f32_layer", values, call),
        description=f"{window.kernel[0]}x{window.kernel[1]}",
        macs=macs,
        instructions=7 * macs + 30 * target.elements * window.kernel[0] * window.kernel[1],
    )
    return bound_step(context, kernel, (1, 2, 3))


def spread_members(window: Window) -> dict[str, int]:
    """The members that a transposed convolution has: it knows no dilation."""
    return {name: value for name, value in members(window).items() if not name.startswith("dilation")}
