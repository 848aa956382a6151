"""Tensors and their element types."""

from __future__ import annotations

from math import prod

from msgspec import Struct

#: element type name (numpy's and TVM's spelling) -> size of one element in bytes
DTYPE_BYTES: dict[str, int] = {
    "bool": 1,
    "int8": 1,
    "uint8": 1,
    "int16": 2,
    "uint16": 2,
    "float16": 2,
    "int32": 4,
    "uint32": 4,
    "float32": 4,
    "int64": 8,
    "uint64": 8,
    "float64": 8,
}


class Quantization(Struct, frozen=True):
    """Affine per-tensor quantisation: real = scale * (stored - zero_point).

    scale: > 0, exactly representable as float32. zero_point: within the element type's range.
    digits: significant digits of the scale where it is rounded, None where it is exact.
    """

    scale: float
    zero_point: int
    digits: int | None = None


class Tensor(Struct, frozen=True):
    """An input or output of a model.

    name:       as the compiler's user knows it (may hold any character).
    c_name:     as the archive's C spells it (a C identifier).
    dtype:      a key of DTYPE_BYTES.
    shape:      outermost dimension first; None if the archive does not say.
    size_bytes: of all elements.
    """

    name: str
    c_name: str
    dtype: str
    shape: tuple[int, ...] | None
    size_bytes: int
    quantization: Quantization | None = None

    @property
    def elements(self) -> int:
        return self.size_bytes // DTYPE_BYTES[self.dtype]

    @property
    def printed_shape(self) -> tuple[int, ...]:
        """The shape, or one flat dimension where it is not known."""
        return self.shape if self.shape is not None else (self.elements,)


def size_of(dtype: str, shape: tuple[int, ...]) -> int:
    """Bytes of a dense tensor; dtype a key of DTYPE_BYTES, shape outermost first (() is a scalar)."""
    return DTYPE_BYTES[dtype] * prod(shape)


def dltype(dtype: str) -> tuple[int, int]:
    """DLPack's type code and bits of an element type (a TVM bool is one bit of uint)."""
    if dtype == "bool":
        return _DL_CODES["uint"], 1
    return _DL_CODES[dtype.rstrip("0123456789")], DTYPE_BYTES[dtype] * 8


_DL_CODES = {"int": 0, "uint": 1, "float": 2}
