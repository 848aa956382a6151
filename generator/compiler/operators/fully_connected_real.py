"""FULLY_CONNECTED of networks that were uint8, exact to LiteRT's reference kernel."""

from __future__ import annotations

import numpy as np

from generator.compiler.arithmetic import activation_range
from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.layers import rows_of
from generator.compiler.operators.windows import bias_of, layer_scales
from generator.compiler.step import Constant, Lowered, Unsupported


def lower_real(context: Context) -> Lowered:
    """Weights of zero point 0, int8 or int16."""
    source, weights, target = context.input(0), context.input(1), context.output()
    require_dtype(weights, "int8", "int16")
    require_dtype(target, "int8")
    rows = rows_of(source, weights, target)
    outputs, inputs = weights.shape
    scale = float(layer_scales(source, weights, target, outputs, 0)[0])
    table = context.constant(1, "weights").astype(np.int64)
    bias = bias_of(context, 2, outputs)
    zero = quantization(source).zero_point
    zeros = np.zeros(outputs, np.int32) if bias is None else bias
    folded = zeros.astype(np.int64) - zero * table.sum(axis=1)
    if (128 * np.abs(table).sum(axis=1) + np.abs(folded)).max(initial=0) >= 1 << 31:
        raise Unsupported("has sums beyond int32")
    low, high = activation_range(context.operator.integer("fused_activation_function"), target)
    values: dict[str, int | float | str] = {
        "rows": rows,
        "inputs": inputs,
        "outputs": outputs,
        "output_zero_point": quantization(target).zero_point,
        "low": low,
        "high": high,
        "bias": "bias",
        "weights": "weights",
    }
    call = f"mlf_fully_connected_real(in0, out0, {scale.hex()}, &layer);"
    macs = rows * outputs * inputs
    kernel = Kernel(
        ("fully_connected_real.h",),
        struct_body("mlf_fully_connected_real_layer", values, call),
        constants=(
            Constant("bias", "int32_t", folded.astype(np.int32)),
            Constant("weights", "int16_t", table.astype(np.int16).reshape(-1)),
        ),
        description="int16 weights, sums scaled as double",
        macs=macs,
        instructions=4 * macs + 150 * rows * outputs,
    )
    return kernel.step(context.operator.index, context.operator.kind, (source.index,), (target.index,))
