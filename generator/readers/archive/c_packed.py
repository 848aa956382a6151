"""Models compiled with TVM's packed interface: no header, so order and shapes come from elsewhere in the C.

Source: ``codegen_source_base.cc``/``source_module.cc`` (``kTvmgenMetadata``) and ``arg_binder.cc`` in TVM 0.9
to 0.18.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from generator.errors import ArchiveError
from generator.model.tensor import DTYPE_BYTES, size_of
from generator.readers.archive.c_scan import CSource
from generator.readers.text.json_tree import MAX_BYTES

_ARGUMENT = re.compile(
    r"void\s*\*\s*arg_(\w+)\s*=\s*\(\(\(TVMValue\s*\*\)\s*args\)\[([0-9]{1,4})\]\.v_handle\)"
)
_TENSOR = re.compile(
    r'("[0-9]+")\s*,\s*(\w+)\s*,\s*([0-9]{1,4})[lL]*\s*,\s*\{\s*([0-9]+)\s*,\s*([0-9]+)\s*,\s*([0-9]+)\s*\}'
)
_SHAPE = re.compile(r"(kTvmgenMetadata_\w{1,100})\[[0-9]{1,4}\]\s*=\s*\{([^{}]*)\}")
_TYPE_CODES = {"0": "int", "1": "uint", "2": "float"}


class TensorType(Struct, frozen=True):
    """Element type and shape of a tensor whose name is known from elsewhere. shape: outermost first."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def size_bytes(self) -> int:
        """Bytes of a dense tensor of this type."""
        return size_of(self.dtype, self.shape)


class CMetadata(Struct, frozen=True):
    """``kTvmgenMetadata``: C name -> type of inputs and outputs, in the order of the entry's arguments.

    The inputs' names are those of the model, sanitised; the outputs are called ``output0`` and so on.
    """

    inputs: dict[str, TensorType]
    outputs: dict[str, TensorType]


def argument_names(sources: Sequence[CSource], function: str) -> tuple[str, ...]:
    """The C names of a packed function's arguments, by position; empty if its C does not show them."""
    for source in sources:
        for found in source.functions:
            if found.name == function:
                places = {int(index): name for name, index in _ARGUMENT.findall(found.body)}
                return tuple(places[index] for index in sorted(places))
    return ()


def parse_c_metadata(sources: Sequence[CSource]) -> CMetadata | None:
    """The metadata in the archive's C, or None if there is none. Raises ArchiveError."""
    for source in sources:
        if "kTvmgenMetadata_inputs" in source.text:
            return CMetadata(_tensors(source, "inputs"), _tensors(source, "outputs"))
    return None


def _tensors(source: CSource, kind: str) -> dict[str, TensorType]:
    def error(what: str) -> ArchiveError:
        return ArchiveError(what, where=source.path, hint="export the model again")

    name = f"kTvmgenMetadata_{kind}"
    table = re.search(rf"\b{name}\[([0-9]{{1,4}})\]\s*=\s*\{{([^;]*)\}}\s*;", source.text)
    if table is None:
        raise error(f"{name} is missing")
    shapes = _shapes(source)
    tensors = {}
    for token, shape_name, rank, code, bits, lanes in _TENSOR.findall(table[2]):
        shape = shapes.get(shape_name)
        dtype = "bool" if (code, bits) == ("1", "1") else f"{_TYPE_CODES.get(code, '?')}{bits}"
        if shape is None or len(shape) != int(rank) or dtype not in DTYPE_BYTES or lanes != "1":
            raise error(f"{name} has a tensor that can't be read: {shape_name}, {dtype}")
        tensors[source.string(token)] = TensorType(dtype, shape)
    if len(tensors) != int(table[1]):
        raise error(f"{name} declares {table[1]} tensors but has {len(tensors)}")
    return tensors


def _shapes(source: CSource) -> dict[str, tuple[int, ...] | None]:
    """The metadata's arrays of dimensions, by name; None for one that can't be a shape."""
    shapes: dict[str, tuple[int, ...] | None] = {}
    for name, dimensions in _SHAPE.findall(source.text):
        words = [word.strip().rstrip("lL") for word in dimensions.split(",") if word.strip()]
        sensible = all(word.isascii() and word.isdigit() and len(word) < 12 for word in words)
        shape = tuple(int(word) for word in words) if sensible and len(words) <= 32 else (0,)
        shapes[name] = shape if all(0 < dimension <= MAX_BYTES for dimension in shape) else None
    return shapes
