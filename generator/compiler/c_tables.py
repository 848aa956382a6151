"""Constants as C initialisers."""

from __future__ import annotations

import math

import numpy as np

from generator.compiler.step import Constant

_PER_LINE = 20


def table(constant: Constant, name: str, attribute: str) -> str:
    """``static const T name[N] … = { … };`` for one constant."""
    values = constant.values
    alignment = f" __attribute__((aligned({constant.alignment_bytes})))"
    rows = len(values)
    head = f"static const {constant.c_type} {name}[{max(rows, 1)}] {attribute}{alignment} = {{"
    if values.ndim == 2:
        lines = [f"  {{{', '.join(literals(row))}}}," for row in values]
        return "\n".join([head, *lines, "};"])
    words = literals(values) or ["0"]
    lines = [f"  {','.join(words[i : i + _PER_LINE])}," for i in range(0, len(words), _PER_LINE)]
    return "\n".join([head, *lines, "};"])


def literals(values: np.ndarray) -> list[str]:
    """A C literal for each element of a one-dimensional integer or float array; floats exact, in hexadecimal."""
    kind, size = values.dtype.kind, values.dtype.itemsize
    if kind == "f":
        return [real_literal(value) for value in values.tolist()]
    suffix = ("U" if kind == "u" else "") + ("LL" if size == 8 else "")
    if size < 4:
        return list(map(str, values.tolist()))
    return [_integer(value, suffix) for value in values.tolist()]


def _integer(value: int, suffix: str) -> str:
    # The most negative number has no literal of its own type.
    if value in (-(2**31), -(2**63)):
        return f"({value + 1}{suffix} - 1)"
    return f"{value}{suffix}"


def real_literal(value: float) -> str:
    """Hexadecimal: every float has one, and it says the value exactly."""
    if math.isnan(value):
        return "NAN"
    if math.isinf(value):
        return "INFINITY" if value > 0 else "-INFINITY"
    return f"{value.hex()}f"
