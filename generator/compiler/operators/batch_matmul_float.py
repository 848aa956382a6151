"""BATCH_MATMUL on floats: [..., M, K] x [..., K, N], leading dimensions broadcast, either matrix transposed."""

from __future__ import annotations

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.views import View, nest, place, view_of
from generator.compiler.step import Lowered, Unsupported


def lower_float(context: Context) -> Lowered:
    operator, target = context.operator, context.output()
    sides = []
    for position, option in ((0, "adj_x"), (1, "adj_y")):
        tensor = context.input(position)
        require_dtype(tensor, "float32")
        rank = len(tensor.shape)
        if rank < 2:
            raise Unsupported(f"multiplies a tensor of shape {tensor.shape}; two dimensions are the least")
        order = (*range(rank - 2), rank - 1, rank - 2) if operator.integer(option) else range(rank)
        sides.append(view_of(tensor).transpose(tuple(order)))
    left, right = sides
    rows, depth = left.extents[-2:]
    columns = right.extents[-1]
    if right.extents[-2] != depth or target.shape[-2:] != (rows, columns):
        raise Unsupported(f"multiplies {left.extents} by {right.extents} to {target.shape}")
    batches = target.shape[:-2]
    starts = [View(side.extents[:-2], side.strides[:-2]).broadcast(batches).strides for side in sides]
    steps = [f"(mlf_steps){{{{{side.strides[-2]}, {side.strides[-1]}}}}}" for side in sides]
    to = view_of(target).strides[:-2]
    call = (
        f"mlf_matmul_f32(in0 + {place(0, starts[0])}, {steps[0]}, in1 + {place(0, starts[1])}, {steps[1]}, "
        f"out0 + {place(0, to)}, {rows}, {depth}, {columns});"
    )
    macs = target.elements * depth
    kernel = Kernel(
        ("batch_matmul_f32.h",),
        tuple(nest(batches, [call])),
        description=f"{rows} x {depth} by {depth} x {columns}",
        macs=macs,
        instructions=7 * macs + 12 * target.elements,
    )
    return bound_step(context, kernel, (0, 1))
