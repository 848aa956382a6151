"""TRANSPOSE_CONV on int8."""

from __future__ import annotations

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.layers import spread_window
from generator.compiler.operators.layers_int8 import int8_layer
from generator.compiler.operators.transpose_conv_float import spread_members
from generator.compiler.step import Lowered


def lower_int8(context: Context) -> Lowered:
    """Inputs: output shape, weights [C_OUT, KH, KW, C], input [N, H, W, C], bias; per channel or per tensor.

    Source: ``reference_integer_ops::TransposeConv``.
    """
    operator, weights, source, target = (
        context.operator,
        context.input(1),
        context.input(2),
        context.output(),
    )
    require_dtype(weights, "int8")
    require_dtype(target, "int8")
    window = spread_window(context)
    channels = target.shape[3]
    shared, constants = int8_layer(context, source, weights, 3)
    values: dict[str, int | float | str] = {
        "images": source.shape[0],
        **spread_members(window),
        "input_channels": source.shape[3],
        "output_channels": channels,
        **shared,
    }
    macs = source.elements * window.kernel[0] * window.kernel[1] * channels
    kernel = Kernel(
        ("transpose_conv_s8.h",),
        struct_body("mlf_transpose_conv_s8_layer", values, "mlf_transpose_conv_s8(in0, out0, &layer);"),
        constants=constants,
        description=f"{window.kernel[0]}x{window.kernel[1]}",
        macs=macs,
        instructions=5 * macs + 60 * target.elements,
    )
    return kernel.step(operator.index, operator.kind, (source.index,), (target.index,))
