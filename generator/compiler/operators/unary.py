"""Operators of one input that treat each element alike."""

from __future__ import annotations

from generator.compiler.context import Context, wrong_dtype
from generator.compiler.operators.unary_float import lower_float
from generator.compiler.step import Lowered


def lower(context: Context) -> Lowered:
    dtype = context.input(0).dtype
    if dtype == "float32":
        return lower_float(context)
    raise wrong_dtype(context.input(0))
