"""TRANSPOSE_CONV on int8."""

from __future__ import annotations

import numpy as np

from generator.compiler.arithmetic import activation_range, quantize_multiplier
from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.layers import spread_window
from generator.compiler.operators.transpose_conv_float import spread_members
from generator.compiler.operators.windows import bias_of, layer_scales
from generator.compiler.step import Constant, Lowered


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
    bias = bias_of(context, 3, channels)
    scales = layer_scales(source, weights, target, channels, 0)
    rows = np.array([quantize_multiplier(float(scale)) for scale in scales], np.int32)
    low, high = activation_range(operator.integer("fused_activation_function"), target)
    values: dict[str, int | float | str] = {
        "images": source.shape[0],
        **spread_members(window),
        "input_channels": source.shape[3],
        "output_channels": channels,
        "input_zero_point": quantization(source).zero_point,
        "output_zero_point": quantization(target).zero_point,
        "low": low,
        "high": high,
        "weights": "weights",
        "bias": "bias",
        "quantisation": "quantisation",
    }
    macs = source.elements * window.kernel[0] * window.kernel[1] * channels
    kernel = Kernel(
        ("transpose_conv_s8.h",),
        struct_body("mlf_transpose_conv_s8_layer", values, "mlf_transpose_conv_s8(in0, out0, &layer);"),
        constants=(
            Constant("weights", "int8_t", context.constant(1, "weights").reshape(-1)),
            Constant("bias", "int32_t", np.zeros(channels, np.int32) if bias is None else bias),
            Constant("quantisation", "int32_t", rows.reshape(-1)),
        ),
        description=f"{window.kernel[0]}x{window.kernel[1]}",
        macs=macs,
        instructions=5 * macs + 60 * target.elements,
    )
    return kernel.step(operator.index, operator.kind, (source.index,), (target.index,))
