"""Small .tflite files, made field by field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import flatbuffers
import tflite

CONV_2D, ADD, CUSTOM = 3, 0, 32


@dataclass(frozen=True)
class TensorSpec:
    """kind: number in the schema's TensorType."""

    name: str
    shape: tuple[int, ...]
    kind: int = 9
    variable: bool = False


@dataclass(frozen=True)
class OperatorSpec:
    """code: number in BuiltinOperator. custom: the name of a custom operator."""

    inputs: Sequence[int]
    outputs: Sequence[int]
    code: int = CONV_2D
    custom: str | None = None
    intermediates: Sequence[int] = field(default=())


def build_tflite(
    tensors: Sequence[TensorSpec],
    operators: Sequence[OperatorSpec],
    inputs: Sequence[int],
    outputs: Sequence[int],
    subgraphs: int = 1,
) -> bytes:
    """A file whose subgraphs are all alike; each operator has an operator code of its own."""
    b = flatbuffers.Builder(1024)

    def ints(start: object, values: Sequence[int]) -> int:
        start(b, len(values))  # type: ignore[operator]
        for value in reversed(values):
            b.PrependInt32(value)
        return int(b.EndVector())

    def offsets(start: object, values: Sequence[int]) -> int:
        start(b, len(values))  # type: ignore[operator]
        for value in reversed(values):
            b.PrependUOffsetTRelative(value)
        return int(b.EndVector())

    codes = []
    for operator in operators:
        custom = b.CreateString(operator.custom) if operator.custom else None
        tflite.OperatorCodeStart(b)
        tflite.OperatorCodeAddDeprecatedBuiltinCode(b, min(operator.code, 127))
        tflite.OperatorCodeAddBuiltinCode(b, operator.code)
        if custom is not None:
            tflite.OperatorCodeAddCustomCode(b, custom)
        codes.append(tflite.OperatorCodeEnd(b))
    graphs = []
    for _ in range(subgraphs):
        rows = []
        for tensor in tensors:
            name, shape = b.CreateString(tensor.name), ints(tflite.TensorStartShapeVector, tensor.shape)
            tflite.TensorStart(b)
            tflite.TensorAddName(b, name)
            tflite.TensorAddShape(b, shape)
            tflite.TensorAddType(b, tensor.kind)
            tflite.TensorAddIsVariable(b, tensor.variable)
            rows.append(tflite.TensorEnd(b))
        steps = []
        for i, operator in enumerate(operators):
            taken = ints(tflite.OperatorStartInputsVector, operator.inputs)
            given = ints(tflite.OperatorStartOutputsVector, operator.outputs)
            own = ints(tflite.OperatorStartIntermediatesVector, operator.intermediates)
            tflite.OperatorStart(b)
            tflite.OperatorAddOpcodeIndex(b, i)
            tflite.OperatorAddInputs(b, taken)
            tflite.OperatorAddOutputs(b, given)
            tflite.OperatorAddIntermediates(b, own)
            steps.append(tflite.OperatorEnd(b))
        held = offsets(tflite.SubGraphStartTensorsVector, rows)
        taken = ints(tflite.SubGraphStartInputsVector, inputs)
        given = ints(tflite.SubGraphStartOutputsVector, outputs)
        ran = offsets(tflite.SubGraphStartOperatorsVector, steps)
        tflite.SubGraphStart(b)
        tflite.SubGraphAddTensors(b, held)
        tflite.SubGraphAddInputs(b, taken)
        tflite.SubGraphAddOutputs(b, given)
        tflite.SubGraphAddOperators(b, ran)
        graphs.append(tflite.SubGraphEnd(b))
    all_codes = offsets(tflite.ModelStartOperatorCodesVector, codes)
    all_graphs = offsets(tflite.ModelStartSubgraphsVector, graphs)
    tflite.ModelStart(b)
    tflite.ModelAddVersion(b, 3)
    tflite.ModelAddOperatorCodes(b, all_codes)
    tflite.ModelAddSubgraphs(b, all_graphs)
    b.Finish(tflite.ModelEnd(b), file_identifier=b"TFL3")
    return bytes(b.Output())
