"""DEPTHWISE_CONV_2D: [N, H, W, C] with weights [1, KH, KW, C * multiplier] to [N, H', W', C * multiplier]."""

from __future__ import annotations

from generator.compiler.arithmetic import activation_range
from generator.compiler.context import Context, quantization, require_dtype, wrong_dtype
from generator.compiler.kernels.cmsis_nn import cmsis_depthwise
from generator.compiler.kernels.depthwise import pack_depthwise
from generator.compiler.operators.depthwise_conv_2d_float import lower_float
from generator.compiler.operators.layers_hybrid import lower_depthwise_conv_2d as lower_hybrid
from generator.compiler.operators.layers_int16 import lower_depthwise_conv_2d
from generator.compiler.operators.windows import batched, bias_of, image, layer_scales, window_of
from generator.compiler.rezero import UNSIGNED
from generator.compiler.step import Lowered, Unsupported
from generator.model.network import NetworkTensor


def lower(context: Context) -> Lowered:
    """int8, int16 with int8 weights, float32, or float32 with int8 weights (hybrid).

    Raises Unsupported for others.
    """
    source, weights, target = context.input(0), context.input(1), context.output()
    if source.dtype == "int8":
        return _int8(context, source, weights, target)
    if source.dtype == "float32" and weights.dtype == "int8":
        return lower_hybrid(context)
    if source.dtype == "float32":
        return lower_float(context)
    if source.dtype == "int16":
        return lower_depthwise_conv_2d(context)
    raise wrong_dtype(source)


def _int8(context: Context, source: NetworkTensor, weights: NetworkTensor, target: NetworkTensor) -> Lowered:
    """Per channel or per tensor. Source: ``reference_integer_ops::DepthwiseConvPerChannel``."""
    unsigned = bool(context.operator.integer(UNSIGNED))
    require_dtype(weights, *(("int8", "int16") if unsigned else ("int8",)))
    require_dtype(target, "int8")
    images, height, width, channels = image(source)
    one, kernel_height, kernel_width, outputs = image(weights)
    _, rows, columns, channels_out = image(target)
    if one != 1 or outputs != channels_out or outputs % channels:
        raise Unsupported(
            f"has weights of shape {weights.shape} between {channels} and {channels_out} channels"
        )
    window = window_of(context, source, target, (kernel_height, kernel_width))
    pack = cmsis_depthwise if context.library and weights.dtype == "int8" else pack_depthwise
    kernel = pack(
        window,
        context.constant(1, "weights").reshape(kernel_height, kernel_width, outputs),
        bias_of(context, 2, outputs),
        layer_scales(source, weights, target, outputs, 3, of_floats=unsigned),
        quantization(source).zero_point,
        quantization(target).zero_point,
        outputs // channels,
        activation_range(context.operator.integer("fused_activation_function"), target),
    )
    kernel = batched(kernel, images, height * width * channels, rows * columns * outputs)
    return kernel.step(context.operator.index, context.operator.kind, (source.index,), (target.index,))
