"""Operators of two inputs on floats and on plain (unquantised) integers, with broadcasting."""

from __future__ import annotations

from generator.compiler.context import Context, require_dtype
from generator.compiler.operators.layers import float_range
from generator.compiler.operators.loops import clamped, elementwise_step
from generator.compiler.step import Lowered, Unsupported

#: kind -> (expression of a and b, instructions of one element)
_FLOAT = {
    "ADD": ("a + b", 8),
    "SUB": ("a - b", 8),
    "MUL": ("a * b", 8),
    "DIV": ("a / b", 20),
    "MAXIMUM": ("a > b ? a : b", 10),
    "MINIMUM": ("a < b ? a : b", 10),
    "SQUARED_DIFFERENCE": ("(a - b) * (a - b)", 10),
    "POW": ("powf(a, b)", 150),
    "FLOOR_DIV": ("floorf(a / b)", 30),
    "FLOOR_MOD": ("mlf_floor_mod_f32(a, b)", 60),
    "PRELU": ("a >= 0.0F ? a : a * b", 10),
}
#: of signed integers of both sizes; sums and products wrap, as the processor's do
_INTEGER = {
    "ADD": ("({t})(({u})a + ({u})b)", 8),
    "SUB": ("({t})(({u})a - ({u})b)", 8),
    "MUL": ("({t})(({u})a * ({u})b)", 8),
    "DIV": ("mlf_divide_{s}(a, b)", 20),
    "MAXIMUM": ("a > b ? a : b", 10),
    "MINIMUM": ("a < b ? a : b", 10),
    "SQUARED_DIFFERENCE": ("({t})((({u})a - ({u})b) * (({u})a - ({u})b))", 10),
    "POW": ("mlf_power_{s}(a, b)", 100),
    "FLOOR_DIV": ("mlf_floor_divide_{s}(a, b)", 25),
    "FLOOR_MOD": ("mlf_floor_mod_{s}(a, b)", 25),
}
_BITS = {"int32": 32, "int64": 64}


def lower_float(context: Context) -> Lowered:
    kind = context.operator.kind
    dtype = context.output().dtype
    for position in (0, 1):
        require_dtype(context.input(position), dtype)
    if dtype == "float32":
        found, bits = _FLOAT.get(kind), 0
    else:
        found, bits = _INTEGER.get(kind), _BITS.get(dtype, 0)
    if found is None or (bits == 0 and dtype != "float32"):
        raise Unsupported(f"is not supported on {dtype}")
    expression, instructions = found
    activation = context.operator.integer("fused_activation_function")
    if bits == 0:
        expression, headers = clamped(expression, float_range(context))
        if "mlf_floor_mod" in expression:
            headers = ("float32.h",)
        return elementwise_step(context, expression, (0, 1), headers=headers, instructions=instructions)
    expression = expression.format(t=f"int{bits}_t", u=f"uint{bits}_t", s=f"s{bits}")
    headers = ("integers.h",) if "mlf_" in expression else ()
    low, high = float_range(context)
    if activation:
        top = f"INT{bits}_MAX" if high > 6.0 else str(int(high))
        expression = f"mlf_clamp_s{bits}({expression}, {int(low)}, {top})"
        headers = ("integers.h",)
    return elementwise_step(context, expression, (0, 1), headers=headers, instructions=instructions)
