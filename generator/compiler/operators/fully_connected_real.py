"""FULLY_CONNECTED of networks that were uint8, exact to LiteRT's reference kernel."""

from __future__ import annotations

import numpy as np

from generator.compiler.arithmetic import activation_range
from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.kernels.fully_connected_real import pack_real
from generator.compiler.kernels.requantise import folded_bias, sum_ranges
from generator.compiler.operators.layers import rows_of
from generator.compiler.operators.windows import bias_of, layer_scales
from generator.compiler.step import Lowered, Unsupported


def lower_real(context: Context) -> Lowered:
    """[..., K] to [..., N], int8; weights [N, K] of zero point 0, int8 or int16, with one scale.

    Raises Unsupported where a sum could leave int32, and for other element types.
    """
    source, weights, target = context.input(0), context.input(1), context.output()
    require_dtype(weights, "int8", "int16")
    require_dtype(target, "int8")
    rows = rows_of(source, weights, target)
    outputs = weights.shape[0]
    scale = float(layer_scales(source, weights, target, outputs, 0)[0])
    table = context.constant(1, "weights").astype(np.int64)
    bias = bias_of(context, 2, outputs)
    given = np.zeros(outputs, np.int32) if bias is None else bias
    folded = folded_bias(table, given, quantization(source).zero_point)
    ranges = sum_ranges(table, folded)
    if ranges.min(initial=0) < -(1 << 31) or ranges.max(initial=0) >= 1 << 31:
        raise Unsupported("has sums beyond int32")
    activation = activation_range(context.operator.integer("fused_activation_function"), target)
    kernel = pack_real(rows, table, folded, scale, quantization(target).zero_point, activation)
    return kernel.step(context.operator.index, context.operator.kind, (source.index,), (target.index,))
