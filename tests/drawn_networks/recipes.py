"""Every operator's recipe, and networks of one operator or of several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from zlib import crc32

import numpy as np

from drawn_networks import choices, elements, layers, moves, stateful
from drawn_networks.draw import Draw

#: what a network of several operators is called
CHAIN = "CHAIN"
RECIPES: dict[str, Callable[[Draw], None]] = {
    "CONV_2D": layers.conv_2d,
    "DEPTHWISE_CONV_2D": layers.depthwise_conv_2d,
    "FULLY_CONNECTED": layers.fully_connected,
    "TRANSPOSE_CONV": layers.transpose_conv,
    "BATCH_MATMUL": layers.batch_matmul,
    **{kind: layers.pool_of(kind) for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D")},
    **{kind: elements.binary_of(kind) for kind in elements.BINARY},
    **{kind: elements.unary_of(kind) for kind in elements.UNARY},
    "QUANTIZE": elements.quantize,
    "DEQUANTIZE": elements.dequantize,
    "CAST": elements.cast,
    "SOFTMAX": elements.softmax,
    "LOG_SOFTMAX": elements.log_softmax,
    "L2_NORMALIZATION": elements.l2_normalization,
    **{
        kind: elements.reduce_of(kind)
        for kind in ("MEAN", "SUM", "REDUCE_PROD", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_ANY", "REDUCE_ALL")
    },
    "ARG_MAX": elements.arg_of("ARG_MAX"),
    "ARG_MIN": elements.arg_of("ARG_MIN"),
    "TOPK_V2": elements.topk,
    "TRANSPOSE": moves.transpose,
    "CONCATENATION": moves.concatenation,
    "PACK": moves.pack,
    "UNPACK": moves.unpack,
    "SPLIT": moves.split,
    "SPLIT_V": moves.split_v,
    "SLICE": moves.slice_,
    "STRIDED_SLICE": moves.strided_slice,
    **{kind: moves.pad_of(kind) for kind in ("PAD", "PADV2", "MIRROR_PAD")},
    **{kind: moves.depth_space_of(kind) for kind in ("DEPTH_TO_SPACE", "SPACE_TO_DEPTH")},
    **{kind: moves.batch_space_of(kind) for kind in ("BATCH_TO_SPACE_ND", "SPACE_TO_BATCH_ND")},
    "BROADCAST_TO": moves.broadcast_to,
    "TILE": moves.tile,
    "REVERSE_V2": moves.reverse,
    "GATHER": moves.gather,
    **{kind: moves.resize_of(kind) for kind in ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR")},
    "RESHAPE": moves.reshape,
    "SQUEEZE": moves.squeeze,
    "EXPAND_DIMS": moves.expand_dims,
    "SHAPE": moves.shape_,
    "SCATTER_ND": moves.scatter_nd,
    **{kind: choices.comparison_of(kind) for kind in choices.COMPARISONS},
    **{kind: choices.logical_of(kind) for kind in ("LOGICAL_AND", "LOGICAL_OR", "LOGICAL_NOT")},
    "SELECT_V2": choices.select_v2,
    "FILL": choices.fill,
    "ZEROS_LIKE": choices.zeros_like,
    "ADD_N": choices.add_n,
    "CUMSUM": choices.cumsum,
    "GATHER_ND": choices.gather_nd,
    "DYNAMIC_UPDATE_SLICE": choices.dynamic_update_slice,
    "SVDF": stateful.svdf,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": stateful.lstm,
}
#: kinds that chains are made of more often than of others
_FREQUENT = (
    *("CONV_2D", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "ADD", "MUL", "AVERAGE_POOL_2D"),
    *("MAX_POOL_2D", "CONCATENATION", "PAD", "MEAN", "RESHAPE", "RELU", "SOFTMAX", "QUANTIZE", "TRANSPOSE"),
    *("STRIDED_SLICE", "SPLIT", "LEAKY_RELU", "LOGISTIC", "HARD_SWISH", "RESIZE_NEAREST_NEIGHBOR"),
)
_WINDOWS = ("CONV_2D", "DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D", "MAX_POOL_2D")
#: kinds that take some values only, or that have a reference of their own
_NOT_IN_CHAINS = (
    "SVDF",
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
    "RSQRT",
    "LOG",
    "SQRT",
    "DIV",
    "POW",
    "SPACE_TO_BATCH_ND",
)


_CLAMPED = ("ADD", "SUB", "MUL", "DIV")
#: kinds whose references define what becomes of every float. A fused activation clamps infinities there, even none.
SPECIAL = frozenset(kind for kind in (*elements.BINARY, *elements.UNARY) if kind not in _CLAMPED) | {
    *choices.COMPARISONS,
    *("ARG_MAX", "ARG_MIN", "LOG_SOFTMAX", "MEAN", "REDUCE_MAX", "REDUCE_MIN", "SELECT_V2", "SOFTMAX", "SUM"),
}


def draw_network(kind: str, seed: int) -> Draw:
    """The same network for the same kind and seed. kind: an operator's, or CHAIN."""
    d = Draw(random=np.random.default_rng([seed, crc32(kind.encode())]))
    if kind != CHAIN:
        RECIPES[kind](d)
        d.special = kind in SPECIAL
    else:
        d.reuse = 0.85
        others = [name for name in RECIPES if name not in _NOT_IN_CHAINS]
        for _ in range(d.between(2, 7)):
            if d.chance(0.12):
                moves.pad_of("PAD")(d)
                d.following = d.outputs[-1]
                RECIPES[d.pick(_WINDOWS)](d)
            else:
                RECIPES[d.pick(_FREQUENT) if d.chance(0.7) else d.pick(others)](d)
        _choose_outputs(d)
    _unusual_outputs(d)
    return d


def damage(d: Draw) -> None:
    """Change the shape or the type of a tensor, or a number of an operator's options, so that they may disagree."""
    index = d.between(0, len(d.tensors) - 1)
    tensor = d.tensors[index]
    way = d.between(0, 5)
    shape = list(tensor.shape)
    if way < 4 and shape:
        axis = d.between(0, len(shape) - 1)
        if way == 0:
            shape[axis] = max(shape[axis] + d.pick((-1, 1, 1, 2)), 0)
        elif way == 1:
            other = d.between(0, len(shape) - 1)
            shape[axis], shape[other] = shape[other], shape[axis]
        elif way == 2:
            shape = shape[:axis] + shape[axis + 1 :]
        else:
            shape.insert(axis, d.between(0, 3))
        d.tensors[index] = replace(tensor, shape=tuple(shape))
    elif way == 4:
        d.tensors[index] = replace(
            tensor, dtype=d.pick(("int8", "int16", "int32", "float32", "uint8", "int64"))
        )
    else:
        place = d.between(0, len(d.operators) - 1)
        operator = d.operators[place]
        options = {
            table: {
                name: value + d.pick((-1, 1, 2))
                if type(value) is int and d.chance(0.5) and value < 3
                else value
                for name, value in values.items()
            }
            for table, values in operator.options.items()
        }
        d.operators[place] = replace(operator, options=options)


def _choose_outputs(d: Draw) -> None:
    """Tensors that nobody reads, and some that somebody does; not every tensor that nobody reads."""
    read = {index for operator in d.operators for index in operator.inputs}
    kept = [index for index in d.outputs if (index not in read and d.chance(0.9)) or d.chance(0.25)]
    d.outputs = kept or d.outputs[-1:]


def _unusual_outputs(d: Draw) -> None:
    """Now and then an input or a constant is an output of the model too."""
    if d.inputs and d.chance(0.03):
        d.outputs.append(d.pick(d.inputs))
