"""Operators of one float, or of one plain integer, an element."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from generator.compiler.c_tables import real_literal
from generator.compiler.context import Context, require_dtype
from generator.compiler.operators.loops import elementwise_step, folded_elements
from generator.compiler.step import Lowered, Unsupported

#: kind -> (expression of a, instructions of one element on a core with an FPU)
_EXPRESSIONS = {
    "ABS": ("fabsf(a)", 7),
    "CEIL": ("ceilf(a)", 20),
    "COS": ("cosf(a)", 90),
    "EXP": ("expf(a)", 60),
    "FLOOR": ("floorf(a)", 20),
    "LOG": ("logf(a)", 60),
    "NEG": ("-a", 7),
    "ROUND": ("rintf(a)", 20),
    "RSQRT": ("1.0F / sqrtf(a)", 35),
    "SIGN": ("a > 0.0F ? 1.0F : a < 0.0F ? -1.0F : a", 10),
    "SIN": ("sinf(a)", 90),
    "SQRT": ("sqrtf(a)", 20),
    "SQUARE": ("a * a", 7),
    "TANH": ("tanhf(a)", 80),
    "LOGISTIC": ("1.0F / (1.0F + expf(-a))", 80),
    "RELU": ("a < 0.0F ? 0.0F : a", 9),
    "RELU6": ("a < 0.0F ? 0.0F : a > 6.0F ? 6.0F : a", 11),
    "RELU_N1_TO_1": ("a < -1.0F ? -1.0F : a > 1.0F ? 1.0F : a", 11),
    "RELU_0_TO_1": ("a < 0.0F ? 0.0F : a > 1.0F ? 1.0F : a", 11),
    "ELU": ("a < 0.0F ? expm1f(a) : a", 80),
    "HARD_SWISH": ("a * mlf_clamp_f32(a + 3.0F, 0.0F, 6.0F) / 6.0F", 25),
}
#: of signed integers; the least one is its own negative
_INTEGER = {
    "ABS": "a < 0 ? ({t})(0U - ({u})a) : a",
    "NEG": "({t})(0U - ({u})a)",
    "SIGN": "(a > 0) - (a < 0)",
}
#: functions whose results every machine rounds alike
_FOLDED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "ABS": np.abs,
    "CEIL": np.ceil,
    "FLOOR": np.floor,
    "NEG": np.negative,
    "ROUND": np.rint,
    "SQUARE": np.square,
}
_GELU = "0.5F * a * (1.0F + erff(a * 0x1.6a09e6p-1F))"
_GELU_APPROXIMATE = "0.5F * a * (1.0F + tanhf(0x1.988454p-1F * (a + 0x1.6e4e26p-5F * a * a * a)))"


def lower_float(context: Context) -> Lowered:
    """float32 to float32 of the same shape. Raises Unsupported for other element types."""
    require_dtype(context.input(0), "float32")
    require_dtype(context.output(), "float32")
    operator = context.operator
    if operator.kind == "LEAKY_RELU":
        slope = real_literal(operator.real("alpha"))
        return elementwise_step(context, f"a > 0.0F ? a : a * {slope}", instructions=9)
    if operator.kind == "GELU":
        expression = _GELU_APPROXIMATE if operator.integer("approximate") else _GELU
        return elementwise_step(context, expression, instructions=120)
    function = _FOLDED.get(operator.kind)
    folded = None if function is None else folded_elements(context, function)
    if folded is not None:
        return folded
    expression, instructions = _EXPRESSIONS[operator.kind]
    headers = ("float32.h",) if "mlf_" in expression else ()
    return elementwise_step(context, expression, headers=headers, instructions=instructions)


def lower_integer(context: Context) -> Lowered:
    """int32 or int64 to the same; results wrap. Raises Unsupported for kinds that have no integer form."""
    kind, dtype = context.operator.kind, context.input(0).dtype
    require_dtype(context.output(), dtype)
    if kind not in _INTEGER:
        raise Unsupported(f"is not supported on {dtype} ({context.input(0).name!r})")
    function = _FOLDED.get(kind)
    folded = None if function is None else folded_elements(context, function)
    if folded is not None:
        return folded
    expression = _INTEGER[kind].format(t=f"{dtype}_t", u=f"u{dtype}_t")
    return elementwise_step(context, expression, instructions=7)
