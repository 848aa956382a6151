"""CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED on floats with int8 weights: the input is quantised at run time.

Within the tolerance for floats, as LiteRT's reference kernels: one scale of weights requires symmetric quanta of the
input, a scale a channel for asymmetric ones.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec.structs import replace

from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.kernels.window import Window
from generator.compiler.operators.layers import (
    convolution_groups,
    depthwise_multiplier,
    float_range,
    rows_of,
)
from generator.compiler.operators.windows import bias_of, window_members, window_of
from generator.compiler.step import Constant, Step, Unsupported


def lower_conv_2d(context: Context) -> Step:
    """Input [N, H, W, C_IN] float32, weights int8 [C_OUT, KH, KW, C_IN / groups], bias float32 [C_OUT] or left out.

    Raises Unsupported where the weights are computed at run time, and for shapes that don't match.
    """
    source, weights, target = context.input(0), context.input(1), context.output()
    groups = convolution_groups(context)
    window = window_of(context, source, target, (weights.shape[1], weights.shape[2]))
    table = context.constant(1, "weights")
    return _convolution(context, window, table, groups, asymmetric=_per_channel(context))


def lower_depthwise_conv_2d(context: Context) -> Step:
    """Weights int8 [1, KH, KW, C * multiplier]; becomes a convolution with a group for each input channel.

    Raises Unsupported for weights of several channels with a single scale, or weights computed at run time.
    """
    source, weights, target = context.input(0), context.input(1), context.output()
    depthwise_multiplier(context)
    window = window_of(context, source, target, (weights.shape[1], weights.shape[2]))
    if not _per_channel(context) and weights.shape[3] > 1:
        raise Unsupported(
            "has int8 weights with one scale on floats",
            "convert the model with a scale for each channel, or with full-integer quantisation",
        )
    table = context.constant(1, "weights").transpose(3, 1, 2, 0)
    return _convolution(context, window, table, source.shape[3], asymmetric=True)


def lower_fully_connected(context: Context) -> Step:
    """Input [..., K] float32, weights int8 [N, K], bias float32 [N] or left out.

    Raises Unsupported where the weights are computed at run time, and for shapes that don't match.
    """
    source, weights, target = context.input(0), context.input(1), context.output()
    rows = rows_of(source, weights, target)
    outputs, inputs = weights.shape
    asymmetric = bool(context.operator.integer("asymmetric_quantize_inputs"))
    values = {"rows": rows, "inputs": inputs, "outputs": outputs, "asymmetric": int(asymmetric)}
    kernel = _kernel(context, "fully_connected_hybrid", values, context.constant(1, "weights"))
    macs = rows * inputs * outputs
    return _step(context, kernel, inputs, macs, asymmetric)


def _convolution(
    context: Context, window: Window, weights: np.ndarray, groups: int, *, asymmetric: bool
) -> Step:
    """weights: [C_OUT, KH, KW, C / groups]."""
    source, target = context.input(0), context.output()
    values = {
        **window_members(window, source, target),
        "groups": groups,
        "asymmetric": int(asymmetric),
    }
    kernel = _kernel(context, "conv_hybrid", values, weights)
    macs = target.elements * weights[0].size
    return _step(context, kernel, source.elements // source.shape[0], macs, asymmetric)


def _per_channel(context: Context) -> bool:
    return len(quantization(context.input(1)).scales) > 1


def _kernel(context: Context, name: str, values: Mapping[str, int], weights: np.ndarray) -> Kernel:
    tensor, channels = context.input(1), len(weights)
    require_dtype(tensor, "int8")
    require_dtype(context.output(), "float32")
    found = quantization(tensor)
    if any(found.zero_points):
        raise Unsupported("has weights whose zero point is not 0", "convert the model with symmetric weights")
    if len(found.scales) not in (1, channels):
        raise Unsupported(f"has {len(found.scales)} weight scales for {channels} output channels")
    bias = bias_of(context, 2, channels, "float32")
    low, high = float_range(context)
    body = struct_body(
        f"mlf_{name}_layer",
        {**values, "low": low, "high": high, "weights": "weights", "scales": "scales", "bias": "bias"},
        f"mlf_{name}(in0, out0, scratch, &layer);",
    )
    return Kernel(
        (f"{name}.h",),
        body,
        constants=(
            Constant("weights", "int8_t", np.ascontiguousarray(weights).reshape(-1)),
            Constant("scales", "float", np.resize(np.array(found.scales, np.float32), channels)),
            Constant("bias", "float", np.zeros(channels, np.float32) if bias is None else bias),
        ),
    )


def _step(context: Context, kernel: Kernel, scratch_bytes: int, macs: int, asymmetric: bool) -> Step:
    step = kernel.step(
        context.operator.index,
        context.operator.kind,
        (context.input(0).index,),
        context.operator.outputs,
    )
    return replace(
        step,
        scratch_bytes=scratch_bytes,
        kernel=f"int8 weights, input quantised {'a' if asymmetric else ''}symmetrically",
        macs=macs,
        instructions=5 * macs + 40 * context.input(0).elements + 20 * context.output().elements,
    )
