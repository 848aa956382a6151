"""UNIDIRECTIONAL_SEQUENCE_LSTM on int16 with int8 weights."""

from __future__ import annotations

from generator.compiler.arithmetic import quantize_multiplier
from generator.compiler.context import Context, quantization, require_dtype, require_symmetric
from generator.compiler.operators.elementwise_int16 import sigmoid_table
from generator.compiler.operators.lstm_layers import (
    GATES,
    HIDDEN,
    STATE,
    gates_of,
    lstm_step,
    quantised_clip,
    state_exponent,
    table,
)
from generator.compiler.operators.weights_int16 import wide_scale
from generator.compiler.step import Step, Unsupported

#: of gates before their function
_GATE_SCALE = 2.0**-12


def lower_int16(context: Context, sizes: dict[str, int]) -> Step:
    """All four gates have weights; biases are int64.

    Source: TensorFlow Lite Micro's ``lstm_eval_common.cc``. Raises Unsupported for other element types, and for
    tensors with a zero point.
    """
    source, hidden, state, target = (
        context.input(0),
        context.input(HIDDEN),
        context.input(STATE),
        context.output(),
    )
    for tensor in (hidden, state, target):
        require_dtype(tensor, "int16")
    require_symmetric(source, hidden, state)
    if len(gates_of(context)) != len(GATES):
        raise Unsupported(
            "has no weights of the input gate",
            "convert the model with the LSTM's plain form (Keras' LSTM layer)",
        )
    exponent = state_exponent(context, -15, -9)
    update = quantize_multiplier(2.0**-30 / quantization(state).scale)
    result = quantize_multiplier(2.0**-30 / quantization(hidden).scale)
    values: dict[str, int | float | str] = {
        **sizes,
        "clip": quantised_clip(context),
        "place_multiplier": 3 << max(12 + exponent, 0),
        "place_shift": max(-12 - exponent, 0),
        "update.multiplier": update[0],
        "update.shift": update[1],
        "result.multiplier": result[0],
        "result.shift": result[1],
        "sigmoid": "sigmoid",
    }
    tables = [table("sigmoid", "uint16_t", sigmoid_table())]
    for number, gate in enumerate(GATES):
        for side, position, quantised in (("input", 1 + number, source), ("hidden", 5 + number, hidden)):
            weights = context.input(position)
            require_dtype(weights, "int8")
            if quantization(weights).zero_point:
                raise Unsupported("has weights whose zero point is not 0")
            name = f"{gate}_{side}_weights"
            tables.append(table(name, "int8_t", context.constant(position, "weights")))
            scale = quantization(quantised).scale * quantization(weights).scale / _GATE_SCALE
            multiplier, shift = wide_scale(scale)
            values |= {
                f"{gate}.{side}_weights": name,
                f"{gate}.{side}.multiplier": multiplier,
                f"{gate}.{side}.shift": shift,
            }
        require_dtype(context.input(12 + number), "int64")
        tables.append(table(f"{gate}_bias", "int64_t", context.constant(12 + number, "a bias")))
        values[f"{gate}.bias"] = f"{gate}_bias"
    return lstm_step(context, sizes, "lstm_s16", values, tables, 6)
