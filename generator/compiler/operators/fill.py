"""FILL, ZEROS_LIKE, RANGE, ONE_HOT: tensors made of few values."""

from __future__ import annotations

from math import prod

import numpy as np

from generator.compiler.context import NUMPY, Context, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.loops import elementwise_step
from generator.compiler.operators.shapes import axis_of, numbers, require_shape
from generator.compiler.operators.views import nest
from generator.compiler.step import C_TYPES, Folded, Lowered, Unsupported

#: elements that the compiler makes of a RANGE
_MAX_RANGE = 1 << 20


def lower(context: Context) -> Lowered:
    """Any element type that C has. Raises Unsupported where the output's shape is not what the inputs say."""
    require_dtype(context.output(), *C_TYPES)
    match context.operator.kind:
        case "ZEROS_LIKE":
            return _zeros_like(context)
        case "RANGE":
            return _range(context)
        case "ONE_HOT":
            return _one_hot(context)
    return _fill(context)


def _folded(context: Context, content: np.ndarray) -> Folded:
    operator = context.operator
    return Folded(operator.index, operator.kind, {context.output().index: content})


def _fill(context: Context) -> Lowered:
    """Inputs: the output's shape, one value."""
    value, target = context.input(1), context.output()
    require_shape(numbers(context, 0, "dimensions"), target.shape)
    require_dtype(value, target.dtype)
    if value.elements != 1:
        raise Unsupported(f"fills with {value.elements} values, not one")
    known = context.known(1)
    if known is not None:
        return _folded(context, np.full(target.shape, known.reshape(-1)[0]))
    return elementwise_step(context, "a", (1,), instructions=3)


def _zeros_like(context: Context) -> Folded:
    """Bytes of zero, whatever the zero point is."""
    source, target = context.input(0), context.output()
    require_dtype(source, target.dtype)
    require_shape(source.shape, target.shape)
    return _folded(context, np.zeros(target.shape, NUMPY[target.dtype]))


def _range(context: Context) -> Folded:
    """Inputs: first value, limit, step. Sums are of the element type, as the reference has it."""
    target = context.output()
    dtype = require_dtype(target, "int32", "int64", "float32")
    ends = []
    for position in range(3):
        require_dtype(context.input(position), dtype)
        ends.append(context.constant(position, "ends and a step").reshape(-1))
    if any(end.size != 1 for end in ends) or ends[2][0] == 0:
        raise Unsupported("has no single first value, limit and step other than 0")
    start, limit, step = (end[0].item() for end in ends)
    if dtype == "float32":
        with np.errstate(all="ignore"):
            turns = float(np.ceil((np.float32(limit) - np.float32(start)) / np.float32(step)))
    else:
        turns = -((start - limit) // step)
    if not turns <= _MAX_RANGE:
        raise Unsupported(f"makes {turns:,.0f} elements; at most {_MAX_RANGE:,} are made")
    count = int(max(turns, 0))
    require_shape((count,), target.shape)
    values = np.full(count, step, NUMPY[dtype])
    if count:
        values[0] = start
    return _folded(context, np.add.accumulate(values, dtype=NUMPY[dtype]))


def _one_hot(context: Context) -> Lowered:
    """Inputs: indices, depth, value at an index, value elsewhere. Indices beyond the depth give no first value."""
    indices, target = context.input(0), context.output()
    require_dtype(indices, "int32", "int64")
    (depth,) = numbers(context, 1, "depths", 1)
    rank = len(indices.shape) + 1
    axis = axis_of(context.operator.integer("axis", -1), rank)
    require_shape((*indices.shape[:axis], depth, *indices.shape[axis:]), target.shape)
    for position in (2, 3):
        if context.input(position).elements != 1:
            raise Unsupported("has more than one value to set")
        require_dtype(context.input(position), target.dtype)
    inner = prod(indices.shape[axis:])
    extents = (prod(indices.shape[:axis]), depth, inner)
    line = f"out0[(i0 * {depth} + i1) * {inner} + i2] = in0[i0 * {inner} + i2] == i1 ? in1[0] : in2[0];"
    kernel = Kernel(
        (), tuple(nest(extents, [line])), description=f"depth {depth}", instructions=10 * target.elements
    )
    return bound_step(context, kernel, (0, 2, 3))
