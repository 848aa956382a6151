"""UNIDIRECTIONAL_SEQUENCE_LSTM: on floats, on int16, and on int8 to the bit as LiteRT's reference kernels compute it.

Inputs: 0 input; 1 to 4 input weights [cells, K] of the input, forget, cell and output gate; 5 to 8 hidden weights
[cells, cells]; 12 to 15 biases [cells]; 18 the last output, 19 the cell state, both kept from run to run. The input
gate's are left out where it is 1 less the forget gate. 9 to 11 are peepholes, 16 and 17 a projection, 20 to 23 a
normalisation.
"""

from __future__ import annotations

import numpy as np

from generator.compiler.arithmetic import TANH, quantize_multiplier
from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.operators.lstm_hybrid import lower_hybrid
from generator.compiler.operators.lstm_int16 import lower_int16
from generator.compiler.operators.lstm_layers import (
    GATES,
    HIDDEN,
    STATE,
    gates_of,
    lstm_sizes,
    lstm_step,
    quantised_clip,
    state_exponent,
    table,
)
from generator.compiler.step import Lowered, Step, Unsupported

#: what the kernels lack -> positions of its inputs
_EXTRAS = {
    "peephole weights": range(9, 12),
    "a projection": range(16, 18),
    "layer normalisation": range(20, 24),
}
_HINT = "convert the model with the LSTM's plain form (Keras' LSTM layer)"


def lower(context: Context) -> Lowered:
    """Input [N, T, K] or, time-major, [T, N, K]; float32, also with int8 weights; int8 or int16
    with int8 weights and a cell state of int16.

    Raises Unsupported for peepholes, projection, layer normalisation, an activation other than tanh, and diagonal
    recurrent weights.
    """
    dtype = require_dtype(context.input(0), "float32", "int8", "int16")
    for what, positions in _EXTRAS.items():
        if any(context.optional(position) is not None for position in positions):
            raise Unsupported(f"has {what}", _HINT)
    if context.operator.integer("fused_activation_function") != TANH:
        raise Unsupported("has another activation than tanh", _HINT)
    if context.operator.integer("diagonal_recurrent_tensors"):
        raise Unsupported("has diagonal recurrent weights", _HINT)
    sizes = lstm_sizes(context)
    if dtype == "int8":
        return _int8(context, sizes)
    if dtype == "int16":
        return lower_int16(context, sizes)
    if context.input(2).dtype == "int8":
        return lower_hybrid(context, sizes)
    return _float(context, sizes)


def _float(context: Context, sizes: dict[str, int]) -> Step:
    values: dict[str, int | float | str] = {**sizes, "clip": context.operator.real("cell_clip")}
    tables = []
    for gate in gates_of(context):
        for member, position in (("input_weights", 1), ("hidden_weights", 5), ("bias", 12)):
            require_dtype(context.input(position + gate), "float32")
            name = f"{GATES[gate]}_{member}"
            tables.append(table(name, "float", context.constant(position + gate, "weights")))
            values[f"{GATES[gate]}.{member}"] = name
    for tensor in (context.input(HIDDEN), context.input(STATE), context.output()):
        require_dtype(tensor, "float32")
    return lstm_step(context, sizes, "lstm_f32", values, tables, 3.5)


def _int8(context: Context, sizes: dict[str, int]) -> Step:
    """Source: ``LstmStepInteger8x8_16``; scales are floats there."""
    hidden, state = context.input(HIDDEN), context.input(STATE)
    require_dtype(hidden, "int8")
    require_dtype(state, "int16")
    require_dtype(context.output(), "int8")
    taken, kept = quantization(context.input(0)), quantization(hidden)
    exponent = state_exponent(context, -15, -9)
    given = _hidden_quantization(context)
    output = quantize_multiplier(float(np.float32(2.0**-30 / given[0])))
    values: dict[str, int | float | str] = {
        **sizes,
        "cell_bits": 15 + exponent,
        "clip": quantised_clip(context),
        "output_multiplier": output[0],
        "output_shift": output[1],
        "output_zero_point": given[1],
    }
    tables = []
    for gate in gates_of(context):
        name = GATES[gate]
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
            tables.append(table(f"{name}_{side}_weights", "int8_t", weights))
            tables.append(table(f"{name}_{side}_bias", "int32_t", _wrapped(bias)))
            values |= {
                f"{name}.{side}_weights": f"{name}_{side}_weights",
                f"{name}.{side}_bias": f"{name}_{side}_bias",
                f"{name}.{side}_multiplier": multiplier,
                f"{name}.{side}_shift": shift,
            }
    return lstm_step(context, sizes, "lstm_s8", values, tables, 5)


def _hidden_quantization(context: Context) -> tuple[float, int]:
    """(scale, zero point) of the product behind the output gate: the fifth intermediate, or the last output's."""
    intermediates = context.operator.intermediates
    if len(intermediates) > 4 and intermediates[4] >= 0:
        found = quantization(context.tensors[intermediates[4]])
    else:
        found = quantization(context.input(HIDDEN))
    return found.scale, found.zero_point


def _wrapped(values: np.ndarray) -> np.ndarray:
    return (values & 0xFFFFFFFF).astype(np.uint32).view(np.int32)
