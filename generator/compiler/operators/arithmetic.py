"""ADD, SUB, MUL: elementwise with broadcasting, an activation fused."""

from __future__ import annotations

from generator.compiler.arithmetic import activation_range
from generator.compiler.context import Context, quantization, require_dtype, wrong_dtype
from generator.compiler.kernels.elementwise import Operand, add_with, mul_with, pack_add, pack_mul
from generator.compiler.operators.binary_float import lower_float
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.elementwise_int16 import lower_arithmetic
from generator.compiler.operators.tables import lower_table
from generator.compiler.operators.views import view_of
from generator.compiler.step import Lowered, Unsupported
from generator.model.network import NetworkTensor


def lower(context: Context) -> Lowered:
    """int8, int16, int32, int64 or float32; both inputs broadcast to the output's shape as NumPy does.

    Raises Unsupported for other element types, and on int8 where broadcasting takes more than four dimensions.
    """
    first, second, target = context.input(0), context.input(1), context.output()
    if first.dtype == "int8":
        return _int8(context, first, second, target)
    if first.dtype in ("float32", "int32", "int64"):
        return lower_float(context)
    if first.dtype == "int16":
        return lower_arithmetic(context)
    raise wrong_dtype(first)


def _int8(context: Context, first: NetworkTensor, second: NetworkTensor, target: NetworkTensor) -> Lowered:
    """Source: ``reference_integer_ops::Add``, ``::Mul``; SUB is an addition of the negative."""
    require_dtype(second, "int8")
    require_dtype(target, "int8")
    for tensor in (first, second):
        view_of(tensor).broadcast(target.shape)
    operator = context.operator
    left, right, result = (
        Operand(t.shape, quantization(t).scale, quantization(t).zero_point) for t in (first, second, target)
    )
    activation = activation_range(operator.integer("fused_activation_function"), target)
    constant = _one_value(context)
    if constant is not None:
        element = (
            mul_with(left, right, result, activation)
            if operator.kind == "MUL"
            else add_with(left, right, result, activation, subtract=operator.kind == "SUB")
        )
        position, value = constant
        if position == 0:
            return lower_table(context, lambda other: element(value, other), 1)
        return lower_table(context, lambda other: element(other, value))
    try:
        if operator.kind == "MUL":
            kernel = pack_mul(left, right, result, activation)
        else:
            kernel = pack_add(left, right, result, activation, subtract=operator.kind == "SUB")
    except ValueError:
        raise Unsupported(
            f"broadcasts the shapes {first.shape} and {second.shape} over more than four dimensions"
        ) from None
    return bound_step(context, kernel)


def _one_value(context: Context) -> tuple[int, int] | None:
    """(position, value) of an input that is the same in all its elements, beside one of the output's shape."""
    for position in (0, 1):
        known, other = context.known(position), context.input(1 - position)
        if known is None or not known.size or context.known(1 - position) is not None:
            continue
        if other.shape == context.output().shape and (known == known.flat[0]).all():
            return position, int(known.flat[0])
    return None
