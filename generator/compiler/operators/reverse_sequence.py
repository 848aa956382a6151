"""REVERSE_SEQUENCE: the first elements of each sequence backwards; how many, an input says."""

from __future__ import annotations

import numpy as np

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.shapes import axis_of, require_shape
from generator.compiler.operators.views import dense, nest, place
from generator.compiler.step import C_TYPES, Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """Inputs: sequences of any element type that C has, lengths [batches].

    Lengths that are known are checked; others are brought into the sequence's range at run time. Raises Unsupported
    where the dimension of sequences is that of batches.
    """
    source, lengths, target = context.input(0), context.input(1), context.output()
    require_dtype(target, require_dtype(source, *C_TYPES))
    require_dtype(lengths, "int32", "int64")
    require_shape(source.shape, target.shape)
    rank = len(source.shape)
    axis = axis_of(context.operator.integer("seq_dim"), rank)
    batch = axis_of(context.operator.integer("batch_dim"), rank)
    if axis == batch or lengths.shape != (source.shape[batch],):
        raise Unsupported(f"has lengths of shape {lengths.shape} along dimension {batch} of {source.shape}")
    size, known = source.shape[axis], context.known(1)
    if known is not None and (np.any(known < 0) or np.any(known > size)):
        raise Unsupported(f"turns more than the {size} elements of a sequence")
    strides = dense(source.shape).strides
    others = [0 if i == axis else stride for i, stride in enumerate(strides)]
    length = f"(int32_t)in1[i{batch}]"
    if known is None:
        length = f"mlf_clamp({length}, 0, {size})"
    at = f"i{axis}"
    lines = [
        f"const int32_t count = {length};",
        f"const int32_t from = {at} < count ? count - 1 - {at} : {at};",
        f"out0[{place(0, strides)}] = in0[{place(0, others)} + from * {strides[axis]}];",
    ]
    kernel = Kernel(
        ("requantize.h",),
        tuple(nest(source.shape, lines)),
        description=f"sequences of {size}",
        instructions=16 * target.elements,
        notes=() if known is not None else ("lengths beyond a sequence turn all of it",),
    )
    return bound_step(context, kernel, (0, 1))
