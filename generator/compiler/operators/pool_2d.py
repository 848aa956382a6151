"""AVERAGE_POOL_2D, MAX_POOL_2D: [N, H, W, C] to [N, H', W', C]."""

from __future__ import annotations

from generator.compiler.arithmetic import activation_range
from generator.compiler.context import Context, quantization, require_dtype, wrong_dtype
from generator.compiler.kernels.pool import pack_pool
from generator.compiler.operators.pool_float import lower_float
from generator.compiler.operators.pool_int16 import lower_int16
from generator.compiler.operators.windows import batched, image, window_of
from generator.compiler.rezero import UNSIGNED
from generator.compiler.step import Lowered, Unsupported
from generator.model.network import NetworkTensor


def lower(context: Context) -> Lowered:
    """int8, int16 (not L2_POOL_2D) or float32. Raises Unsupported for other element types."""
    source, target = context.input(0), context.output()
    if source.dtype == "int8" and context.operator.kind != "L2_POOL_2D":
        return _int8(context, source, target)
    if source.dtype == "float32":
        return lower_float(context)
    if source.dtype == "int16" and context.operator.kind != "L2_POOL_2D":
        return lower_int16(context)
    raise wrong_dtype(source)


def _int8(context: Context, source: NetworkTensor, target: NetworkTensor) -> Lowered:
    """Averages divide by the cells inside the image, halves away from zero, or up where they were uint8."""
    require_dtype(target, "int8")
    operator = context.operator
    images, height, width, channels = image(source)
    _, rows, columns, also_channels = image(target)
    if channels != also_channels:
        raise Unsupported(f"has {channels} input and {also_channels} output channels")
    if quantization(source) != quantization(target):
        raise Unsupported("has an input and an output of different scales")
    size = (operator.integer("filter_height", 1), operator.integer("filter_width", 1))
    kernel = pack_pool(
        window_of(context, source, target, size),
        channels,
        operator.kind == "MAX_POOL_2D",
        activation_range(operator.integer("fused_activation_function"), target),
        halves_up=bool(operator.integer(UNSIGNED)),
    )
    kernel = batched(kernel, images, height * width * channels, rows * columns * channels)
    return kernel.step(operator.index, operator.kind, (source.index,), (target.index,))
