"""What layers on int8 whose weights keep the model's order share: members of the C layer, and constants."""

from __future__ import annotations

import numpy as np

from generator.compiler.arithmetic import activation_range, quantize_multiplier
from generator.compiler.context import Context, quantization
from generator.compiler.operators.windows import bias_of, layer_scales
from generator.compiler.step import Constant
from generator.model.network import NetworkTensor


def int8_layer(
    context: Context, source: NetworkTensor, weights: NetworkTensor, bias_position: int
) -> tuple[dict[str, int | float | str], tuple[Constant, ...]]:
    """(members, constants) of a layer with weights of zero point 0 and a scale for each output channel, or one.

    weights: operand 1, [C_OUT, ...]. Raises Unsupported for a bias or scales that don't fit.
    """
    target = context.output()
    channels = weights.shape[0]
    bias = bias_of(context, bias_position, channels)
    scales = layer_scales(source, weights, target, channels, 0)
    rows = np.array([quantize_multiplier(float(scale)) for scale in scales], np.int32)
    low, high = activation_range(context.operator.integer("fused_activation_function"), target)
    members: dict[str, int | float | str] = {
        "input_zero_point": quantization(source).zero_point,
        "output_zero_point": quantization(target).zero_point,
        "low": low,
        "high": high,
        "weights": "weights",
        "bias": "bias",
        "quantisation": "quantisation",
    }
    constants = (
        Constant("weights", "int8_t", context.constant(1, "weights").reshape(-1)),
        Constant("bias", "int32_t", np.zeros(channels, np.int32) if bias is None else bias),
        Constant("quantisation", "int32_t", rows.reshape(-1)),
    )
    return members, constants
