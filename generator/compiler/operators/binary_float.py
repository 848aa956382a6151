"""Operators of two inputs on floats and on plain (unquantised) integers, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from generator.compiler.context import Context, require_dtype, wrong_dtype
from generator.compiler.operators.layers import float_range
from generator.compiler.operators.loops import clamped, elementwise_step, folded_elements
from generator.compiler.step import Folded, Lowered

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
_FOLDED: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "ADD": np.add,
    "SUB": np.subtract,
    "MUL": np.multiply,
    "MAXIMUM": np.maximum,
    "MINIMUM": np.minimum,
    "DIV": lambda a, b: np.sign(a) * (np.abs(a) // b),
    "FLOOR_DIV": np.floor_divide,
    "FLOOR_MOD": np.mod,
}

_FOLDED_FLOAT: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "ADD": np.add,
    "SUB": np.subtract,
    "MUL": np.multiply,
    "DIV": np.divide,
    "MAXIMUM": lambda a, b: np.where(a > b, a, b),
    "MINIMUM": lambda a, b: np.where(a < b, a, b),
    "FLOOR_DIV": lambda a, b: np.floor(np.divide(a, b)),
}


def lower_float(context: Context) -> Lowered:
    """Both inputs and the output are float32, int32 or int64.

    Integer results wrap; a fused activation clamps them.
    Raises Unsupported for a kind that the element type does not have, and for other element types.
    """
    kind = context.operator.kind
    dtype = context.output().dtype
    for position in (0, 1):
        require_dtype(context.input(position), dtype)
    if dtype == "float32":
        found, bits = _FLOAT.get(kind), 0
    else:
        found, bits = _INTEGER.get(kind), _BITS.get(dtype, 0)
    if found is None or (bits == 0 and dtype != "float32"):
        raise wrong_dtype(context.input(0))
    expression, instructions = found
    activation = context.operator.integer("fused_activation_function")
    folded = _folded(context)
    if folded is not None:
        return folded
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


def _folded(context: Context) -> Folded | None:
    """Arithmetic on sizes that the compiler does, where both inputs are known and no division is by zero."""
    operator, target = context.operator, context.output()
    second, function = context.known(1), _FOLDED.get(operator.kind)
    if second is None or function is None:
        return None
    if target.dtype == "float32":
        return _folded_float(context)
    if operator.kind in ("DIV", "FLOOR_DIV", "FLOOR_MOD") and not np.all(second > 0):
        return None
    low, high = float_range(context)
    limit = np.iinfo(target.dtype)
    bounds = (limit.min, limit.max)
    if operator.integer("fused_activation_function"):
        bounds = (int(low) if np.isfinite(low) else limit.min, limit.max if high > 6.0 else int(high))
    return folded_elements(context, lambda a, b: np.clip(function(a, b), *bounds), (0, 1))


def _folded_float(context: Context) -> Folded | None:
    """Only what every machine rounds alike, and without a fused activation."""
    function = _FOLDED_FLOAT.get(context.operator.kind)
    if function is None or context.operator.integer("fused_activation_function"):
        return None
    with np.errstate(all="ignore"):
        return folded_elements(context, function, (0, 1))
