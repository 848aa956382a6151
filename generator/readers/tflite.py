"""Shapes and quantisation from the .tflite that an archive was compiled from; the archive keeps neither.

Source: TensorFlow's ``tensorflow/lite/schema/schema.fbs``, version 3.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from generator.errors import ArchiveError, UsageError
from generator.model.archive import ModelLibrary
from generator.model.tensor import DTYPE_BYTES, Quantization, Tensor, size_of
from generator.model.tflite import TfliteModel, TfliteTensor
from generator.readers.text.json_tree import MAX_BYTES
from generator.readers.text.names import check_tensor_name, file_name, sanitise
from generator.wording import counted

_MAX_FILE_BYTES = 256 << 20
_MAX_TENSORS = 1000
_MAX_RANK = 32
#: TensorType of the schema; types that microcontroller kernels can't take are left out
_DTYPES = {
    0: "float32",
    1: "float16",
    2: "int32",
    3: "uint8",
    4: "int64",
    6: "bool",
    7: "int16",
    9: "int8",
    10: "float64",
    12: "uint64",
    15: "uint32",
    16: "uint16",
}
_RIGHT_FILE = "pass the .tflite that the archive was compiled from"


#: what the generated accessors raise on a damaged file: they follow whatever offsets it holds, unchecked
DAMAGE = (
    struct.error,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    MemoryError,
)


def load_tflite(path: Path) -> TfliteModel:
    """Read a .tflite. Raises UsageError where there is none to read, ArchiveError where it is broken."""
    return parse_tflite(load_tflite_bytes(path), file_name(path))


def load_tflite_bytes(path: Path) -> bytes:
    """The file, to one byte beyond the most a parser takes. UsageError where it can't be read."""
    try:
        with open(path, "rb") as file:
            return file.read(_MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as fault:
        reason = (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
        raise UsageError(f"can't be read: {reason}", where=str(path), hint="check the path") from None


def check_identifier(data: bytes, label: str) -> None:
    """ArchiveError unless data may be a .tflite at all."""
    if len(data) > _MAX_FILE_BYTES:
        raise ArchiveError(f"is larger than {_MAX_FILE_BYTES:,} bytes", where=label, hint=_RIGHT_FILE)
    if data[4:8] != b"TFL3":
        raise ArchiveError(
            "not a .tflite model: the identifier TFL3 is missing", where=label, hint=_RIGHT_FILE
        )


def damaged(label: str) -> ArchiveError:
    """The error for one of DAMAGE."""
    return ArchiveError(
        "the model is damaged or cut short",
        where=label,
        hint="check that the download or conversion finished",
    )


def parse_tflite(data: bytes, label: str) -> TfliteModel:
    """The inputs and outputs of a .tflite's main subgraph. Raises ArchiveError."""
    check_identifier(data, label)
    # It takes 80 ms and brings in numpy; most runs never need it.
    from tflite.Model import Model

    try:
        graph = Model.GetRootAs(data, 0).Subgraphs(0)
        if graph is None:
            raise ArchiveError("the model contains no graph", where=label, hint=_RIGHT_FILE)
        inputs = _tensors(graph, [graph.Inputs(i) for i in range(_bounded(graph.InputsLength()))], label)
        outputs = _tensors(graph, [graph.Outputs(i) for i in range(_bounded(graph.OutputsLength()))], label)
    except DAMAGE:
        raise damaged(label) from None
    if not inputs or not outputs:
        raise ArchiveError("the model has no inputs or no outputs", where=label, hint=_RIGHT_FILE)
    return TfliteModel(label, inputs, outputs)


def _bounded(length: int, limit: int = _MAX_TENSORS) -> int:
    if not 0 <= length <= limit:
        raise ValueError(length)
    return length


def _tensors(graph: Any, indices: list[int], label: str) -> tuple[TfliteTensor, ...]:
    count = graph.TensorsLength()
    if any(not 0 <= index < count for index in indices):
        raise ArchiveError(
            "an input or output is not a tensor of the graph",
            where=label,
            hint="check that the download or conversion finished",
        )
    return tuple(_tensor(graph.Tensors(index), label) for index in indices)


def _tensor(tensor: Any, label: str) -> TfliteTensor:
    name = check_tensor_name((tensor.Name() or b"").decode("utf-8"), label)
    where = f"{label}: {name}"
    dtype = _DTYPES.get(tensor.Type())
    if dtype is None:
        raise ArchiveError(
            f"the element type number {tensor.Type()} is not supported",
            where=where,
            hint="convert the model with int8 or float32 inputs and outputs",
        )
    shape = tuple(int(tensor.Shape(i)) for i in range(_bounded(tensor.ShapeLength(), _MAX_RANK)))
    if any(dimension <= 0 for dimension in shape) or size_of(dtype, shape) > MAX_BYTES:
        raise ArchiveError(
            f"{shape} is not a tensor shape",
            where=where,
            hint="convert the model with static shapes",
        )
    return TfliteTensor(name, dtype, shape, _quantization(tensor.Quantization(), dtype, where))


def _quantization(parameters: Any, dtype: str, where: str) -> Quantization | None:
    scales = 0 if parameters is None else parameters.ScaleLength()
    if scales == 0 or dtype.startswith("float"):
        return None
    if scales > 1:
        raise ArchiveError(
            "an input or output is quantised per channel",
            where=where,
            hint="convert the model with per-tensor quantised inputs and outputs",
        )
    scale = float(parameters.Scale(0))
    zero_point = int(parameters.ZeroPoint(0)) if parameters.ZeroPointLength() else 0
    bits = 8 * DTYPE_BYTES[dtype]
    low, high = (0, 2**bits - 1) if dtype.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if not (math.isfinite(scale) and scale > 0 and low <= zero_point <= high):
        raise ArchiveError(
            f"scale {scale:g} and zero point {zero_point} are not valid for {dtype}",
            where=where,
            hint="convert the model again",
        )
    return Quantization(scale, zero_point)


def attach_quantization(library: ModelLibrary, tflite: TfliteModel) -> ModelLibrary:
    """library with the quantisation, and with the shapes it lacked, of the model it was compiled from.

    Tensors are matched by name as TVM's C spells it, then by a type that only one has, then by order.
    Raises UsageError where the two models' tensors differ.
    """
    where = f"{tflite.label} and {library.name}"
    return replace(
        library,
        inputs=_attached("input", library.inputs, tflite.inputs, where),
        outputs=_attached("output", library.outputs, tflite.outputs, where),
    )


def _attached(
    kind: str, tensors: tuple[Tensor, ...], sources: tuple[TfliteTensor, ...], where: str
) -> tuple[Tensor, ...]:
    if len(tensors) != len(sources):
        raise UsageError(
            f"the .tflite has {counted(len(sources), kind)}, the archive has {len(tensors)}",
            where=where,
            hint=_RIGHT_FILE,
        )
    left, open_places = list(sources), dict(enumerate(tensors))
    found: dict[int, TfliteTensor] = {}

    def settle(place: int, source: TfliteTensor) -> None:
        found[place] = source
        left.remove(source)
        del open_places[place]

    for place, tensor in enumerate(tensors):
        same_name = [source for source in left if sanitise(source.name) == sanitise(tensor.name)]
        if len(same_name) == 1:
            settle(place, same_name[0])
    for place, tensor in list(open_places.items()):
        alike = [source for source in left if _alike(tensor, source)]
        rivals = [other for other in open_places.values() if alike and _alike(other, alike[0])]
        if len(alike) == 1 and len(rivals) == 1:
            settle(place, alike[0])
    for (place, _), source in zip(list(open_places.items()), list(left), strict=True):
        settle(place, source)
    return tuple(_joined(kind, tensor, found[place], where) for place, tensor in enumerate(tensors))


def _alike(tensor: Tensor, source: TfliteTensor) -> bool:
    same_shape = tensor.shape is None or tensor.shape == source.shape
    return same_shape and (tensor.dtype, tensor.size_bytes) == (source.dtype, source.size_bytes)


def _joined(kind: str, tensor: Tensor, source: TfliteTensor, where: str) -> Tensor:
    if not _alike(tensor, source):
        ours = _described(tensor.dtype, tensor.shape, tensor.size_bytes)
        theirs = _described(source.dtype, source.shape, source.size_bytes)
        raise UsageError(
            f"the {kind} {tensor.name!r} is {ours} in the archive, {source.name!r} {theirs} in the .tflite",
            where=where,
            hint=_RIGHT_FILE,
        )
    return replace(tensor, shape=source.shape, quantization=source.quantization)


def _described(dtype: str, shape: Sequence[int] | None, size_bytes: int) -> str:
    return f"{dtype} of {size_bytes:,} bytes" if shape is None else f"{dtype} of shape {tuple(shape)}"
