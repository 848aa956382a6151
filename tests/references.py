"""Other people's interpreters, which tell what a model's outputs are. A test skips where one isn't installed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

Sets = Sequence[Sequence[np.ndarray]]


def run_litert(model: bytes, sets: Sets) -> list[list[np.ndarray]]:
    """Outputs [set][output] of LiteRT's reference kernels; state is carried from set to set."""
    module = pytest.importorskip("ai_edge_litert.interpreter", reason="needs ai-edge-litert")
    interpreter = module.Interpreter(
        model_content=model, experimental_op_resolver_type=module.OpResolverType.BUILTIN_REF, num_threads=1
    )
    interpreter.allocate_tensors()
    rows = []
    for row in sets:
        for details, array in zip(interpreter.get_input_details(), row, strict=True):
            interpreter.set_tensor(details["index"], array)
        interpreter.invoke()
        rows.append([interpreter.get_tensor(d["index"]).copy() for d in interpreter.get_output_details()])
    return rows


def run_tflm(model: bytes, sets: Sets, outputs: int = 1) -> list[list[np.ndarray]]:
    """Outputs [set][output] of TensorFlow Lite Micro's reference kernels; state is carried from set to set."""
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="needs tflite-micro")
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=4 << 20)
    rows = []
    for row in sets:
        for number, array in enumerate(row):
            interpreter.set_input(array, number)
        interpreter.invoke()
        rows.append([interpreter.get_output(number).copy() for number in range(outputs)])
    return rows
