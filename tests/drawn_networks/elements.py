"""Operators of single elements: of one input, of two inputs that broadcast, and between element types."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from drawn_networks.draw import ACTIVATIONS, QUANTISED, Draw, Quantised, spread

_INTEGERS = ("int32", "int64")
#: kind -> its options' table, where it has a fused activation
_FUSED = {"ADD": "AddOptions", "SUB": "SubOptions", "MUL": "MulOptions", "DIV": "DivOptions"}
#: kind -> element types
BINARY: dict[str, tuple[str, ...]] = {
    "ADD": ("int8", "int8", "int8", "int16", "uint8", "float32", *_INTEGERS),
    "SUB": ("int8", "int8", "int16", "uint8", "float32", *_INTEGERS),
    "MUL": ("int8", "int8", "int8", "int16", "uint8", "float32", *_INTEGERS),
    "DIV": ("float32", "int32", "int8"),
    "MAXIMUM": ("int8", "int16", "uint8", "float32", *_INTEGERS),
    "MINIMUM": ("int8", "int16", "uint8", "float32", *_INTEGERS),
    "SQUARED_DIFFERENCE": ("int8", "int16", "float32", "int32"),
    "POW": ("float32", "int32"),
    "FLOOR_DIV": ("float32", "int32"),
    "FLOOR_MOD": ("float32", *_INTEGERS),
    "PRELU": ("int8", "uint8", "float32"),
}
UNARY: dict[str, tuple[str, ...]] = {
    "LOGISTIC": ("int8", "int16", "uint8", "float32"),
    "TANH": ("int8", "int16", "uint8", "float32"),
    "HARD_SWISH": ("int8", "uint8", "float32"),
    "LEAKY_RELU": ("int8", "int16", "uint8", "float32"),
    "RELU": ("int8", "int16", "uint8", "float32"),
    "RELU6": ("int8", "int16", "uint8", "float32"),
    "RELU_N1_TO_1": ("int8", "uint8", "float32"),
    "RELU_0_TO_1": ("int8", "uint8", "float32"),
    "ABS": ("int8", "int16", "float32", "int32"),
    "ELU": ("int8", "float32"),
    "NEG": ("float32", *_INTEGERS),
    "SIGN": ("float32", "int32"),
    "RSQRT": ("float32", "int16", "int8"),
    **dict.fromkeys(("EXP", "GELU", "LOG"), ("int8", "float32")),
    **dict.fromkeys(("CEIL", "COS", "FLOOR", "ROUND", "SIN", "SQRT", "SQUARE"), ("float32",)),
}
_POSITIVE = (0.01, 50.0)


def binary_of(kind: str) -> Callable[[Draw], None]:
    def binary(d: Draw) -> None:
        dtype = d.pick(BINARY[kind])
        same = _same(d) if kind in ("MAXIMUM", "MINIMUM") and dtype in QUANTISED else None
        limits = _limits(kind, dtype)
        if kind == "DIV" and dtype in QUANTISED:
            # Of 0, and of small quotients, the reference kernel shifts by more bits than there are.
            same, limits = (lambda dtype: {**d.quantised(dtype), "zero_point": -128}), (0, 127)
        x = d.source(
            (dtype,), lambda: d.shape(d.rank(1, 5 if d.chance(0.2) else 4)), limits=limits, quantised=same
        )
        shape = d.shape_of(x)
        if d.chance(0.08) and kind not in ("PRELU", "DIV"):
            y = x
        else:
            other = d.broadcast(shape) if d.chance(0.55) else shape
            if kind == "PRELU":
                other = d.pick((shape[1:], shape[-1:], (1,) * (len(shape) - 1) + shape[-1:])) or shape
            y = _second(d, kind, dtype, other, same=d.quantisation_of(x) if same else None)
        pair = (x, y)
        if kind != "PRELU" and d.chance(0.35):
            pair = (y, x)
            if kind in ("DIV", "FLOOR_DIV", "FLOOR_MOD", "POW"):
                pair = (x, y)
        target = _target(d, kind, dtype, *pair, same=same is not None and kind != "DIV")
        wide = np.broadcast_shapes(*(d.shape_of(i) for i in pair))
        if kind in _FUSED:
            options = {_FUSED[kind]: {"fused_activation_function": d.pick(ACTIVATIONS)}}
        else:
            options = {}
        d.result(kind, pair, dtype, wide, options, target)

    return binary


def _same(d: Draw) -> Callable[[str], Quantised]:
    return d.quantised


def _limits(kind: str, dtype: str) -> tuple[float, float] | None:
    """Of both inputs, where the reference kernels refuse or don't define others."""
    if dtype in QUANTISED:
        return None
    if kind in ("DIV", "FLOOR_DIV", "FLOOR_MOD"):
        return (0.5, 9.0) if dtype == "float32" else (1, 50)
    if kind == "POW":
        return (0.3, 3.0) if dtype == "float32" else (0, 5)
    return None


def _second(d: Draw, kind: str, dtype: str, shape: Sequence[int], same: Quantised | None) -> int:
    limits = _limits(kind, dtype)
    if kind == "DIV" and dtype in QUANTISED:
        # Never by 0.
        divisor = d.input(dtype, shape, **{**d.quantised(dtype), "zero_point": -128})
        d.limits[divisor] = (-120, 127)
        return divisor
    if limits is None:
        return d.operand(dtype, shape, same, constant=0.8 if kind == "PRELU" else 0.3)
    low, high = limits
    if kind != "POW" and d.chance(0.3):
        low, high = -high, -low
    if d.chance(0.4):
        return d.constant(d.values(dtype, shape, (low, high)))
    found = d.input(dtype, shape)
    d.limits[found] = (low, high)
    return found


def _target(d: Draw, kind: str, dtype: str, first: int, second: int, same: bool) -> Quantised:
    if dtype not in QUANTISED:
        return {}
    a, b = d.quantisation_of(first)["scale"], d.quantisation_of(second)["scale"]
    if same:
        return d.quantisation_of(first)
    if d.chance(0.1):
        return d.quantised(dtype)
    width = 32768 if dtype == "int16" else 128
    real = {
        "MUL": a * b * width,
        "DIV": a / b / 8,
        "PRELU": max(a, a * b * width),
        "SQUARED_DIFFERENCE": max(a, b) ** 2 * width,
    }.get(kind, max(a, b) * 1.5)
    return d.quantised(dtype, d.near(real))


def unary_of(kind: str) -> Callable[[Draw], None]:
    def unary(d: Draw) -> None:
        dtype = d.pick(UNARY[kind])
        limits = _POSITIVE if kind in ("LOG", "SQRT", "RSQRT") and dtype == "float32" else None
        if kind == "RSQRT" and dtype == "int16":
            limits = (1, 32767)
        x = d.source((dtype,), lambda: d.shape(d.rank(1, 4)), limits=limits)
        if kind == "RSQRT" and dtype == "int8":
            # The reference kernel stops at what is less than 0.
            d.limits[x] = (d.quantisation_of(x)["zero_point"], 127)
        target: Quantised = {}
        if dtype in QUANTISED:
            target = _unary_target(d, kind, dtype, d.quantisation_of(x))
        options = {}
        if kind == "LEAKY_RELU":
            alpha = float(np.float32(d.random.uniform(-0.5, 1.5)))
            options = {"LeakyReluOptions": {"alpha": alpha}}
        if kind == "GELU":
            options = {"GeluOptions": {"approximate": d.chance(0.5)}}
        d.result(kind, (x,), dtype, d.shape_of(x), options, target)

    return unary


def _unary_target(d: Draw, kind: str, dtype: str, source: Quantised) -> Quantised:
    if kind == "LOGISTIC":
        scale, zero = {"int8": (1 / 256, -128), "uint8": (1 / 256, 0), "int16": (1 / 32768, 0)}[dtype]
        return {"scale": scale, "zero_point": zero}
    if kind == "TANH":
        scale, zero = {"int8": (1 / 128, 0), "uint8": (1 / 128, 128), "int16": (1 / 32768, 0)}[dtype]
        return {"scale": scale, "zero_point": zero}
    if d.chance(0.3):
        return source
    if kind == "RSQRT" and dtype == "int16":
        return d.quantised(dtype, d.near(1 / math.sqrt(source["scale"]) / 32768))
    return d.quantised(dtype, d.near(source["scale"]))


def quantize(d: Draw) -> None:
    taken = d.pick(("float32", "float32", "int8", "uint8", "int16", "int32"))
    given = d.pick(
        ("int8", "int8", "uint8", "int16") if taken == "float32" else ("int8", "uint8", "int16", "int32")
    )
    scale = d.scale()

    def quantisation(dtype: str) -> Quantised:
        if dtype == "int32":
            return {"scale": scale, "zero_point": 0}
        return d.quantised(dtype, scale)

    if taken == "int32":
        x = d.source(("int32",), lambda: d.shape(d.rank()), limits=(-(2**20), 2**20), quantised=quantisation)
    else:
        x = d.source((taken,), lambda: d.shape(d.rank()))
    own = d.quantisation_of(x).get("scale", 0.02)
    real = own * (1000 if taken == "int32" else 1 / 300 if given == "int32" else 1.0)
    near = d.near(real)
    target = {"scale": near, "zero_point": 0} if given == "int32" else d.quantised(given, near)
    d.result("QUANTIZE", (x,), given, d.shape_of(x), {"QuantizeOptions": {}}, target)


def dequantize(d: Draw) -> None:
    x = d.source(("int8", "uint8", "int16"), lambda: d.shape(d.rank()))
    d.result("DEQUANTIZE", (x,), "float32", d.shape_of(x), {"DequantizeOptions": {}}, {})


def cast(d: Draw) -> None:
    types = ("int8", "uint8", "int16", "int32", "int64", "float32", "bool")
    given = d.pick(types)
    # Negative floats as unsigned integers are undefined in C, and so in the reference kernels.
    limits = (0, 100) if given == "uint8" else None
    x = d.source(types, lambda: d.shape(d.rank()), quantised=lambda dtype: {}, limits=limits)
    d.result("CAST", (x,), given, d.shape_of(x), {"CastOptions": {}}, {})


def softmax(d: Draw) -> None:
    x = d.source(
        ("int8", "int8", "int16", "uint8", "float32"), lambda: (*d.shape(d.rank(0, 3)), d.between(1, 40))
    )
    dtype = d.dtype(x)
    given = dtype
    if dtype == "int8" and d.chance(0.2):
        given = "int16"
    target = {
        "int8": {"scale": 1 / 256, "zero_point": -128},
        "uint8": {"scale": 1 / 256, "zero_point": 0},
        "int16": {"scale": 1 / 32768, "zero_point": 0},
        "float32": {},
    }[given]
    if given != dtype:
        target = {"scale": 1 / 65536, "zero_point": -32768}
    beta = d.pick((1.0, 1.0, 0.5, 2.0, 10.0))
    d.result("SOFTMAX", (x,), given, d.shape_of(x), {"SoftmaxOptions": {"beta": beta}}, target)


def log_softmax(d: Draw) -> None:
    x = d.source(("float32", "int8"), lambda: (*d.shape(d.rank(0, 3)), d.between(1, 40)))
    target = {"scale": 16 / 256, "zero_point": 127} if d.dtype(x) == "int8" else {}
    d.result("LOG_SOFTMAX", (x,), d.dtype(x), d.shape_of(x), {"LogSoftmaxOptions": {}}, target)


def l2_normalization(d: Draw) -> None:
    x = d.source(("int8", "float32"), lambda: (*d.shape(d.rank(0, 3)), d.between(1, 40)))
    dtype = d.dtype(x)
    target = {"scale": 1 / 128, "zero_point": 0} if dtype == "int8" else {}
    options = {"L2NormOptions": {"fused_activation_function": 0}}
    d.result("L2_NORMALIZATION", (x,), dtype, d.shape_of(x), options, target)


_REDUCED = {
    "MEAN": ("int8", "int8", "uint8", "int16", "float32", "int32"),
    "SUM": ("float32", "int32", "int8"),
    "REDUCE_PROD": ("float32", "int32"),
    "REDUCE_MAX": ("int8", "int16", "uint8", "float32", "int32"),
    "REDUCE_MIN": ("int8", "int16", "uint8", "float32", "int32"),
    "REDUCE_ANY": ("bool",),
    "REDUCE_ALL": ("bool",),
}


def reduce_of(kind: str) -> Callable[[Draw], None]:
    def reduce(d: Draw) -> None:
        dtype = d.pick(_REDUCED[kind])
        limits = ((0.5, 1.5) if dtype == "float32" else (-2, 2)) if kind == "REDUCE_PROD" else None
        x = d.source((dtype,), lambda: d.shape(d.rank(1, 5 if d.chance(0.15) else 4)), limits=limits)
        shape = d.shape_of(x)
        rank = len(shape)
        axes = [axis for axis in range(rank) if d.chance(0.5)] or [rank - 1]
        if rank == 4 and d.chance(0.3):
            axes = [1, 2]
        keep = d.chance(0.5)
        kept = [
            1 if axis in axes else extent for axis, extent in enumerate(shape) if keep or axis not in axes
        ]
        given = [axis - rank if d.chance(0.3) else axis for axis in axes]
        if d.chance(0.05):
            given.append(given[0])
        target: Quantised = {}
        if dtype in QUANTISED:
            own = d.quantisation_of(x)
            count = math.prod(shape[axis] for axis in axes)
            factor = spread(count) / 40 if kind == "SUM" else 1.0
            target = d.quantised(dtype, d.near(own["scale"] * factor))
            if d.chance(0.4) or kind.startswith("REDUCE"):
                target = own
        place = d.numbers(given) if len(given) > 1 or d.chance(0.5) else d.numbers(given[0])
        d.result(kind, (x, place), dtype, kept, {"ReducerOptions": {"keep_dims": keep}}, target)

    return reduce


def arg_of(kind: str) -> Callable[[Draw], None]:
    def arg(d: Draw) -> None:
        x = d.source(("int8", "uint8", "int16", "int32", "float32"), lambda: d.shape(d.rank()))
        shape = d.shape_of(x)
        axis = d.between(-len(shape), len(shape) - 1)
        number = d.pick(("int32", "int32", "int64"))
        kept = [extent for place, extent in enumerate(shape) if place != axis % len(shape)]
        table = "ArgMaxOptions" if kind == "ARG_MAX" else "ArgMinOptions"
        options = {table: {"output_type": 2 if number == "int32" else 4}}
        d.result(kind, (x, d.numbers(axis)), number, kept, options, {})

    return arg


def topk(d: Draw) -> None:
    x = d.source(("int8", "uint8", "int32", "float32"), lambda: d.shape(d.rank(1, 3), 12))
    shape = d.shape_of(x)
    kept = d.between(1, shape[-1])
    values = d.tensor(d.dtype(x), (*shape[:-1], kept), **d.quantisation_of(x))
    places = d.tensor("int32", (*shape[:-1], kept))
    d.operator("TOPK_V2", (x, d.numbers(kept)), (values, places), TopKV2Options={})
    d.outputs += [values, places]
