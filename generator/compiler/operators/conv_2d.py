"""CONV_2D: [N, H, W, C_IN] with weights [C_OUT, KH, KW, C_IN] to [N, H', W', C_OUT]."""

from __future__ import annotations

from functools import partial

from generator.compiler.arithmetic import activation_range
from generator.compiler.context import Context, quantization, require_dtype, wrong_dtype
from generator.compiler.kernels.cmsis_nn import cmsis_conv
from generator.compiler.kernels.conv import pack_conv
from generator.compiler.operators.conv_2d_float import lower_float
from generator.compiler.operators.conv_2d_groups import lower_groups
from generator.compiler.operators.layers import convolution_groups
from generator.compiler.operators.layers_hybrid import lower_conv_2d as lower_hybrid
from generator.compiler.operators.layers_int16 import lower_conv_2d
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
        return lower_conv_2d(context)
    raise wrong_dtype(source)


def _int8(context: Context, source: NetworkTensor, weights: NetworkTensor, target: NetworkTensor) -> Lowered:
    """Per channel or per tensor; double rounding. Source: ``reference_integer_ops::ConvPerChannel``."""
    unsigned = bool(context.operator.integer(UNSIGNED))
    require_dtype(weights, *(("int8", "int16") if unsigned else ("int8",)))
    require_dtype(target, "int8")
    images, height, width, channels_in = image(source)
    channels_out, kernel_height, kernel_width, _ = image(weights)
    _, rows, columns, _ = image(target)
    if convolution_groups(context) > 1:
        if unsigned:
            raise Unsupported("is a convolution in groups on uint8", "convert the model to int8")
        return lower_groups(context)
    window = window_of(context, source, target, (kernel_height, kernel_width))
    library = context.library and weights.dtype == "int8"
    pack = cmsis_conv if library else partial(pack_conv, wide=context.wide)
    kernel = pack(
        window,
        context.constant(1, "weights"),
        bias_of(context, 2, channels_out),
        layer_scales(source, weights, target, channels_out, 0, of_floats=unsigned),
        quantization(source).zero_point,
        quantization(target).zero_point,
        activation_range(context.operator.integer("fused_activation_function"), target),
    )
    kernel = batched(kernel, images, height * width * channels_in, rows * columns * channels_out)
    return kernel.step(context.operator.index, context.operator.kind, (source.index,), (target.index,))
