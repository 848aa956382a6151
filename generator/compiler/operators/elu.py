"""ELU: x, or exp(x) - 1 where x is negative."""

from __future__ import annotations

import numpy as np

from generator.compiler.context import Context, require_dtype
from generator.compiler.operators.tables import lower_real_table
from generator.compiler.operators.unary_float import lower_float
from generator.compiler.step import Lowered


def lower(context: Context) -> Lowered:
    """int8 by a table that is computed here, or float32. Raises Unsupported for other element types."""
    if require_dtype(context.input(0), "int8", "float32") == "float32":
        return lower_float(context)
    return lower_real_table(context, lambda x: np.where(x < 0, np.exp(x) - np.float32(1), x))
