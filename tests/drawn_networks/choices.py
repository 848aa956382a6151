"""Comparisons, logic, selections, and tensors made of a few numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from drawn_networks.draw import QUANTISED, Draw

COMPARISONS = ("EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL")
_TABLES = {kind: f"{''.join(w.capitalize() for w in kind.split('_'))}Options" for kind in COMPARISONS}


def comparison_of(kind: str) -> Callable[[Draw], None]:
    def comparison(d: Draw) -> None:
        # The reference kernels know no scales of one and more here.
        x = d.source(
            ("int8", "int8", "uint8", "float32", "int32", "int64"),
            lambda: d.shape(d.rank()),
            quantised=lambda dtype: d.quantised(dtype, 2.0 ** d.random.uniform(-9, -2)),
        )
        shape = d.shape_of(x)
        other = d.broadcast(shape) if d.chance(0.5) else shape
        scale = d.near(d.quantisation_of(x).get("scale", 1.0))
        y = x if d.chance(0.05) else d.operand(d.dtype(x), other, d.quantised(d.dtype(x), scale))
        pair = (y, x) if d.chance(0.4) else (x, y)
        wide = np.broadcast_shapes(d.shape_of(x), d.shape_of(y))
        d.result(kind, pair, "bool", wide, {_TABLES[kind]: {}}, {})

    return comparison


def logical_of(kind: str) -> Callable[[Draw], None]:
    def logical(d: Draw) -> None:
        x = d.source(("bool",), lambda: d.shape(d.rank()))
        shape = d.shape_of(x)
        if kind == "LOGICAL_NOT":
            d.result(kind, (x,), "bool", shape, {"LogicalNotOptions": {}}, {})
            return
        y = d.operand("bool", d.broadcast(shape) if d.chance(0.5) else shape)
        table = "LogicalAndOptions" if kind == "LOGICAL_AND" else "LogicalOrOptions"
        d.result(kind, (x, y), "bool", np.broadcast_shapes(shape, d.shape_of(y)), {table: {}}, {})

    return logical


def select_v2(d: Draw) -> None:
    x = d.source(("int8", "int16", "float32", "int32"), lambda: d.shape(d.rank()))
    shape, dtype, own = d.shape_of(x), d.dtype(x), d.quantisation_of(x)
    y = d.operand(dtype, d.broadcast(shape) if d.chance(0.3) else shape, own)
    which = d.operand("bool", d.broadcast(shape) if d.chance(0.4) else shape, constant=0.1)
    pair = (y, x) if d.chance(0.4) else (x, y)
    d.result("SELECT_V2", (which, *pair), dtype, shape, {"SelectV2Options": {}}, own)


def fill(d: Draw) -> None:
    x = d.source(("float32", "int8", "int32", "int64"), lambda: (), lambda shape: shape == ())
    shape = d.shape(d.rank())
    d.result("FILL", (d.numbers(shape), x), d.dtype(x), shape, {"FillOptions": {}}, d.quantisation_of(x))


def zeros_like(d: Draw) -> None:
    x = d.source(("float32", "int8", "int32", "int64"), lambda: d.shape(d.rank()))
    d.result("ZEROS_LIKE", (x,), d.dtype(x), d.shape_of(x), {"ZerosLikeOptions": {}}, d.quantisation_of(x))


def add_n(d: Draw) -> None:
    x = d.source(("float32", "int8", "int32"), lambda: d.shape(d.rank()))
    dtype, shape, own = d.dtype(x), d.shape_of(x), d.quantisation_of(x)
    others = [
        x if d.chance(0.1) else d.operand(dtype, shape, own, constant=0.1) for _ in range(d.between(1, 4))
    ]
    target = d.quantised(dtype, d.near(own["scale"] * 2)) if dtype in QUANTISED else {}
    d.result("ADD_N", (x, *others), dtype, shape, {"AddNOptions": {}}, target)


def cumsum(d: Draw) -> None:
    x = d.source(("float32", "int8", "int32"), lambda: d.shape(d.rank()))
    shape, dtype = d.shape_of(x), d.dtype(x)
    axis = d.between(-len(shape), len(shape) - 1)
    target = d.quantised(dtype, d.near(d.quantisation_of(x)["scale"] * 3)) if dtype in QUANTISED else {}
    options = {"exclusive": d.chance(0.4), "reverse": d.chance(0.4)}
    d.result("CUMSUM", (x, d.numbers(axis)), dtype, shape, {"CumsumOptions": options}, target)


def gather_nd(d: Draw) -> None:
    x = d.source(("float32", "int8", "int16", "int32", "uint8"), lambda: d.shape(d.rank()))
    shape = d.shape_of(x)
    depth = d.between(1, len(shape))
    outer = d.shape(d.between(1, 2), 4)
    limits = (0, min(shape[:depth]) - 1)
    if d.chance(0.4):
        indices = d.constant(d.values("int32", (*outer, depth), limits))
    else:
        indices = d.input("int32", (*outer, depth))
        d.limits[indices] = limits
    found = (*outer, *shape[depth:])
    own = d.quantisation_of(x)
    d.result("GATHER_ND", (x, indices), d.dtype(x), found, {"GatherNdOptions": {}}, own)


def dynamic_update_slice(d: Draw) -> None:
    x = d.source(("float32", "int8", "int32", "int64"), lambda: d.shape(d.rank()))
    shape, dtype, own = d.shape_of(x), d.dtype(x), d.quantisation_of(x)
    part = tuple(d.between(1, extent) for extent in shape)
    y = d.operand(dtype, part, own)
    start = d.operand("int32", (len(shape),), constant=0.4)
    d.limits[start] = (-1, 4)
    d.result("DYNAMIC_UPDATE_SLICE", (x, y, start), dtype, shape, {"DynamicUpdateSliceOptions": {}}, own)
