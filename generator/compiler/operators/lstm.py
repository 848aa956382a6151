"""UNIDIRECTIONAL_SEQUENCE_LSTM: on floats, and on int8 to the bit as LiteRT's reference kernels compute it.

Inputs: 0 input; 1 to 4 input weights [cells, K] of the input, forget, cell and output gate; 5 to 8 hidden weights
[cells, cells]; 12 to 15 biases [cells]; 18 the last output, 19 the cell state, both kept from run to run. The input
gate's are left out where it is 1 less the forget gate. 9 to 11 are peepholes, 16 and 17 a projection, 20 to 23 a
normalisation.
"""

from __future__ import annotations

import math

import numpy as np

from generator.compiler.arithmetic import TANH, quantize_multiplier
from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.kernels.kernel import struct_body
from generator.compiler.step import Constant, Lowered, Step, Unsupported

_GATES = ("input", "forget", "cell", "output")
_HIDDEN, _STATE = 18, 19
#: what the kernels lack -> positions of its inputs
_EXTRAS = {
    "peephole weights": range(9, 12),
    "a projection": range(16, 18),
    "layer normalisation": range(20, 24),
}
_HINT = "convert the model with the LSTM's plain form (Keras' LSTM layer)"


def lower(context: Context) -> Lowered:
    """Input [N, T, K] or, time-major, [T, N, K]; float32, or int8 with a cell state of int16.

    Raises Unsupported for peepholes, projection, layer normalisation, an activation other than tanh, and diagonal
    recurrent weights.
    """
    dtype = require_dtype(context.input(0), "float32", "int8")
    for what, positions in _EXTRAS.items():
        if any(context.optional(position) is not None for position in positions):
            raise Unsupported(f"has {what}", _HINT)
    if context.operator.integer("fused_activation_function") != TANH:
        raise Unsupported("has another activation than tanh", _HINT)
    if context.operator.integer("diagonal_recurrent_tensors"):
        raise Unsupported("has diagonal recurrent weights", _HINT)
    sizes = _sizes(context)
    return _int8(context, sizes) if dtype == "int8" else _float(context, sizes)


def _sizes(context: Context) -> dict[str, int]:
    """The members that both structs begin with. Raises Unsupported where shapes disagree."""
    source, weights, target = context.input(0), context.input(2), context.output()
    if len(source.shape) != 3 or len(weights.shape) != 2 or 0 in (*source.shape, *weights.shape):
        raise Unsupported(f"has an input of shape {source.shape} and weights of shape {weights.shape}")
    time_major = int(bool(context.operator.integer("time_major")))
    first, second, inputs = source.shape
    batches, steps = (second, first) if time_major else (first, second)
    cells = weights.shape[0]
    for gate in _present(context):
        for position, shape in (
            (1 + gate, (cells, inputs)),
            (5 + gate, (cells, cells)),
            (12 + gate, (cells,)),
        ):
            tensor = context.input(position)
            if tensor.shape != shape:
                raise Unsupported(f"has {tensor.name!r} of shape {tensor.shape}, not {shape}")
    if target.shape != (first, second, cells):
        raise Unsupported(f"has an output of shape {target.shape}, not {(first, second, cells)}")
    for position in (_HIDDEN, _STATE):
        tensor = context.input(position)
        if not tensor.variable or tensor.elements != batches * cells:
            raise Unsupported(
                f"has a state {tensor.name!r} of {tensor.elements} elements that is not a variable"
            )
    return {"batches": batches, "steps": steps, "inputs": inputs, "cells": cells, "time_major": time_major}


def _present(context: Context) -> tuple[int, ...]:
    """The gates that have weights."""
    return (0, 1, 2, 3) if context.optional(1) is not None else (1, 2, 3)


def _float(context: Context, sizes: dict[str, int]) -> Step:
    values: dict[str, int | float | str] = {**sizes, "clip": context.operator.real("cell_clip")}
    tables = []
    for gate in _present(context):
        for member, position in (("input_weights", 1), ("hidden_weights", 5), ("bias", 12)):
            require_dtype(context.input(position + gate), "float32")
            name = f"{_GATES[gate]}_{member}"
            tables.append(_table(name, "float", context.constant(position + gate, "weights")))
            values[f"{_GATES[gate]}.{member}"] = name
    for position in (_HIDDEN, _STATE):
        require_dtype(context.input(position), "float32")
    return _step(context, sizes, "lstm_f32", values, tables, 3.5)


def _int8(context: Context, sizes: dict[str, int]) -> Step:
    """Source: ``LstmStepInteger8x8_16``; scales are floats there."""
    hidden, state = context.input(_HIDDEN), context.input(_STATE)
    require_dtype(hidden, "int8")
    require_dtype(state, "int16")
    require_dtype(context.output(), "int8")
    taken, kept = quantization(context.input(0)), quantization(hidden)
    exponent = round(math.log2(quantization(state).scale))
    if not math.isclose(quantization(state).scale, 2.0**exponent, rel_tol=1e-3) or not -15 <= exponent <= -9:
        raise Unsupported(
            f"has a cell state of scale {quantization(state).scale:g}; it must be a power of two from 2^-15 to 2^-9"
        )
    clip = context.operator.real("cell_clip")
    given = _hidden_quantization(context)
    output = quantize_multiplier(float(np.float32(2.0**-30 / given[0])))
    values: dict[str, int | float | str] = {
        **sizes,
        "cell_bits": 15 + exponent,
        "clip": int(min(max(clip / quantization(state).scale, -32768.0), 32767.0)) if clip > 0 else 0,
        "output_multiplier": output[0],
        "output_shift": output[1],
        "output_zero_point": given[1],
    }
    tables = []
    for gate in _present(context):
        name = _GATES[gate]
        for side, position, quantised in (("input", 1 + gate, taken), ("hidden", 5 + gate, kept)):
            require_dtype(context.input(position), "int8")
            weights = context.constant(position, "weights")
            scale = quantization(context.input(position)).scale
            multiplier, shift = quantize_multiplier(
                float(np.float32(scale) * np.float32(quantised.scale) * np.float32(4096))
            )
            bias = -quantised.zero_point * weights.astype(np.int64).sum(axis=1)
            if side == "input":
                require_dtype(context.input(12 + gate), "int32")
                bias = bias + context.constant(12 + gate, "a bias")
            tables.append(_table(f"{name}_{side}_weights", "int8_t", weights))
            tables.append(_table(f"{name}_{side}_bias", "int32_t", _wrapped(bias)))
            values |= {
                f"{name}.{side}_weights": f"{name}_{side}_weights",
                f"{name}.{side}_bias": f"{name}_{side}_bias",
                f"{name}.{side}_multiplier": multiplier,
                f"{name}.{side}_shift": shift,
            }
    return _step(context, sizes, "lstm_s8", values, tables, 5)


def _hidden_quantization(context: Context) -> tuple[float, int]:
    """(scale, zero point) of the product behind the output gate: the fifth intermediate, or the last output's."""
    intermediates = context.operator.intermediates
    if len(intermediates) > 4 and intermediates[4] >= 0:
        found = quantization(context.tensors[intermediates[4]])
    else:
        found = quantization(context.input(_HIDDEN))
    return found.scale, found.zero_point


def _wrapped(values: np.ndarray) -> np.ndarray:
    return (values & 0xFFFFFFFF).astype(np.uint32).view(np.int32)


def _table(name: str, c_type: str, content: np.ndarray) -> Constant:
    return Constant(name, c_type, np.ascontiguousarray(content).reshape(-1))


def _step(
    context: Context,
    sizes: dict[str, int],
    kernel: str,
    values: dict[str, int | float | str],
    tables: list[Constant],
    cost: float,
) -> Step:
    gates = len(_present(context))
    macs = sizes["batches"] * sizes["steps"] * gates * sizes["cells"] * (sizes["inputs"] + sizes["cells"])
    call = f"mlf_{kernel}(in0, in1, in2, out0, &layer);"
    return Step(
        context.operator.index,
        context.operator.kind,
        (context.input(0).index, context.input(_HIDDEN).index, context.input(_STATE).index),
        context.operator.outputs,
        struct_body(f"mlf_{kernel}_layer", values, call),
        headers=(f"{kernel}.h",),
        constants=tuple(tables),
        updates=(1, 2),
        kernel=f"{sizes['steps']} steps, {sizes['cells']} cells",
        macs=macs,
        notes=("input gate is 1 less the forget gate",) if gates == 3 else (),
        instructions=round(cost * macs + 500 * sizes["batches"] * sizes["steps"] * sizes["cells"]),
    )
