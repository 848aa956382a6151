"""EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL: bool, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from generator.compiler.arithmetic import quantize_multiplier
from generator.compiler.context import Context, quantization, require_dtype, wrong_dtype
from generator.compiler.operators.loops import elementwise_step, folded_elements
from generator.compiler.step import Lowered, Unsupported
from generator.model.network import NetworkTensor

_SIGNS: dict[str, tuple[str, Callable[[np.ndarray, np.ndarray], np.ndarray]]] = {
    "EQUAL": ("==", np.equal),
    "NOT_EQUAL": ("!=", np.not_equal),
    "LESS": ("<", np.less),
    "LESS_EQUAL": ("<=", np.less_equal),
    "GREATER": (">", np.greater),
    "GREATER_EQUAL": (">=", np.greater_equal),
}
_PLAIN = ("float32", "int32", "int64", "bool")
_QUANTISED = ("int8", "int16")
#: what quantised inputs are multiplied with before they are scaled
_FACTOR = 256


def lower(context: Context) -> Lowered:
    """Two tensors of one element type, broadcast as NumPy does, to bool.

    int8, and int16 for equality, are scaled to 1/256 and rounded, as in ``reference_ops::ComparisonWithScaling``;
    int16 of one scale, int32, int64 and float32 are compared as they are, bool only for equality. Raises
    Unsupported for the rest.
    """
    kind, first, second = context.operator.kind, context.input(0), context.input(1)
    require_dtype(context.output(), "bool")
    require_dtype(second, first.dtype)
    sign, function = _SIGNS[kind]
    if first.dtype == "int16" and sign not in ("==", "!="):
        if quantization(first) != quantization(second):
            raise Unsupported(
                "compares int16 of different scales",
                "the reference kernels compare the stored values then; convert the model with one scale",
            )
        return elementwise_step(context, f"a {sign} b", (0, 1), instructions=8)
    if first.dtype in _QUANTISED:
        left, right = _scaled("a", first), _scaled("b", second)
        return elementwise_step(
            context, f"{left} {sign} {right}", (0, 1), headers=("requantize.h",), instructions=30
        )
    if first.dtype not in _PLAIN or (first.dtype == "bool" and sign not in ("==", "!=")):
        raise wrong_dtype(first)
    return folded_elements(context, function, (0, 1)) or elementwise_step(
        context, f"a {sign} b", (0, 1), instructions=8
    )


def _scaled(name: str, tensor: NetworkTensor) -> str:
    found = quantization(tensor)
    multiplier, shift = quantize_multiplier(found.scale)
    value = f"({name} - {found.zero_point})".replace("- -", "+ ")
    return f"mlf_rescale({value} * {_FACTOR}, {multiplier}, {shift})"
