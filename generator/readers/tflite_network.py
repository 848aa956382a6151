"""A .tflite, whole: bytes -> Network, treated as hostile.

Source: TensorFlow's ``tensorflow/lite/schema/schema.fbs``, version 3.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generator.errors import ArchiveError
from generator.model.network import (
    ELEMENT_BITS,
    AffineQuantization,
    Network,
    NetworkOperator,
    NetworkTensor,
    OptionValue,
    Subgraph,
)
from generator.readers.text.json_tree import MAX_BYTES
from generator.readers.text.names import file_name, printable
from generator.readers.tflite import DAMAGE, check_identifier, damaged, load_tflite_bytes
from generator.readers.tflite_detections import with_detection_shapes
from generator.wording import counted

#: TensorType of the schema -> our spelling
_DTYPES = {
    0: "float32",
    1: "float16",
    2: "int32",
    3: "uint8",
    4: "int64",
    5: "string",
    6: "bool",
    7: "int16",
    8: "complex64",
    9: "int8",
    10: "float64",
    11: "complex128",
    12: "uint64",
    13: "resource",
    14: "variant",
    15: "uint32",
    16: "uint16",
    17: "int4",
    18: "bfloat16",
}
_MAX_SUBGRAPHS = 64
_MAX_OPERATORS = 20_000
_MAX_TENSORS = 50_000
_MAX_ARGUMENTS = 1_000
_MAX_RANK = 8
_MAX_LIST = 100_000
_MAX_CUSTOM_BYTES = 1 << 20
#: of all constants together: a file can point many tensors at one buffer
_MAX_CONSTANT_BYTES = 256 << 20
_WHOLE = "check that the download or conversion finished"
_STATIC = "convert the model with static shapes"


def load_network(path: Path) -> Network:
    """Read a .tflite as a whole.

    Raises UsageError where there is no file to read, ArchiveError where it is broken or hostile.
    """
    return parse_network(load_tflite_bytes(path), file_name(path))


def parse_network(data: bytes, label: str) -> Network:
    """Every subgraph of the model, with its constants. Raises ArchiveError."""
    check_identifier(data, label)
    from tflite.Model import Model

    try:
        model = Model.GetRootAs(data, 0)
        reader = _Reader(model, data, label)
        count = _bounded(model.SubgraphsLength(), _MAX_SUBGRAPHS)
        subgraphs = tuple(reader.subgraph(model.Subgraphs(i), i) for i in range(count))
    except DAMAGE:
        raise damaged(label) from None
    if not subgraphs or not subgraphs[0].operators:
        raise ArchiveError("the model contains no operators", where=label, hint=_WHOLE)
    return Network(label, hashlib.sha256(data).hexdigest(), subgraphs)


def _bounded(length: int, limit: int) -> int:
    if not 0 <= length <= limit:
        raise ValueError(length)
    return length


class _Reader:
    """Walks one model; keeps count of what it copies out."""

    def __init__(self, model: Any, data: bytes, label: str) -> None:
        self._data = data
        self._label = label
        self._constant_bytes = 0
        self._kinds = _kinds(model)
        self._model = model
        self._buffer_count = _bounded(model.BuffersLength(), _MAX_TENSORS)
        self._buffers: dict[int, bytes | None] = {}

    def subgraph(self, graph: Any, number: int) -> Subgraph:
        where = self._label if number == 0 else f"{self._label}: subgraph {number}"
        tensors = tuple(
            self._tensor(graph.Tensors(i), i, where)
            for i in range(_bounded(graph.TensorsLength(), _MAX_TENSORS))
        )
        operators = tuple(
            self._operator(graph.Operators(i), i, len(tensors), where)
            for i in range(_bounded(graph.OperatorsLength(), _MAX_OPERATORS))
        )
        inputs = _row(graph.Inputs, graph.InputsLength())
        outputs = _row(graph.Outputs, graph.OutputsLength())
        for index in inputs + outputs:
            if not 0 <= index < len(tensors):
                raise ArchiveError(
                    f"an input or output refers to tensor {index}, but there are only {len(tensors)}",
                    where=where,
                    hint=_WHOLE,
                )
        return with_detection_shapes(Subgraph(tensors, operators, inputs, outputs))

    def _tensor(self, tensor: Any, index: int, where: str) -> NetworkTensor:
        name = printable((tensor.Name() or b"")[:1000].decode("utf-8", errors="replace"))
        where = f"{where}: {name or f'tensor {index}'}"
        number = int(tensor.Type())
        if number not in _DTYPES:
            raise ArchiveError(
                f"unknown element type number {number}",
                where=where,
                hint="convert the model with int8, int16, uint8 or float32 tensors",
            )
        dtype = _DTYPES[number]
        shape = tuple(int(tensor.Shape(i)) for i in range(_bounded(tensor.ShapeLength(), _MAX_RANK)))
        if any(dimension < 0 for dimension in shape):
            raise ArchiveError(f"the shape {shape} is not static", where=where, hint=_STATIC)
        if math.prod(shape) * max(ELEMENT_BITS[dtype], 8) // 8 > MAX_BYTES:
            raise ArchiveError(
                f"the shape {shape} is too large for a microcontroller", where=where, hint=_STATIC
            )
        if tensor.Sparsity() is not None:
            raise ArchiveError("the tensor is sparse", where=where, hint="convert the model without sparsity")
        found = NetworkTensor(
            index,
            name,
            dtype,
            shape,
            _quantization(tensor.Quantization(), dtype, where),
            variable=bool(tensor.IsVariable()),
        )
        constant = self._buffer(int(tensor.Buffer()), where)
        if constant is None or ELEMENT_BITS[dtype] == 0:
            return found
        if len(constant) != found.size_bytes:
            raise ArchiveError(
                f"has {counted(len(constant), 'byte')}, but {dtype} of shape {shape} needs {found.size_bytes:,}",
                where=where,
                hint=_WHOLE,
            )
        return NetworkTensor(index, name, dtype, shape, found.quantization, constant, variable=found.variable)

    def _buffer(self, index: int, where: str) -> bytes | None:
        """A buffer's content; None for one without (number 0 is empty by the schema)."""
        if index == 0:
            return None
        if not 0 <= index < self._buffer_count:
            raise ArchiveError(
                f"refers to buffer {index}, but there are only {self._buffer_count}", where=where, hint=_WHOLE
            )
        if index not in self._buffers:
            self._buffers[index] = self._content(index, where)
        return self._buffers[index]

    def _content(self, index: int, where: str) -> bytes | None:
        buffer = self._model.Buffers(index)
        length = _bounded(buffer.DataLength(), len(self._data))
        if length:
            start = buffer._tab.Vector(buffer._tab.Offset(4))
        else:
            # Models above 2 GB keep their buffers behind the tables; 0 and 1 mean that there is none.
            start, length = int(buffer.Offset()), int(buffer.Size())
            if start <= 1 or length == 0:
                return None
        if start < 0 or start + length > len(self._data):
            raise ArchiveError("a buffer lies outside the file", where=where, hint=_WHOLE)
        self._constant_bytes += length
        if self._constant_bytes > _MAX_CONSTANT_BYTES:
            raise ArchiveError("the buffers overlap", where=where, hint=_WHOLE)
        return self._data[start : start + length]

    def _operator(self, operator: Any, index: int, tensors: int, where: str) -> NetworkOperator:
        kind, custom, version = self._kinds[_bounded(operator.OpcodeIndex(), len(self._kinds) - 1)]
        rows = (
            _row(operator.Inputs, operator.InputsLength()),
            _row(operator.Outputs, operator.OutputsLength()),
            _row(operator.Intermediates, operator.IntermediatesLength()),
        )
        for least, row in zip((-1, 0, -1), rows, strict=True):
            for argument in row:
                if not least <= argument < tensors:
                    raise ArchiveError(
                        f"operator {index} ({kind}) refers to tensor {argument}, but there are only {tensors}",
                        where=where,
                        hint=_WHOLE,
                    )
        custom_length = _bounded(operator.CustomOptionsLength(), _MAX_CUSTOM_BYTES)
        custom_options = bytes(operator.CustomOptions(i) for i in range(custom_length))
        return NetworkOperator(
            index,
            kind,
            *rows,
            options={
                **_options(operator.BuiltinOptions(), int(operator.BuiltinOptionsType()), "BuiltinOptions"),
                **_later_options(operator),
            },
            custom=custom,
            custom_options=custom_options,
            version=version,
        )


def _row(item: Callable[[int], int], length: int) -> tuple[int, ...]:
    return tuple(int(item(i)) for i in range(_bounded(length, _MAX_ARGUMENTS)))


def _kinds(model: Any) -> list[tuple[str, bool, int]]:
    """(kind, custom, version) by operator code."""
    from tflite.BuiltinOperator import BuiltinOperator

    known = {value: name for name, value in vars(BuiltinOperator).items() if isinstance(value, int)}
    kinds = []
    for i in range(_bounded(model.OperatorCodesLength(), _MAX_OPERATORS)):
        code = model.OperatorCodes(i)
        # Codes above 127 are in the new field; older files use only the deprecated one.
        number = max(int(code.BuiltinCode()), int(code.DeprecatedBuiltinCode()))
        kind = known.get(number, f"operator code {number}")
        custom = kind == "CUSTOM"
        if custom:
            name = printable((code.CustomCode() or b"")[:200].decode("utf-8", errors="replace"))
            kind = name or "unnamed custom operator"
        kinds.append((kind, custom, int(code.Version())))
    return kinds


def _quantization(parameters: Any, dtype: str, where: str) -> AffineQuantization | None:
    scales = 0 if parameters is None else _bounded(parameters.ScaleLength(), _MAX_LIST)
    if scales == 0:
        return None
    zero_points = _bounded(parameters.ZeroPointLength(), _MAX_LIST)
    if zero_points not in (0, 1, scales):
        raise ArchiveError(
            f"has {counted(scales, 'scale')} and {counted(zero_points, 'zero point')}",
            where=where,
            hint=_WHOLE,
        )
    values = tuple(float(parameters.Scale(i)) for i in range(scales))
    if not all(math.isfinite(value) and value >= 0 for value in values):
        raise ArchiveError("a scale is not a positive number", where=where, hint="convert the model again")
    points = tuple(int(parameters.ZeroPoint(i)) for i in range(zero_points)) or (0,)
    bits = ELEMENT_BITS[dtype]
    if dtype.startswith(("int", "uint")):
        low, high = (
            (0, (1 << bits) - 1) if dtype.startswith("u") else (-1 << (bits - 1), (1 << (bits - 1)) - 1)
        )
        outside = next((point for point in points if not low <= point <= high), None)
        if outside is not None:
            raise ArchiveError(
                f"the zero point {outside} is not a value of {dtype}",
                where=where,
                hint="convert the model again",
            )
    return AffineQuantization(values, points, int(parameters.QuantizedDimension()))


# ---- options: the generated classes have one accessor per field, named as the schema's, in CamelCase

_FIELD = re.compile(r"[A-Z][A-Za-z0-9]*")
_NO_FIELD = re.compile(r"GetRootAs\w*|Init|\w+(?:BufferHasIdentifier|AsNumpy|IsNone|Length)")
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def _later_options(operator: Any) -> dict[str, OptionValue]:
    """Options of the schema's second union, which the oldest releases of its package don't have."""
    if not hasattr(operator, "BuiltinOptions2"):
        return {}
    return _options(operator.BuiltinOptions2(), int(operator.BuiltinOptions2Type()), "BuiltinOptions2")


def _options(table: Any, number: int, union: str) -> dict[str, OptionValue]:
    """Every scalar and vector of an operator's options; {} where it has none or their type is not known."""
    if table is None or number == 0:
        return {}
    name = _option_types(union).get(number)
    if name is None:
        return {}
    from importlib import import_module

    options = getattr(import_module(f"tflite.{name}"), name)()
    options.Init(table.Bytes, table.Pos)
    found: dict[str, OptionValue] = {}
    for accessor in _accessors(type(options)):
        value = _value(options, accessor)
        if value is not None:
            found[_WORD.sub("_", accessor).lower()] = value
    return found


def _value(options: Any, accessor: str) -> OptionValue | None:
    length = getattr(options, f"{accessor}Length", None)
    if length is None:
        value = getattr(options, accessor)()
        if isinstance(value, bytes):
            return printable(value[:1000].decode("utf-8", errors="replace"))
        return value if isinstance(value, int | float | bool) else None
    item = getattr(options, accessor)
    row = tuple(item(i) for i in range(_bounded(length(), _MAX_LIST)))
    return row if all(isinstance(value, int | float) for value in row) else None


def _accessors(kind: type) -> list[str]:
    """The names of a generated class's accessors."""
    return sorted(name for name in vars(kind) if _FIELD.fullmatch(name) and not _NO_FIELD.fullmatch(name))


def _option_types(union: str) -> dict[int, str]:
    from importlib import import_module

    kinds = getattr(import_module(f"tflite.{union}"), union)
    return {value: name for name, value in vars(kinds).items() if isinstance(value, int)}
