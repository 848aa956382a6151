"""The tensors of a .tflite that need memory, and when: from the operator order of its main subgraph.

Source: TensorFlow's ``tensorflow/lite/schema/schema.fbs``, version 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from generator.errors import ArchiveError
from generator.model.tflite_graph import HeldTensor, TfliteGraph
from generator.readers.text.json_tree import MAX_BYTES
from generator.readers.text.names import file_name, printable
from generator.readers.tflite import DAMAGE, check_identifier, damaged, load_tflite_bytes

#: TensorType of the schema -> (name, bits of one element); strings and handles have no size of their own
_TYPES = {
    0: ("float32", 32),
    1: ("float16", 16),
    2: ("int32", 32),
    3: ("uint8", 8),
    4: ("int64", 64),
    6: ("bool", 8),
    7: ("int16", 16),
    8: ("complex64", 64),
    9: ("int8", 8),
    10: ("float64", 64),
    11: ("complex128", 128),
    12: ("uint64", 64),
    15: ("uint32", 32),
    16: ("uint16", 16),
    17: ("int4", 4),
    18: ("bfloat16", 16),
}
_MAX_OPERATORS = 100_000
_MAX_ARGUMENTS = 10_000
_MAX_RANK = 32
_WHOLE = "check that the download or conversion finished"


def load_tflite_graph(path: Path) -> TfliteGraph:
    """Read the tensors of a .tflite that need memory.

    Raises UsageError where there is no file to read, ArchiveError where it is broken or can't be planned.
    """
    return parse_tflite_graph(load_tflite_bytes(path), file_name(path))


def parse_tflite_graph(data: bytes, label: str) -> TfliteGraph:
    """Every tensor that an operator writes, that is an input of the model, or that it keeps between runs.

    An operator's tensors live while it runs, inputs of the model from operator 0 on, outputs to the end.
    Raises ArchiveError.
    """
    check_identifier(data, label)
    from tflite.Model import Model

    try:
        model = Model.GetRootAs(data, 0)
        graph = model.Subgraphs(0)
        if graph is None or not graph.OperatorsLength():
            raise ArchiveError("the model contains no operators", where=label, hint=_WHOLE)
        count = _bounded(graph.OperatorsLength(), _MAX_OPERATORS)
        life = _Life(graph.TensorsLength(), count, label)
        _trace(graph, life)
        tensors = tuple(_held(graph, index, life, label) for index in sorted(life.first))
        names = _OperatorNames(model)
        operators = tuple(names(graph.Operators(step)) for step in range(count))
        others = max(0, int(model.SubgraphsLength()) - 1)
    except DAMAGE:
        raise damaged(label) from None
    return TfliteGraph(label, operators, tuple(t for t in tensors if t.size_bytes), others)


class _Life(Struct):
    """First and end operator of each tensor that needs memory, by index; filled while walking."""

    tensors: int
    operators: int
    label: str
    first: dict[int, int] = field(default_factory=dict)
    end: dict[int, int] = field(default_factory=dict)
    touches: dict[int, int] = field(default_factory=dict)
    role: dict[int, str] = field(default_factory=dict)

    def born(self, index: int, step: int, role: str = "tensor") -> None:
        if not 0 <= index < self.tensors:
            raise ArchiveError(
                f"operator {step} refers to tensor {index}, but there are only {self.tensors}",
                where=self.label,
                hint=_WHOLE,
            )
        self.first.setdefault(index, step)
        self.role.setdefault(index, role)
        self.end[index] = max(self.end.get(index, 0), step + 1)

    def used(self, index: int, step: int) -> None:
        """A tensor that nothing has written is a constant."""
        if index in self.first:
            self.end[index] = step + 1
            self.touches[index] = self.touches.get(index, 0) + 1


def _trace(graph: Any, life: _Life) -> None:
    for index in range(_bounded(life.tensors, _MAX_OPERATORS)):
        if graph.Tensors(index).IsVariable():
            life.born(index, 0, "variable")
            life.end[index] = life.operators
    for index in _row(graph.Inputs, graph.InputsLength()):
        life.born(index, 0, "input")
    for step in range(life.operators):
        operator = graph.Operators(step)
        for index in _row(operator.Outputs, operator.OutputsLength()):
            life.born(index, step)
            life.used(index, step)
        for index in _row(operator.Intermediates, operator.IntermediatesLength()):
            life.born(index, step, "scratch")
            life.used(index, step)
        for index in _row(operator.Inputs, operator.InputsLength()):
            life.used(index, step)
    for index, role in life.role.items():
        if role == "variable":
            life.end[index] = life.operators
    for index in _row(graph.Outputs, graph.OutputsLength()):
        if index in life.first:
            life.end[index] = life.operators
            if life.role[index] == "tensor":
                life.role[index] = "output"


def _row(item: Callable[[int], int], length: int) -> Iterator[int]:
    """Tensor indices; -1 stands for an optional tensor that is left out."""
    return (index for index in map(item, range(_bounded(length, _MAX_ARGUMENTS))) if index != -1)


def _bounded(length: int, limit: int) -> int:
    if not 0 <= length <= limit:
        raise ValueError(length)
    return length


def _held(graph: Any, index: int, life: _Life, label: str) -> HeldTensor:
    tensor = graph.Tensors(index)
    name = printable((tensor.Name() or b"").decode("utf-8", errors="replace"))
    where = f"{label}: {name or f'tensor {index}'}"
    if tensor.Type() not in _TYPES:
        raise ArchiveError(
            f"the element type number {tensor.Type()} has no fixed size",
            where=where,
            hint="only tensors of numbers can be planned: convert the model without strings and resources",
        )
    dtype, bits = _TYPES[tensor.Type()]
    shape = tuple(int(tensor.Shape(i)) for i in range(_bounded(tensor.ShapeLength(), _MAX_RANK)))
    size_bytes = -(-prod(shape) * bits // 8)
    if any(dimension < 0 for dimension in shape) or size_bytes > MAX_BYTES:
        raise ArchiveError(
            f"{shape} is not a tensor shape",
            where=where,
            hint="convert the model with static shapes",
        )
    return HeldTensor(
        index,
        name,
        dtype,
        shape,
        size_bytes,
        (life.first[index], life.end[index]),
        life.touches.get(index, 0),
        life.role[index],
    )


class _OperatorNames:
    """Operator -> kind, as the schema's enumeration spells it."""

    def __init__(self, model: Any) -> None:
        from tflite.BuiltinOperator import BuiltinOperator

        known = {value: name for name, value in vars(BuiltinOperator).items() if isinstance(value, int)}
        self._names = []
        for i in range(_bounded(model.OperatorCodesLength(), _MAX_OPERATORS)):
            code = model.OperatorCodes(i)
            # Codes above 127 are in the new field; older files use only the deprecated one.
            number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
            custom = printable((code.CustomCode() or b"").decode("utf-8", errors="replace"))
            self._names.append(custom or known.get(number, f"operator code {number}"))

    def __call__(self, operator: Any) -> str:
        return self._names[_bounded(operator.OpcodeIndex(), len(self._names) - 1)]
