"""The parameters of a graph-executor archive: TVM's dictionary of NDArrays.

Source: TVM's ``src/runtime/file_utils.cc`` (``SaveParams``) and ``include/tvm/runtime/ndarray.h`` (``Save``).
"""

from __future__ import annotations

import struct
from math import prod

from generator.errors import ArchiveError
from generator.model.archive import Parameter
from generator.model.tensor import DTYPE_BYTES
from generator.readers.text.json_tree import MAX_BYTES
from generator.readers.text.names import check_tensor_name
from generator.wording import counted

_DICT_MAGIC = 0xF7E58D4F05049CB7
_ARRAY_MAGIC = 0xDD5E40F096B4A13F
_CPU = 1
_TYPE_CODES = {0: "int", 1: "uint", 2: "float"}


def parse_params(data: bytes, where: str) -> tuple[Parameter, ...]:
    """The parameters in file order. No length in the file is believed before that many bytes are there.

    Raises ArchiveError.
    """
    reader = _Reader(data, where)
    if reader.take("<Q") != _DICT_MAGIC:
        raise reader.error("not a TVM parameter file: wrong magic number")
    reader.take("<Q")
    names = [reader.name() for _ in range(reader.count(8))]
    if len(set(names)) < len(names):
        raise reader.error("a parameter occurs twice")
    if reader.count(1) != len(names):
        raise reader.error(f"the number of arrays differs from the number of names, {len(names)}")
    parameters = tuple(reader.array(name) for name in names)
    if reader.at != len(data):
        raise reader.error(f"{counted(len(data) - reader.at, 'byte')} left over after the last parameter")
    return parameters


class _Reader:
    def __init__(self, data: bytes, where: str) -> None:
        self.data = data
        self.where = where
        self.at = 0

    def error(self, what: str) -> ArchiveError:
        return ArchiveError(what, where=f"{self.where}: byte {self.at}", hint="export the model again")

    def take(self, form: str) -> int:
        size = struct.calcsize(form)
        number: int = struct.unpack(form, self.bytes(size))[0]
        return number

    def bytes(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise self.error(f"{counted(size, 'byte')} expected, {len(self.data) - self.at:,} left")
        piece = self.data[self.at : self.at + size]
        self.at += size
        return piece

    def count(self, least_bytes: int) -> int:
        """A number of things of at least least_bytes each, which must fit in what is left."""
        number = self.take("<Q")
        if number * least_bytes > len(self.data) - self.at:
            raise self.error(
                f"{counted(number, 'entry', 'entries')} expected, {counted(len(self.data) - self.at, 'byte')} left"
            )
        return number

    def name(self) -> str:
        try:
            name = self.bytes(self.take("<Q")).decode("utf-8")
        except UnicodeDecodeError:
            raise self.error("a parameter's name is not UTF-8") from None
        return check_tensor_name(name, self.where)

    def array(self, name: str) -> Parameter:
        if self.take("<Q") != _ARRAY_MAGIC:
            raise self.error(f"the parameter {name!r} is not an NDArray: wrong magic number")
        self.take("<Q")
        if self.take("<i") != _CPU:
            raise self.error(f"the parameter {name!r} is not in CPU memory")
        self.take("<i")
        rank = self.take("<i")
        dtype = self._dtype(name)
        if not 0 <= rank <= 32:
            raise self.error(f"the parameter {name!r} has {rank} dimensions")
        shape = tuple(self.take("<q") for _ in range(rank))
        if any(not 0 < dimension <= MAX_BYTES for dimension in shape):
            raise self.error(f"the parameter {name!r} has the shape {shape}")
        size = DTYPE_BYTES[dtype] * prod(shape)
        if self.take("<q") != size:
            raise self.error(
                f"the parameter {name!r} has a size that does not match its shape {shape} of {dtype}"
            )
        return Parameter(name, dtype, shape, self.bytes(size))

    def _dtype(self, name: str) -> str:
        code, bits, lanes = self.take("<B"), self.take("<B"), self.take("<H")
        dtype = "bool" if (code, bits) == (1, 1) else f"{_TYPE_CODES.get(code, f'type {code} ')}{bits}"
        if lanes != 1 or dtype not in DTYPE_BYTES:
            raise self.error(f"the parameter {name!r} has elements of {dtype} x {lanes}")
        return dtype
