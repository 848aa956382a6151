"""RESHAPE, SQUEEZE, EXPAND_DIMS: the same bytes in another shape, so nothing runs."""

from __future__ import annotations

from generator.compiler.context import Context
from generator.compiler.step import Alias, Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """The output is the input under another shape. Raises Unsupported where sizes or element types differ."""
    source, target = context.input(0), context.output()
    if source.size_bytes != target.size_bytes or source.dtype != target.dtype:
        raise Unsupported(
            f"turns {source.dtype} of shape {source.shape} into {target.dtype} of shape {target.shape}"
        )
    return Alias(context.operator.index, context.operator.kind, source.index, target.index)
