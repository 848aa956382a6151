"""What layers with weights check and state alike, whatever they compute in."""

from __future__ import annotations

import math

from generator.compiler.arithmetic import float_activation_range, same_padding
from generator.compiler.context import Context
from generator.compiler.kernels.window import Window
from generator.compiler.operators.windows import SAME, require_int16, require_reach
from generator.compiler.step import Unsupported
from generator.model.network import NetworkTensor


def float_range(context: Context) -> tuple[float, float]:
    """(low, high) of the fused activation, infinite where there is none."""
    activation = context.operator.integer("fused_activation_function")
    return float_activation_range(activation) or (-math.inf, math.inf)


def optional_argument(context: Context, position: int) -> str:
    """The pointer to an input that may be left out, for a kernel's call."""
    return "0" if context.optional(position) is None else f"in{position}"


def check_bias(context: Context, position: int, channels: int, *dtypes: str) -> str | None:
    """The element type of a bias that may be left out. Raises Unsupported for another type or length."""
    bias = context.optional(position)
    if bias is None:
        return None
    if bias.dtype not in dtypes:
        raise Unsupported(f"has a bias of {bias.dtype} ({bias.name!r}); supported: {', '.join(dtypes)}")
    if bias.elements != channels:
        raise Unsupported(f"has a bias of {bias.elements} values for {channels} channels")
    return bias.dtype


def convolution_groups(context: Context) -> int:
    """How many groups a CONV_2D's channels fall into. Raises Unsupported where its shapes disagree.

    Input [N, H, W, C], weights [C_OUT, KH, KW, C / groups], output [N, OH, OW, C_OUT].
    """
    source, weights, target = context.input(0).shape, context.input(1).shape, context.output().shape
    if len(source) != 4 or len(weights) != 4 or len(target) != 4 or 0 in (*source, *weights):
        raise Unsupported(f"has an input of shape {source} and weights of shape {weights}")
    groups = source[3] // weights[3]
    if groups * weights[3] != source[3] or weights[0] != target[3] or groups == 0 or target[3] % groups:
        raise Unsupported(
            f"has weights of shape {weights} for {source[3]} input and {target[3]} output channels"
        )
    return groups


def depthwise_multiplier(context: Context) -> int:
    """Output channels for each input channel of a DEPTHWISE_CONV_2D. Raises Unsupported where its shapes disagree.

    Input [N, H, W, C], weights [1, KH, KW, C * multiplier], output [N, OH, OW, C * multiplier].
    """
    source, weights, target = context.input(0).shape, context.input(1).shape, context.output().shape
    if len(source) != 4 or len(weights) != 4 or len(target) != 4 or 0 in (*source, *weights):
        raise Unsupported(f"has an input of shape {source} and weights of shape {weights}")
    if weights[0] != 1 or weights[3] % source[3] or weights[3] != target[3]:
        raise Unsupported(
            f"has weights of shape {weights} for {source[3]} input and {target[3]} output channels"
        )
    return weights[3] // source[3]


def rows_of(source: NetworkTensor, weights: NetworkTensor, target: NetworkTensor) -> int:
    """Rows of the product. Raises Unsupported where the shapes disagree."""
    if len(weights.shape) != 2:
        raise Unsupported(f"has weights of shape {weights.shape}, not [N, K]")
    outputs, inputs = weights.shape
    if inputs == 0 or source.elements % inputs or target.elements != source.elements // inputs * outputs:
        raise Unsupported(
            f"has weights of shape {weights.shape} between the shapes {source.shape} and {target.shape}"
        )
    return source.elements // inputs


def spread_window(context: Context) -> Window:
    """The window of a TRANSPOSE_CONV: padding as a convolution from its output to its input has it.

    Weights (input 1) [C_OUT, KH, KW, C], input 2 [N, H, W, C], output [N, OH, OW, C_OUT]. Raises Unsupported where
    shapes disagree.
    """
    operator, weights, source, target = (
        context.operator,
        context.input(1).shape,
        context.input(2).shape,
        context.output().shape,
    )
    if len(weights) != 4 or len(source) != 4 or len(target) != 4 or 0 in (*weights, *source, *target):
        raise Unsupported(f"has weights of shape {weights}, an input of {source} and an output of {target}")
    if weights[0] != target[3] or weights[3] != source[3] or source[0] != target[0]:
        raise Unsupported(f"has weights of shape {weights} between the shapes {source} and {target}")
    stride = (operator.integer("stride_h", 1), operator.integer("stride_w", 1))
    if min(stride) < 1:
        raise Unsupported(f"has the stride {stride}; 1 is the least")
    kernel = (weights[1], weights[2])
    for axis, cell in enumerate((target[2] * target[3], target[3])):
        require_reach((source[1 + axis] - 1) * stride[axis] + kernel[axis] + target[1 + axis], cell)
    pads = [
        same_padding(target[1 + axis], kernel[axis], stride[axis], 1)[1]
        if operator.integer("padding") == SAME
        else 0
        for axis in (0, 1)
    ]
    require_int16(*kernel, *stride, *pads)
    return Window((source[1], source[2]), (target[1], target[2]), kernel, stride, (1, 1), (pads[0], pads[1]))
