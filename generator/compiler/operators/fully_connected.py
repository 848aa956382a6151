"""FULLY_CONNECTED: [..., K] with weights [N, K] to [..., N]."""

from __future__ import annotations

from generator.compiler.arithmetic import activation_range
from generator.compiler.context import Context, quantization, require_dtype, wrong_dtype
from generator.compiler.kernels.cmsis_nn import cmsis_dense
from generator.compiler.kernels.fully_connected import pack_fully_connected
from generator.compiler.operators.fully_connected_float import lower_float
from generator.compiler.operators.fully_connected_real import lower_real
from generator.compiler.operators.layers import rows_of
from generator.compiler.operators.layers_hybrid import lower_fully_connected as lower_hybrid
from generator.compiler.operators.layers_int16 import lower_fully_connected
from generator.compiler.operators.windows import bias_of, layer_scales
from generator.compiler.rezero import UNSIGNED
from generator.compiler.step import Lowered
from generator.model.network import NetworkTensor


def lower(context: Context) -> Lowered:
    """int8, int16 with int8 weights, float32, or float32 with int8 weights (hybrid).

    Raises Unsupported for others.
    int8 layers of a network that was uint8 follow LiteRT's arithmetic (``fully_connected_real``).
    """
    source, weights, target = context.input(0), context.input(1), context.output()
    if source.dtype == "int8" and context.operator.integer(UNSIGNED):
        return lower_real(context)
    if source.dtype == "int8":
        return _int8(context, source, weights, target)
    if source.dtype == "float32" and weights.dtype == "int8":
        return lower_hybrid(context)
    if source.dtype == "float32":
        return lower_float(context)
    if source.dtype == "int16":
        return lower_fully_connected(context)
    raise wrong_dtype(source)


def _int8(context: Context, source: NetworkTensor, weights: NetworkTensor, target: NetworkTensor) -> Lowered:
    """Per tensor or per channel; double rounding, as TensorFlow Lite Micro's reference kernel."""
    require_dtype(weights, "int8")
    require_dtype(target, "int8")
    rows = rows_of(source, weights, target)
    outputs = weights.shape[0]
    scales = layer_scales(source, weights, target, outputs, 0, of_floats=True)
    per_channel = len(quantization(weights).scales) > 1
    table = context.constant(1, "weights")
    bias = bias_of(context, 2, outputs)
    zeros = quantization(source).zero_point, quantization(target).zero_point
    activation = activation_range(context.operator.integer("fused_activation_function"), target)
    if context.library and not per_channel:
        kernel = cmsis_dense(rows, table, bias, float(scales[0]), *zeros, activation)
    else:
        kernel = pack_fully_connected(
            rows, table, bias, scales if per_channel else scales[:1], *zeros, activation
        )
    return kernel.step(context.operator.index, context.operator.kind, (source.index,), (target.index,))
