"""CONV_2D on int8 whose weights have fewer channels than the input: in groups."""

from __future__ import annotations

import numpy as np

from generator.compiler.arithmetic import activation_range, quantize_multiplier
from generator.compiler.context import Context, quantization
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.layers import convolution_groups
from generator.compiler.operators.windows import bias_of, layer_scales, window_members, window_of
from generator.compiler.step import Constant, Step


def lower_groups(context: Context) -> Step:
    """Per channel or per tensor; double rounding. Source: ``reference_integer_ops::ConvPerChannel``."""
    operator, source, weights, target = (
        context.operator,
        context.input(0),
        context.input(1),
        context.output(),
    )
    groups = convolution_groups(context)
    channels, height, width, depth = weights.shape
    window = window_of(context, source, target, (height, width))
    bias = bias_of(context, 2, channels)
    scales = layer_scales(source, weights, target, channels, 0)
    rows = np.array([quantize_multiplier(float(scale)) for scale in scales], np.int32)
    low, high = activation_range(operator.integer("fused_activation_function"), target)
    values: dict[str, int | float | str] = {
        **window_members(window, source, target),
        "groups": groups,
        "input_zero_point": quantization(source).zero_point,
        "output_zero_point": quantization(target).zero_point,
        "low": low,
        "high": high,
        "weights": "weights",
        "bias": "bias",
        "quantisation": "quantisation",
    }
    macs = target.elements * height * width * depth
    kernel = Kernel(
        ("conv_groups_s8.h",),
        struct_body("mlf_conv_groups_s8_layer", values, "mlf_conv_groups_s8(in0, out0, &layer);"),
        constants=(
            Constant("weights", "int8_t", context.constant(1, "weights").reshape(-1)),
            Constant("bias", "int32_t", np.zeros(channels, np.int32) if bias is None else bias),
            Constant("quantisation", "int32_t", rows.reshape(-1)),
        ),
        description=f"{height}x{width} in {groups} groups",
        macs=macs,
        instructions=5 * macs + 60 * target.elements,
    )
    return kernel.step(operator.index, operator.kind, (source.index,), (target.index,))
