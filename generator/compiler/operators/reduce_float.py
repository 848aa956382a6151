"""MEAN, SUM, REDUCE_PROD, REDUCE_MAX, REDUCE_MIN on floats and plain integers; REDUCE_ALL, REDUCE_ANY on bool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from generator.compiler.context import Context, require_dtype, wrong_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.shapes import axis_of, numbers
from generator.compiler.operators.views import View, merged, place, view_of
from generator.compiler.step import C_TYPES, Folded, Lowered, Unsupported

#: kind -> (first value, what becomes of sum and a, the value of the whole)
_FLOAT = {
    "MEAN": ("0.0F", "sum + a", "sum / {count}.0F"),
    "SUM": ("0.0F", "sum + a", "sum"),
    "REDUCE_PROD": ("1.0F", "sum * a", "sum"),
    "REDUCE_MAX": ("-INFINITY", "a > sum ? a : sum", "sum"),
    "REDUCE_MIN": ("INFINITY", "a < sum ? a : sum", "sum"),
}
_INTEGER = {
    # In int64, which holds the sum of every tensor of int32.
    "MEAN": ("0", "(int64_t)((uint64_t)sum + (uint64_t)a)", "({t})(sum / {count})"),
    "SUM": ("0", "({t})(({u})sum + ({u})a)", "sum"),
    "REDUCE_PROD": ("1", "({t})(({u})sum * ({u})a)", "sum"),
    "REDUCE_MAX": ("{min}", "a > sum ? a : sum", "sum"),
    "REDUCE_MIN": ("{max}", "a < sum ? a : sum", "sum"),
}
_BOOL = {
    "REDUCE_ALL": ("1", "sum != 0 && a != 0", "sum"),
    "REDUCE_ANY": ("0", "sum != 0 || a != 0", "sum"),
}
_FOLDED: dict[str, Callable[..., Any]] = {
    "SUM": np.sum,
    "REDUCE_PROD": np.prod,
    "REDUCE_MAX": np.max,
    "REDUCE_MIN": np.min,
    "REDUCE_ALL": np.all,
    "REDUCE_ANY": np.any,
}
#: element type -> the names of its least and greatest value in C
_LIMITS = {
    "int32": ("INT32_MIN", "INT32_MAX"),
    "int64": ("INT64_MIN", "INT64_MAX"),
}


def lower_float(context: Context) -> Lowered:
    """float32, int32 or int64 over constant axes to the same type; sums and products of integers wrap.

    Raises Unsupported for other kinds, and for a reduction of no elements.
    """
    source, target = context.input(0), context.output()
    require_dtype(target, source.dtype)
    axes, kept = reduced_axes(context)
    count = prod(source.shape[axis] for axis in axes)
    texts = _texts(context.operator.kind, source.dtype)
    if texts is None:
        raise wrong_dtype(source)
    if count == 0:
        raise Unsupported(f"reduces a tensor of shape {source.shape}, which has no elements")
    folded = _folded(context, axes)
    if folded is not None:
        return folded
    c_type = C_TYPES[source.dtype]
    unsigned = {"int32": "uint32_t", "int64": "uint64_t"}.get(source.dtype, c_type)
    low, high = _LIMITS.get(source.dtype, ("", ""))
    first, step, whole = (text.format(count=count, t=c_type, u=unsigned, min=low, max=high) for text in texts)
    view = view_of(source)
    sum_type = "int64_t" if source.dtype != "float32" and context.operator.kind == "MEAN" else c_type
    body = reduction_lines(view, kept, axes, (c_type, sum_type), (first, step, whole))
    kernel = Kernel(
        (), tuple(body), description=f"{count} to 1", instructions=7 * source.elements + 8 * target.elements
    )
    return bound_step(context, kernel, (0,))


def _folded(context: Context, axes: tuple[int, ...]) -> Folded | None:
    """Of integers and truth values that are known, such as shapes. Sums and products wrap."""
    known, function = context.known(0), _FOLDED.get(context.operator.kind)
    if known is None or function is None or known.dtype.kind not in "ib":
        return None
    target = context.output()
    wide = {"dtype": known.dtype} if function in (np.sum, np.prod) else {}
    content = function(known, axis=axes, **wide)
    values = {target.index: np.asarray(content, known.dtype).reshape(target.shape)}
    return Folded(context.operator.index, context.operator.kind, values)


def reduced_axes(context: Context) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(axes reduced, axes kept) of input 0. Raises Unsupported where the output has another size."""
    source, target = context.input(0), context.output()
    rank = len(source.shape)
    axes = {axis_of(axis, rank) for axis in numbers(context, 1, "axes")}
    kept = tuple(axis for axis in range(rank) if axis not in axes)
    if prod(source.shape[axis] for axis in kept) != target.elements:
        raise Unsupported(f"reduces the shape {source.shape} along {sorted(axes)} to {target.shape}")
    return tuple(sorted(axes)), kept


def _texts(kind: str, dtype: str) -> tuple[str, str, str] | None:
    if dtype == "float32":
        return _FLOAT.get(kind)
    if dtype == "bool":
        return _BOOL.get(kind)
    return _INTEGER.get(kind)


def reduction_lines(
    view: View, kept: Sequence[int], axes: Sequence[int], types: tuple[str, str], texts: tuple[str, str, str]
) -> list[str]:
    """C that reduces in0 to out0. types: C's of an element and of the sum.

    texts: the sum's first value, what becomes of ``sum`` and an element ``a``, the output of the whole ``sum``.
    """
    c_type, sum_type = types
    first, step, whole = texts
    outer, (outer_strides,) = merged([view.extents[a] for a in kept], [view.strides[a] for a in kept])
    inner, (inner_strides,) = merged([view.extents[a] for a in axes], [view.strides[a] for a in axes])
    lines, indent = ["int32_t at = 0;"], ""
    for number, extent in enumerate(outer):
        lines.append(f"{indent}for (int32_t i{number} = 0; i{number} < {extent}; i{number}++) {{{{")
        indent += "  "
    if not outer:
        lines.append("{{")
        indent = "  "
    lines.append(f"{indent}{sum_type} sum = {first};")
    deep = indent
    for number, extent in enumerate(inner, len(outer)):
        lines.append(f"{deep}for (int32_t i{number} = 0; i{number} < {extent}; i{number}++) {{{{")
        deep += "  "
    where = place(0, (*outer_strides, *inner_strides))
    lines.append(f"{deep}{{{{ const {c_type} a = in0[{where}]; sum = {step}; }}}}")
    while deep != indent:
        deep = deep[2:]
        lines.append(deep + "}}")
    lines.append(f"{indent}out0[at++] = {whole};")
    while indent:
        indent = indent[2:]
        lines.append(indent + "}}")
    return lines
