"""CAST: values in another element type, scales left aside."""

from __future__ import annotations

import numpy as np

from generator.compiler.context import NUMPY, Context, require_dtype
from generator.compiler.operators.loops import elementwise_step
from generator.compiler.operators.shapes import require_shape
from generator.compiler.step import C_TYPES, Alias, Folded, Lowered


def lower(context: Context) -> Lowered:
    """bool, integers and float32 to each other; constants also from float16 and float64.

    Integers wrap; floats are rounded towards zero, to the nearest end of an integer's range beyond it, and NaN to 0.
    Raises Unsupported for other element types.
    """
    source, target, operator = context.input(0), context.output(), context.operator
    known = context.known(0)
    require_dtype(source, *(C_TYPES if known is None else NUMPY))
    require_dtype(target, *C_TYPES)
    require_shape(source.shape, target.shape)
    if known is not None:
        return Folded(operator.index, operator.kind, {target.index: _cast(known, target.dtype)})
    if source.dtype == target.dtype:
        return Alias(operator.index, operator.kind, source.index, target.index, "same element type")
    if target.dtype == "bool":
        return elementwise_step(context, "a != 0", instructions=6)
    c_type = C_TYPES[target.dtype]
    if source.dtype == "float32":
        wide = "s64" if target.dtype in ("int64", "uint64", "uint32") else "s32"
        return elementwise_step(
            context, f"({c_type})mlf_cut_{wide}(a)", headers=("float32.h",), instructions=16
        )
    return elementwise_step(context, f"({c_type})a", instructions=6)


def _cast(content: np.ndarray, dtype: str) -> np.ndarray:
    if content.dtype.kind == "f" and np.dtype(NUMPY[dtype]).kind in "iu":
        limit = 2.0**63 - 1024 if dtype in ("int64", "uint64", "uint32") else 2.0**31 - 1
        cut = np.clip(
            np.trunc(np.nan_to_num(content.astype(np.float64), posinf=limit, neginf=-limit)),
            -limit - 1,
            limit,
        )
        return cut.astype(np.int64).astype(NUMPY[dtype])
    return content.astype(NUMPY[dtype])
