"""The activations of a .tflite file as a planning problem: subgraph 0 in operator order, I/O included."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

from generator.model.memory import Buffer, PlanProblem, Pool

#: tflite.TensorType -> bytes of one element
ELEMENT_BYTES = {0: 4, 1: 2, 2: 4, 3: 1, 4: 8, 6: 1, 7: 2, 9: 1}


def load_problem(path: Path, alignment_bytes: int = 16) -> PlanProblem:
    import tflite

    return problem_of(tflite.Model.GetRootAsModel(path.read_bytes(), 0), alignment_bytes)


def problem_of(model: Any, alignment_bytes: int) -> PlanProblem:
    """One buffer for each tensor that an operator writes or that is the model's input.

    An operator's tensors live while it runs; inputs from operator 0 on, outputs to the last operator.
    """
    graph = model.Subgraphs(0)
    operators = graph.OperatorsLength()
    inputs = [graph.Inputs(i) for i in range(graph.InputsLength())]
    outputs = [graph.Outputs(i) for i in range(graph.OutputsLength())]
    born = dict.fromkeys(inputs, 0)
    dies = dict.fromkeys(inputs, 1)
    for step in range(operators):
        operator = graph.Operators(step)
        for tensor in (operator.Outputs(i) for i in range(operator.OutputsLength())):
            born.setdefault(tensor, step)
            dies[tensor] = step + 1
        for tensor in (operator.Inputs(i) for i in range(operator.InputsLength())):
            if tensor in born:
                dies[tensor] = step + 1
    dies.update(dict.fromkeys(outputs, operators))
    buffers = tuple(
        Buffer(f"t{tensor}", size_bytes(graph.Tensors(tensor)), (born[tensor], dies[tensor]), alignment_bytes)
        for tensor in born
    )
    return PlanProblem(buffers, (Pool("sram"),))


def size_bytes(tensor: Any) -> int:
    return int(prod(tensor.Shape(i) for i in range(tensor.ShapeLength()))) * ELEMENT_BYTES[tensor.Type()]
