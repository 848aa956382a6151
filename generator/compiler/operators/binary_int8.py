"""MAXIMUM, MINIMUM, SQUARED_DIFFERENCE and PRELU on int8, with broadcasting."""

from __future__ import annotations

from generator.compiler.arithmetic import quantize_multiplier
from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.operators.loops import elementwise_step
from generator.compiler.step import Lowered, Unsupported

#: what SQUARED_DIFFERENCE multiplies both inputs with: 2^7, for their square to fit
_FACTOR = 128


def lower_int8(context: Context) -> Lowered:
    """Both inputs and the output are int8 with one scale each.

    Raises Unsupported for other kinds and element types.
    """
    kind = context.operator.kind
    for tensor in (context.input(0), context.input(1), context.output()):
        require_dtype(tensor, "int8")
    if kind in ("MAXIMUM", "MINIMUM"):
        expression = "a > b ? a : b" if kind == "MAXIMUM" else "a < b ? a : b"
        return elementwise_step(context, expression, (0, 1), instructions=8)
    if kind == "PRELU":
        expression, positions = _prelu(context)
        return elementwise_step(context, expression, positions, headers=("requantize.h",), instructions=18)
    if kind == "SQUARED_DIFFERENCE":
        return elementwise_step(
            context, _squared_difference(context), (0, 1), headers=("integers.h",), instructions=40
        )
    raise Unsupported("is not supported on int8")


def _less(name: str, zero_point: int) -> str:
    return f"({name} - {zero_point})".replace("- -", "+ ") if zero_point else name


def _clamped(expression: str, zero_point: int) -> str:
    return f"(int8_t)mlf_clamp(mlf_add_zero_point({expression}, {zero_point}), -128, 127)"


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
        return _clamped(positive, target.zero_point), (0,)
    return _clamped(f"(a >= {source.zero_point} ? {positive} : {negative})", target.zero_point), (0, 1)


def _squared_difference(context: Context) -> str:
    """Source: TensorFlow Lite Micro's ``squared_difference.cc``."""
    first, second = quantization(context.input(0)), quantization(context.input(1))
    target = quantization(context.output())
    twice = 2.0 * max(first.scale, second.scale)
    terms = []
    for name, given in (("a", first), ("b", second)):
        multiplier, shift = quantize_multiplier(given.scale / twice)
        terms.append(f"mlf_rescale({_less(name, given.zero_point)} * {_FACTOR}, {multiplier}, {shift})")
    multiplier, shift = quantize_multiplier(twice * twice / (_FACTOR * _FACTOR * target.scale))
    square = f"mlf_square_s32({terms[0]} - {terms[1]})"
    return _clamped(f"mlf_rescale({square}, {multiplier}, {shift})", target.zero_point)
