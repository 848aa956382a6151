"""UNIDIRECTIONAL_SEQUENCE_LSTM on floats with int8 weights: inputs are quantised step by step."""

from __future__ import annotations

import numpy as np

from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.operators.lstm_layers import GATES, HIDDEN, STATE, gates_of, lstm_step, table
from generator.compiler.step import Step, Unsupported


def lower_hybrid(context: Context, sizes: dict[str, int]) -> Step:
    """Biases and states are float32.

    Source: LiteRT's ``LstmStepHybrid``. Raises Unsupported for other element types, and for weights with a zero point
    or with scales of their own for cells.
    """
    asymmetric = bool(context.operator.integer("asymmetric_quantize_inputs"))
    values: dict[str, int | float | str] = {
        **sizes,
        "asymmetric": int(asymmetric),
        "clip": context.operator.real("cell_clip"),
    }
    tables = []
    for gate in gates_of(context):
        name = GATES[gate]
        for side, position in (("input", 1 + gate), ("hidden", 5 + gate)):
            weights = context.input(position)
            require_dtype(weights, "int8")
            found = quantization(weights)
            if len(found.scales) != 1 or found.zero_point:
                raise Unsupported("has weights with a zero point or with several scales")
            tables.append(table(f"{name}_{side}_weights", "int8_t", context.constant(position, "weights")))
            values |= {
                f"{name}.{side}_weights": f"{name}_{side}_weights",
                f"{name}.{side}_scale": float(np.float32(found.scale)),
            }
        require_dtype(context.input(12 + gate), "float32")
        tables.append(table(f"{name}_bias", "float", context.constant(12 + gate, "a bias")))
        values[f"{name}.bias"] = f"{name}_bias"
    for tensor in (context.input(HIDDEN), context.input(STATE), context.output()):
        require_dtype(tensor, "float32")
    return lstm_step(
        context, sizes, "lstm_hybrid", values, tables, 5, scratch_bytes=sizes["inputs"] + sizes["cells"]
    )
