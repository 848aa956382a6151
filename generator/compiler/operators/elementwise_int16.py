"""Operators of single elements on int16; zero points are 0."""

from __future__ import annotations

import math

import numpy as np

from generator.compiler.arithmetic import activation_range, quanta, quantize_multiplier
from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.loops import elementwise_step
from generator.compiler.step import Constant, Lowered, Unsupported
from generator.model.network import NetworkTensor

#: by which ADD and SUB shift their inputs left before they scale them
_ADD_SHIFT = 15
_SIGMOID_ENTRIES = 256
#: entries that the reference kernels' table has one above the nearest number
_RAISED = (
    *(
        4,
        8,
        12,
        14,
        15,
        16,
        17,
        19,
        20,
        21,
        22,
        25,
        27,
        28,
        29,
        30,
        31,
        33,
        34,
        35,
        37,
        39,
        40,
        41,
        43,
        44,
        45,
    ),
    *(46, 49, 50, 54, 62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255),
)


def lower_arithmetic(context: Context) -> Lowered:
    """ADD, SUB, MUL, MAXIMUM, MINIMUM on int16, broadcast as NumPy does.

    Sources: ``reference_ops::Add``, ``reference_integer_ops::Mul``. Raises Unsupported for zero points other than
    0, and for MAXIMUM and MINIMUM of different scales.
    """
    operator, target = context.operator, context.output()
    first, second, given = (_symmetric(tensor) for tensor in (context.input(0), context.input(1), target))
    low, high = activation_range(operator.integer("fused_activation_function"), target)
    if operator.kind in ("MAXIMUM", "MINIMUM"):
        if not first == second == given:
            raise Unsupported("has inputs and an output of different scales")
        sign = ">" if operator.kind == "MAXIMUM" else "<"
        return elementwise_step(context, f"a {sign} b ? a : b", (0, 1), instructions=9)
    if operator.kind == "MUL":
        value = _rescaled("a * b", first * second / given)
        cost = 20
    else:
        common = 2.0 * max(first, second)
        left, right = (
            _rescaled(f"{name} * {1 << _ADD_SHIFT}", scale / common)
            for name, scale in (("a", first), ("b", second))
        )
        sign = "-" if operator.kind == "SUB" else "+"
        value = _rescaled(f"{left} {sign} {right}", common / ((1 << _ADD_SHIFT) * given))
        cost = 45
    expression = f"(int16_t)mlf_clamp({value}, {low}, {high})"
    return elementwise_step(context, expression, (0, 1), headers=("requantize.h",), instructions=cost)


def lower_leaky_relu(context: Context) -> Lowered:
    """The quotients of the scales are doubles, as TensorFlow Lite Micro's build has them."""
    scale, given = _symmetric(context.input(0)), _symmetric(context.output())
    alpha = scale * context.operator.real("alpha") / given
    straight = _rescaled("a", scale / given)
    leaking = ("-" if alpha < 0 else "") + _rescaled("a", abs(alpha))
    expression = f"(int16_t)mlf_clamp(a >= 0 ? {straight} : {leaking}, -32768, 32767)"
    return elementwise_step(context, expression, headers=("requantize.h",), instructions=22)


def lower_abs(context: Context) -> Lowered:
    """The quotient of the scales is a double, as TensorFlow Lite Micro's build has it."""
    scale, given = _symmetric(context.input(0)), _symmetric(context.output())
    size = "a < 0 ? -a : a"
    if scale != given:
        size = _rescaled(size, scale / given)
    expression = f"(int16_t)mlf_clamp({size}, -32768, 32767)"
    return elementwise_step(context, expression, headers=("requantize.h",), instructions=12)


def lower_rectifier(context: Context) -> Lowered:
    """RELU, rescaled by a quotient of floats, and RELU6, clamped in the input's quanta.

    Source: TensorFlow Lite Micro's ``activations_common.cc``.
    """
    scale, given = _symmetric(context.input(0)), _symmetric(context.output())
    if context.operator.kind == "RELU6":
        top = min(quanta(6.0, scale), 32767)
        return elementwise_step(
            context, f"(int16_t)mlf_clamp(a, 0, {top})", headers=("requantize.h",), instructions=9
        )
    value = _rescaled("a", float(np.float32(scale) / np.float32(given)))
    expression = f"(int16_t)mlf_clamp({value}, 0, 32767)"
    return elementwise_step(context, expression, headers=("requantize.h",), instructions=18)


def lower_rsqrt(context: Context) -> Lowered:
    """What is not positive gives the greatest output; the reference kernel stops there."""
    scale, given = _symmetric(context.input(0)), _symmetric(context.output())
    multiplier, shift = quantize_multiplier(1.0 / (math.sqrt(scale) * given))
    expression = f"mlf_rsqrt_s16(a, {multiplier}, {shift})"
    return elementwise_step(context, expression, headers=("inverse_root.h",), instructions=200)


def lower_sigmoid(context: Context) -> Lowered:
    """TANH and LOGISTIC on int16, by one table, to an output of scale 1/32768.

    Sources: ``reference_integer_ops::Tanh``, ``::Logistic``. Raises Unsupported for other scales of the output.
    """
    kind = context.operator.kind
    scale, given = _symmetric(context.input(0)), _symmetric(context.output())
    if not math.isclose(given, 2.0**-15, rel_tol=1e-3):
        raise Unsupported(f"has an output of scale {given:g}, not 1/32768")
    multiplier, shift = sigmoid_multiplier(scale, (0, 1) if kind == "TANH" else (0,))
    function = "mlf_tanh_s16" if kind == "TANH" else "mlf_logistic_s16"
    expression = f"{function}(mlf_sigmoid_place(a, {multiplier}, {shift}), {{sigmoid}})"
    table = Kernel((), (), constants=(Constant("sigmoid", "uint16_t", sigmoid_table()),))
    return elementwise_step(context, expression, headers=("lookup_s16.h",), instructions=30, constants=table)


def sigmoid_multiplier(scale: float, exact_shifts: tuple[int, ...]) -> tuple[int, int]:
    """(multiplier, right shift) from an input's scale to 1 / (3 * 4096).

    exact_shifts: exponents s for which a scale of 2^s / 4096 is exact and needs no rounding.
    Raises Unsupported for a scale so great that the multiplier would exceed 32767.
    """
    exponent = math.log2(scale)
    if abs(exponent - round(exponent)) < 1e-3 and round(exponent) + 12 in exact_shifts:
        return 3 << (round(exponent) + 12), 0
    real, shift = scale * 4096.0 * 3.0, 0
    while real <= 32767.0 / 2.0 and shift <= 30:
        shift += 1
        real *= 2.0
    if real > 65535.0:
        # A product with -32768 leaves int32.
        raise Unsupported(f"has an input of scale {scale:g}, too great for the reference kernels")
    return int(real), shift


def sigmoid_table() -> np.ndarray:
    """uint16 [256]: 65536 / (1 + exp(-i / 24))."""
    steps = np.arange(_SIGMOID_ENTRIES, dtype=np.float64) / 24
    table = np.floor(65536 / (1 + np.exp(-steps)) + 0.5)
    table[list(_RAISED)] += 1
    return table.astype(np.uint16)


def _symmetric(tensor: NetworkTensor) -> float:
    """The scale of an int16 tensor. Raises Unsupported where its zero point is not 0."""
    require_dtype(tensor, "int16")
    found = quantization(tensor)
    if found.zero_point:
        raise Unsupported(f"has the zero point {found.zero_point} on int16 ({tensor.name!r}), not 0")
    return found.scale


def _rescaled(value: str, real: float) -> str:
    multiplier, shift = quantize_multiplier(real)
    return f"mlf_rescale({value}, {multiplier}, {shift})"
