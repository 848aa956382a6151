"""CONV_3D: [N, D, H, W, C] float32."""

from __future__ import annotations

from math import prod

import numpy as np

from generator.compiler.arithmetic import same_padding
from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.layers import check_bias, float_range
from generator.compiler.operators.shapes import require_shape
from generator.compiler.operators.windows import SAME, require_reach
from generator.compiler.step import Constant, Lowered, Unsupported

_AXES = ("d", "h", "w")


def lower(context: Context) -> Lowered:
    """Inputs: input, weights [KD, KH, KW, C, C_OUT], bias [C_OUT] or left out; output [N, OD, OH, OW, C_OUT].

    Raises Unsupported for other element types, for weights or a bias that are computed at run time, and for shapes
    that don't match. Source: ``reference_ops::Conv3D``.
    """
    operator, source, weights, target = (
        context.operator,
        context.input(0),
        context.input(1),
        context.output(),
    )
    for tensor in (source, weights, target):
        require_dtype(tensor, "float32")
    if len(source.shape) != 5 or len(weights.shape) != 5 or 0 in (*source.shape, *weights.shape):
        raise Unsupported(f"has an input of shape {source.shape} and weights of shape {weights.shape}")
    channels, outputs = weights.shape[3:]
    if channels != source.shape[4]:
        raise Unsupported(f"has weights of {channels} channels for an input of {source.shape[4]}")
    values: dict[str, int | float | str] = {
        "batches": source.shape[0],
        "channels": channels,
        "outputs": outputs,
    }
    sizes = []
    for axis, name in enumerate(_AXES):
        size, kernel_size = source.shape[1 + axis], weights.shape[axis]
        stride, dilation = (
            operator.integer(f"stride_{name}", 1),
            operator.integer(f"dilation_{name}factor", 1),
        )
        if min(stride, dilation) < 1:
            raise Unsupported(f"has the stride {stride} and the dilation {dilation}; 1 is the least")
        require_reach((kernel_size - 1) * dilation + size, channels * prod(source.shape[2 + axis : 4]))
        out, before = same_padding(size, kernel_size, stride, dilation)
        if operator.integer("padding") != SAME:
            out, before = (size - (kernel_size - 1) * dilation - 1) // stride + 1, 0
        sizes.append(out)
        values |= {
            f"input[{axis}]": size,
            f"output[{axis}]": out,
            f"kernel[{axis}]": kernel_size,
            f"stride[{axis}]": stride,
            f"dilation[{axis}]": dilation,
            f"before[{axis}]": before,
        }
    require_shape((source.shape[0], *sizes, outputs), target.shape)
    stated = check_bias(context, 2, outputs, "float32")
    bias = np.zeros(outputs, np.float32) if stated is None else context.constant(2, "a bias").reshape(-1)
    table = context.constant(1, "weights").transpose(4, 0, 1, 2, 3)
    low, high = float_range(context)
    values |= {"low": low, "high": high, "weights": "weights", "bias": "bias"}
    macs = target.elements * prod(weights.shape[:4])
    kernel = Kernel(
        ("conv_3d_f32.h",),
        struct_body("mlf_conv_3d_f32_layer", values, "mlf_conv_3d_f32(in0, out0, &layer);"),
        constants=(
            Constant("weights", "float", np.ascontiguousarray(table).reshape(-1)),
            Constant("bias", "float", bias),
        ),
        description=" x ".join(map(str, weights.shape[:3])),
        macs=macs,
        instructions=5 * macs + 30 * target.elements,
    )
    return bound_step(context, kernel, (0,))
