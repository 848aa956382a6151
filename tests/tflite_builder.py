"""Small .tflite models made in a test: tensors with content and quantisation, operators with their options.

    model = ModelBuilder()
    x = model.input("int8", (1, 4), scale=0.5, zero_point=3)
    w = model.constant(np.ones((2, 4), np.int8), scale=0.25)
    y = model.tensor("int8", (1, 2), scale=0.5)
    model.operator("FULLY_CONNECTED", (x, w), (y,), FullyConnectedOptions={"fused_activation_function": 1})
    data = model.build(outputs=(y,))

``tests/unit/readers/tflite_builder.py`` makes files that are broken on purpose; this makes models that run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import flatbuffers
import numpy as np
import tflite
from tflite.BuiltinOperator import BuiltinOperator
from tflite.BuiltinOptions import BuiltinOptions
from tflite.TensorType import TensorType

from generator.model.network import Network
from generator.readers.tflite_network import parse_network

Scales = float | Sequence[float]
OptionValue = int | float | bool | str | Sequence[int]


@dataclass(frozen=True)
class _Tensor:
    dtype: str
    shape: tuple[int, ...]
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int
    content: bytes | None
    variable: bool


@dataclass(frozen=True)
class _Operator:
    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, Mapping[str, OptionValue]]
    custom: bytes | None
    version: int
    intermediates: tuple[int, ...]


@dataclass
class ModelBuilder:
    """One subgraph, in the order in which it is described. Tensors are numbered from 0, -1 leaves an input out."""

    tensors: list[_Tensor] = field(default_factory=list)
    operators: list[_Operator] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)

    def tensor(
        self,
        dtype: str,
        shape: Sequence[int],
        *,
        scale: Scales = (),
        zero_point: int | Sequence[int] = 0,
        axis: int = 0,
        content: bytes | None = None,
        variable: bool = False,
    ) -> int:
        """A tensor's index. scale: one, or one a channel along axis; none leaves the tensor unquantised."""
        scales = (scale,) if isinstance(scale, int | float) else tuple(scale)
        points = (zero_point,) * len(scales) if isinstance(zero_point, int) else tuple(zero_point)
        self.tensors.append(_Tensor(dtype, tuple(shape), scales, points, axis, content, variable))
        return len(self.tensors) - 1

    def input(
        self, dtype: str, shape: Sequence[int], *, scale: Scales = (), zero_point: int | Sequence[int] = 0
    ) -> int:
        """A tensor that is an input of the model."""
        self.inputs.append(self.tensor(dtype, shape, scale=scale, zero_point=zero_point))
        return self.inputs[-1]

    def constant(
        self,
        content: np.ndarray,
        *,
        scale: Scales = (),
        zero_point: int | Sequence[int] = 0,
        axis: int = 0,
    ) -> int:
        return self.tensor(
            content.dtype.name,
            content.shape,
            scale=scale,
            zero_point=zero_point,
            axis=axis,
            content=np.ascontiguousarray(content).tobytes(),
        )

    def operator(
        self,
        kind: str,
        inputs: Sequence[int],
        outputs: Sequence[int],
        *,
        custom: bytes | None = None,
        version: int = 1,
        intermediates: Sequence[int] = (),
        **options: Mapping[str, OptionValue],
    ) -> None:
        """options: the schema's table -> {snake_case field: value}. custom: options of a custom operator."""
        self.operators.append(
            _Operator(kind, tuple(inputs), tuple(outputs), options, custom, version, tuple(intermediates))
        )

    def build(self, outputs: Sequence[int], *others: tuple[ModelBuilder, Sequence[int]]) -> bytes:
        """others: further subgraphs with their outputs."""
        return _Writer().model((self, outputs), *others)

    def network(
        self,
        outputs: Sequence[int],
        *others: tuple[ModelBuilder, Sequence[int]],
        label: str = "model.tflite",
    ) -> Network:
        return parse_network(self.build(outputs, *others), label)


class _Writer:
    def __init__(self) -> None:
        self._b = flatbuffers.Builder(1024)

    def model(self, *models: tuple[ModelBuilder, Sequence[int]]) -> bytes:
        b = self._b
        contents = [tensor.content for model, _ in models for tensor in model.tensors]
        buffers = [self._buffer(content) for content in (None, *contents)]
        codes = [self._code(operator) for model, _ in models for operator in model.operators]
        graphs, tensors_before, operators_before = [], 0, 0
        for model, outputs in models:
            tensors = [self._tensor(tensor, n) for n, tensor in enumerate(model.tensors, tensors_before)]
            operators = [
                self._operator(operator, n) for n, operator in enumerate(model.operators, operators_before)
            ]
            rows = {
                "Tensors": self._offsets(tflite.SubGraphStartTensorsVector, tensors),
                "Inputs": self._ints(tflite.SubGraphStartInputsVector, model.inputs),
                "Outputs": self._ints(tflite.SubGraphStartOutputsVector, outputs),
                "Operators": self._offsets(tflite.SubGraphStartOperatorsVector, operators),
                "Name": b.CreateString("main"),
            }
            graphs.append(self._table("SubGraph", rows))
            tensors_before += len(tensors)
            operators_before += len(operators)
        parts = {
            "OperatorCodes": self._offsets(tflite.ModelStartOperatorCodesVector, codes),
            "Subgraphs": self._offsets(tflite.ModelStartSubgraphsVector, graphs),
            "Buffers": self._offsets(tflite.ModelStartBuffersVector, buffers),
            "Description": b.CreateString("made for a test"),
        }
        b.Finish(self._table("Model", {"Version": 3, **parts}), file_identifier=b"TFL3")
        return bytes(b.Output())

    def _table(self, name: str, members: Mapping[str, Any]) -> int:
        module = import_module(f"tflite.{name}")
        getattr(module, f"{name}Start")(self._b)
        for member, value in members.items():
            getattr(module, f"{name}Add{member}")(self._b, value)
        return int(getattr(module, f"{name}End")(self._b))

    def _vector(self, start: Callable[..., Any], values: Sequence[Any], prepend: Callable[..., Any]) -> int:
        start(self._b, len(values))
        for value in reversed(values):
            prepend(value)
        return int(self._b.EndVector())

    def _ints(self, start: Callable[..., Any], values: Sequence[int]) -> int:
        return self._vector(start, values, self._b.PrependInt32)

    def _offsets(self, start: Callable[..., Any], values: Sequence[int]) -> int:
        return self._vector(start, values, self._b.PrependUOffsetTRelative)

    def _buffer(self, content: bytes | None) -> int:
        if not content:
            return self._table("Buffer", {})
        self._b.StartVector(1, len(content), 16)
        self._b.head = self._b.Head() - len(content)
        self._b.Bytes[self._b.Head() : self._b.Head() + len(content)] = content
        return self._table("Buffer", {"Data": int(self._b.EndVector())})

    def _code(self, operator: _Operator) -> int:
        number = BuiltinOperator.CUSTOM if operator.custom is not None else _number(operator.kind)
        members: dict[str, Any] = {"DeprecatedBuiltinCode": min(number, 127), "BuiltinCode": number}
        if operator.custom is not None:
            members["CustomCode"] = self._b.CreateString(operator.kind)
        return self._table("OperatorCode", {**members, "Version": operator.version})

    def _tensor(self, tensor: _Tensor, number: int) -> int:
        members: dict[str, Any] = {
            "Name": self._b.CreateString(f"t{number}"),
            "Shape": self._ints(tflite.TensorStartShapeVector, tensor.shape),
            "Type": getattr(TensorType, tensor.dtype.upper()),
            "Buffer": number + 1,
            "IsVariable": tensor.variable,
            "HasRank": True,
        }
        if tensor.scales:
            scales = self._vector(
                tflite.QuantizationParametersStartScaleVector, tensor.scales, self._b.PrependFloat32
            )
            points = self._vector(
                tflite.QuantizationParametersStartZeroPointVector, tensor.zero_points, self._b.PrependInt64
            )
            parameters = {"Scale": scales, "ZeroPoint": points, "QuantizedDimension": tensor.axis}
            members["Quantization"] = self._table("QuantizationParameters", parameters)
        return self._table("Tensor", members)

    def _operator(self, operator: _Operator, number: int) -> int:
        members: dict[str, Any] = {
            "OpcodeIndex": number,
            "Inputs": self._ints(tflite.OperatorStartInputsVector, operator.inputs),
            "Outputs": self._ints(tflite.OperatorStartOutputsVector, operator.outputs),
        }
        if operator.intermediates:
            members["Intermediates"] = self._ints(
                tflite.OperatorStartIntermediatesVector, operator.intermediates
            )
        for name, values in operator.options.items():
            members["BuiltinOptionsType"] = getattr(BuiltinOptions, name)
            members["BuiltinOptions"] = self._options(name, values)
        if operator.custom:
            members["CustomOptions"] = self._b.CreateByteVector(operator.custom)
        return self._table("Operator", members)

    def _options(self, name: str, values: Mapping[str, OptionValue]) -> int:
        module = import_module(f"tflite.{name}")
        members: dict[str, Any] = {}
        for member, value in values.items():
            camel = "".join(word.capitalize() for word in member.split("_"))
            if isinstance(value, str):
                members[camel] = self._b.CreateString(value)
            elif isinstance(value, int | float):
                members[camel] = value
            else:
                members[camel] = self._ints(getattr(module, f"{name}Start{camel}Vector"), value)
        return self._table(name, members)


def _number(kind: str) -> int:
    return int(getattr(BuiltinOperator, kind))
