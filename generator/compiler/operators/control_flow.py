"""IF and WHILE: what calls them has replaced them by their subgraphs' operators before."""

from __future__ import annotations

from generator.compiler.context import Context
from generator.compiler.step import Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """Raises Unsupported: only in a subgraph that initialises variables is an IF or WHILE left."""
    raise Unsupported(f"runs {context.operator.kind.lower()} where only constants can be assigned")
