"""CONV_2D on int8 whose weights have fewer channels than the input: in groups."""

from __future__ import annotations

from generator.compiler.context import Context
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.layers import convolution_groups
from generator.compiler.operators.layers_int8 import int8_layer
from generator.compiler.operators.windows import window_members, window_of
from generator.compiler.step import Step


def lower_groups(context: Context) -> Step:
    """Per channel or per tensor; double rounding. Source: ``reference_integer_ops::ConvPerChannel``."""
    operator, source, weights, target = (
        context.operator,
        context.input(0),
        context.input(1),
        context.output(),
    )
    groups = convolution_groups(context)
    _, height, width, depth = weights.shape
    window = window_of(context, source, target, (height, width))
    shared, constants = int8_layer(context, source, weights, 2)
    values: dict[str, int | float | str] = {
        **window_members(window, source, target),
        "groups": groups,
        **shared,
    }
    macs = target.elements * height * width * depth
    kernel = Kernel(
        ("conv_groups_s8.h",),
        struct_body("mlf_conv_groups_s8_layer", values, "mlf_conv_groups_s8(in0, out0, &layer);"),
        constants=constants,
        description=f"{height}x{width} in {groups} groups",
        macs=macs,
        instructions=5 * macs + 60 * target.elements,
    )
    return kernel.step(operator.index, operator.kind, (source.index,), (target.index,))
