"""CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, TRANSPOSE_CONV on int16 with int8 weights."""

from __future__ import annotations

from generator.compiler.context import Context
from generator.compiler.operators.layers import (
    convolution_groups,
    depthwise_multiplier,
    rows_of,
    spread_window,
)
from generator.compiler.operators.transpose_conv_float import spread_members
from generator.compiler.operators.weights_int16 import INT32, step_of, weights_kernel
from generator.compiler.operators.windows import window_members, window_of
from generator.compiler.step import Lowered


def lower_conv_2d(context: Context) -> Lowered:
    """Input [N, H, W, C_IN], weights [C_OUT, KH, KW, C_IN / groups].

    Raises Unsupported for shapes that don't match.
    """
    source, weights, target = context.input(0), context.input(1), context.output()
    groups = convolution_groups(context)
    window = window_of(context, source, target, (weights.shape[1], weights.shape[2]))
    values = {
        **window_members(window, source, target),
        "groups": groups,
    }
    kernel = weights_kernel(context, "conv_s16", values, channels=target.shape[3], axis=0)
    macs = target.elements * weights.elements // weights.shape[0]
    return step_of(context, kernel, 0, macs, macs * 4 + target.elements * 40)


def lower_depthwise_conv_2d(context: Context) -> Lowered:
    """Input [N, H, W, C], weights [1, KH, KW, C * multiplier]. Raises Unsupported for shapes that don't match."""
    source, weights, target = context.input(0), context.input(1), context.output()
    multiplier = depthwise_multiplier(context)
    window = window_of(context, source, target, (weights.shape[1], weights.shape[2]))
    values = {
        **window_members(window, source, target),
        "multiplier": multiplier,
    }
    kernel = weights_kernel(
        context, "depthwise_s16", values, channels=target.shape[3], axis=3, biases=("int64",)
    )
    macs = target.elements * weights.shape[1] * weights.shape[2]
    return step_of(context, kernel, 0, macs, macs * 12 + target.elements * 40)


def lower_fully_connected(context: Context) -> Lowered:
    """Input [..., K], weights [N, K]. Raises Unsupported for shapes that don't match."""
    source, weights, target = context.input(0), context.input(1), context.output()
    rows = rows_of(source, weights, target)
    outputs, inputs = weights.shape
    values = {"rows": rows, "inputs": inputs, "outputs": outputs}
    kernel = weights_kernel(context, "fully_connected_s16", values, channels=outputs, axis=0)
    macs = rows * inputs * outputs
    return step_of(context, kernel, 0, macs, macs * 4 + rows * outputs * 30)


def lower_transpose_conv(context: Context) -> Lowered:
    """Input 2 [N, H, W, C_IN], weights (input 1) [C_OUT, KH, KW, C_IN].

    Raises Unsupported for shapes that don't match.
    """
    weights, source, target = context.input(1), context.input(2), context.output()
    window = spread_window(context)
    # Without this option, both interpreters read an int32 bias as int64, past its end.
    stated = context.operator.integer("quantized_bias_type") == INT32
    biases = ("int64", "int32") if stated else ("int64", "int16")
    values = {
        "batches": source.shape[0],
        **spread_members(window),
        "input_channels": source.shape[3],
        "output_channels": target.shape[3],
    }
    kernel = weights_kernel(
        context,
        "transpose_conv_s16",
        values,
        source=2,
        bias=3,
        channels=target.shape[3],
        axis=0,
        biases=biases,
    )
    cells = weights.shape[1] * weights.shape[2]
    macs = source.elements * cells * target.shape[3]
    return step_of(context, kernel, 2, macs, macs * 5 + target.elements * cells * 25)
