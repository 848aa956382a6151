"""MAXIMUM, MINIMUM, SQUARED_DIFFERENCE, PRELU and DIV on int8, some also on int16, with broadcasting."""

from __future__ import annotations

import numpy as np

from generator.compiler.arithmetic import activation_range, quantize_multiplier
from generator.compiler.context import Context, quantization, require_dtype, require_symmetric, wrong_dtype
from generator.compiler.operators.loops import elementwise_step
from generator.compiler.step import C_TYPES, Lowered

#: element type -> what SQUARED_DIFFERENCE multiplies both inputs with, for their square to fit
_FACTORS = {"int8": 128, "int16": 1}


def lower_quantised(context: Context) -> Lowered:
    """Both inputs and the output are int8, or int16 of zero point 0, with one scale each.

    Raises Unsupported for other kinds and element types.
    """
    kind = context.operator.kind
    dtype = require_dtype(context.input(0), "int8", "int16")
    for tensor in (context.input(1), context.output()):
        require_dtype(tensor, dtype)
    require_symmetric(context.input(0), context.input(1), context.output())
    if kind in ("MAXIMUM", "MINIMUM") and dtype == "int8":
        expression = "a > b ? a : b" if kind == "MAXIMUM" else "a < b ? a : b"
        return elementwise_step(context, expression, (0, 1), instructions=8)
    if kind == "PRELU" and dtype == "int8":
        expression, positions = _prelu(context)
        return elementwise_step(context, expression, positions, headers=("requantize.h",), instructions=18)
    if kind == "SQUARED_DIFFERENCE":
        return elementwise_step(
            context, _squared_difference(context), (0, 1), headers=("integers.h",), instructions=40
        )
    if kind == "DIV" and dtype == "int8":
        return elementwise_step(
            context, _quotient(context), (0, 1), headers=("divide_s8.h",), instructions=120
        )
    raise wrong_dtype(context.input(0))


def _less(name: str, zero_point: int) -> str:
    return f"({name} - {zero_point})".replace("- -", "+ ") if zero_point else name


def _clamped(context: Context, expression: str) -> str:
    target = context.output()
    low, high = activation_range(context.operator.integer("fused_activation_function"), target)
    value = f"mlf_add_zero_point({expression}, {quantization(target).zero_point})"
    return f"({C_TYPES[target.dtype]})mlf_clamp({value}, {low}, {high})"


def _quotient(context: Context) -> str:
    """The quotient of the scales is one of floats. Source: TensorFlow Lite Micro's ``div.cc``."""
    first, second = quantization(context.input(0)), quantization(context.input(1))
    product = np.float32(second.scale) * np.float32(quantization(context.output()).scale)
    multiplier, shift = quantize_multiplier(float(np.float32(first.scale) / product))
    a, b = _less("a", first.zero_point), _less("b", second.zero_point)
    return _clamped(context, f"mlf_divide_s8({a}, {b}, {multiplier}, {shift})")


def _prelu(context: Context) -> tuple[str, tuple[int, ...]]:
    """(expression, positions of the inputs that it takes). Source: ``reference_ops::BroadcastPrelu4DSlow``."""
    source, alpha = quantization(context.input(0)), quantization(context.input(1))
    target = quantization(context.output())
    straight = quantize_multiplier(source.scale / target.scale)
    leaking = quantize_multiplier(source.scale * alpha.scale / target.scale)
    x, factor = _less("a", source.zero_point), _less("b", alpha.zero_point)
    positive = f"mlf_rescale({x}, {straight[0]}, {straight[1]})"
    negative = f"mlf_rescale({x} * {factor}, {leaking[0]}, {leaking[1]})"
    if source.zero_point == -128:
        # No input is negative: C compilers warn of such a comparison.
        return _clamped(context, positive), (0,)
    return _clamped(context, f"(a >= {source.zero_point} ? {positive} : {negative})"), (0, 1)


def _squared_difference(context: Context) -> str:
    """Source: TensorFlow Lite Micro's ``squared_difference.cc``."""
    first, second = quantization(context.input(0)), quantization(context.input(1))
    target = quantization(context.output())
    twice = 2.0 * max(first.scale, second.scale)
    factor = _FACTORS[context.output().dtype]
    terms = []
    for name, given in (("a", first), ("b", second)):
        multiplier, shift = quantize_multiplier(given.scale / twice)
        terms.append(f"mlf_rescale({_less(name, given.zero_point)} * {factor}, {multiplier}, {shift})")
    multiplier, shift = quantize_multiplier(twice * twice / (factor * factor * target.scale))
    square = f"mlf_square_s32({terms[0]} - {terms[1]})"
    return _clamped(context, f"mlf_rescale({square}, {multiplier}, {shift})")
