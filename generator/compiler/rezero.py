"""uint8 networks as int8 networks: every stored value less 128, and so every zero point."""

from __future__ import annotations

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from generator.compiler.context import content_of
from generator.model.network import AffineQuantization, NetworkOperator, NetworkTensor, Subgraph

#: option of an operator whose tensors were uint8: an average rounds halves up, scales are multiplied as floats, and a
#: QUANTIZE rounds as the concatenation that it stands in front of
UNSIGNED = "unsigned"
#: kinds whose outputs move by 128 as their inputs do
_SHIFTABLE = frozenset(
    (
        "ADD",
        "AVERAGE_POOL_2D",
        "BATCH_TO_SPACE_ND",
        "BROADCAST_TO",
        "CONCATENATION",
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "DEPTH_TO_SPACE",
        "DEQUANTIZE",
        "DIV",
        "DYNAMIC_UPDATE_SLICE",
        "EQUAL",
        "EXPAND_DIMS",
        "FULLY_CONNECTED",
        "GATHER",
        "GATHER_ND",
        "GREATER",
        "GREATER_EQUAL",
        "LEAKY_RELU",
        "LESS",
        "LESS_EQUAL",
        "MAXIMUM",
        "MAX_POOL_2D",
        "MEAN",
        "MINIMUM",
        "MIRROR_PAD",
        "MUL",
        "NOT_EQUAL",
        "PACK",
        "PAD",
        "PADV2",
        "PRELU",
        "REDUCE_MAX",
        "REDUCE_MIN",
        "RELU",
        "RELU_N1_TO_1",
        "RESHAPE",
        "RESIZE_NEAREST_NEIGHBOR",
        "REVERSE_V2",
        "SELECT",
        "SELECT_V2",
        "SLICE",
        "SOFTMAX",
        "SPACE_TO_BATCH_ND",
        "SPACE_TO_DEPTH",
        "SPLIT",
        "SPLIT_V",
        "SQUEEZE",
        "STRIDED_SLICE",
        "SUB",
        "SUM",
        "TILE",
        "TRANSPOSE",
        "TRANSPOSE_CONV",
        "UNPACK",
    )
)
#: kinds -> the position of weights, whose zero point is taken out
_WEIGHTS = {"CONV_2D": 1, "DEPTHWISE_CONV_2D": 1, "FULLY_CONNECTED": 1, "TRANSPOSE_CONV": 1}


def rezero(subgraph: Subgraph) -> Subgraph:
    """The subgraph with uint8 tensors as int8 wherever the operators around them allow it.

    Where they don't, and at the model's inputs and outputs, a QUANTIZE stands between, which flips one bit. Weights
    become int8 or int16 of zero point 0.
    """
    work = _Rezero(list(subgraph.tensors), subgraph.inputs)
    for operator in subgraph.operators:
        work.take(operator)
    for index in subgraph.outputs:
        work.restore(index)
    return replace(subgraph, tensors=tuple(work.tensors), operators=tuple(work.operators))


class _Rezero(Struct):
    """twins: uint8 tensor -> its int8 twin. missing: uint8 tensors of which only the twin is written so far."""

    tensors: list[NetworkTensor]
    inputs: tuple[int, ...]
    operators: list[NetworkOperator] = field(default_factory=list)
    twins: dict[int, int] = field(default_factory=dict)
    missing: dict[int, NetworkOperator] = field(default_factory=dict)

    def take(self, operator: NetworkOperator) -> None:
        shifts = operator.kind in _SHIFTABLE and not operator.custom
        touched = [i for i in (*operator.inputs, *operator.outputs) if i >= 0 and self._is_unsigned(i)]
        if not shifts or not touched:
            for index in operator.inputs:
                self.restore(index)
            self.operators.append(operator)
            return
        inputs = []
        for position, index in enumerate(operator.inputs):
            if index < 0 or not self._is_unsigned(index):
                inputs.append(index)
            elif _WEIGHTS.get(operator.kind) == position and self.tensors[index].constant is not None:
                inputs.append(self._weights(index))
            else:
                inputs.append(self._twin(index, operator))
        outputs = []
        for index in operator.outputs:
            if not self._is_unsigned(index):
                outputs.append(index)
                continue
            outputs.append(self._new_twin(index))
            self.missing[index] = operator
        if operator.kind == "CONCATENATION" and outputs and outputs[0] >= 0:
            inputs = [self._rescaled(operator, index, outputs[0]) for index in inputs]
        self.operators.append(
            replace(
                operator,
                inputs=tuple(inputs),
                outputs=tuple(outputs),
                options={**operator.options, UNSIGNED: True},
            )
        )

    def restore(self, index: int) -> None:
        """Write the uint8 tensor itself, if only its twin is."""
        operator = self.missing.pop(index, None)
        if operator is not None:
            self._quantize(operator, self.twins[index], index)

    def _is_unsigned(self, index: int) -> bool:
        tensor = self.tensors[index]
        found = tensor.quantization
        return (
            tensor.dtype == "uint8" and not tensor.variable and found is not None and len(found.scales) == 1
        )

    def _twin(self, index: int, operator: NetworkOperator) -> int:
        if index in self.twins:
            return self.twins[index]
        twin = self._new_twin(index)
        if self.tensors[index].constant is None:
            self._quantize(operator, index, twin)
        return twin

    def _new_twin(self, index: int) -> int:
        tensor = self.tensors[index]
        content = tensor.constant
        if content is not None:
            content = (np.frombuffer(content, np.uint8) ^ 0x80).tobytes()
        found = tensor.quantization
        assert found is not None
        moved = AffineQuantization(found.scales, (found.zero_point - 128,), found.axis)
        self.twins[index] = self._add(replace(tensor, dtype="int8", quantization=moved, constant=content))
        return self.twins[index]

    def _weights(self, index: int) -> int:
        tensor = self.tensors[index]
        found = tensor.quantization
        assert found is not None
        values = content_of(tensor).astype(np.int16) - found.zero_point
        small = bool(np.all(np.abs(values) < 128))
        values = values.astype("<i1" if small else "<i2")
        signed = AffineQuantization(found.scales, (0,), found.axis)
        dtype = "int8" if small else "int16"
        return self._add(replace(tensor, dtype=dtype, quantization=signed, constant=values.tobytes()))

    def _rescaled(self, operator: NetworkOperator, source: int, whole: int) -> int:
        """An input of a concatenation at the output's scale. Only that of uint8 may have one of its own."""
        if source < 0:
            return source
        tensor, wanted = self.tensors[source], self.tensors[whole].quantization
        if tensor.dtype != "int8" or tensor.quantization == wanted:
            return source
        target = self._add(replace(tensor, quantization=wanted, constant=None))
        options = {UNSIGNED: True}
        self.operators.append(
            NetworkOperator(operator.index, "QUANTIZE", (source,), (target,), options=options)
        )
        return target

    def _add(self, tensor: NetworkTensor) -> int:
        self.tensors.append(replace(tensor, index=len(self.tensors)))
        return len(self.tensors) - 1

    def _quantize(self, operator: NetworkOperator, source: int, target: int) -> None:
        self.operators.append(NetworkOperator(operator.index, "QUANTIZE", (source,), (target,)))
