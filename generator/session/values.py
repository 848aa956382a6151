"""Values as the minimal RPC protocol sends them: integers, strings, handles, tensors by handle.

A list of values is their count, their type codes (4 bytes each) and their contents, all little endian.

Source: TVM's ``src/runtime/minrpc/rpc_reference.h``.
"""

from __future__ import annotations

import re
import struct
from enum import IntEnum
from math import prod

from msgspec import Struct

from generator.session.session import SessionError

#: (device type, device id) of the only device there is: cpu(0)
CPU = (1, 0)

_LENGTH = struct.Struct("<Q")


class TypeCode(IntEnum):
    """TVM's argument type codes, as far as they travel."""

    INT = 0
    UINT = 1
    FLOAT = 2
    HANDLE = 3
    NULL = 4
    DATA_TYPE = 5
    DEVICE = 6
    DL_TENSOR = 7
    MODULE = 9
    FUNCTION = 10
    STR = 11
    BYTES = 12
    ND_ARRAY = 13
    BOOL = 15


class ProtocolError(SessionError):
    """The device's answer is not what the protocol allows, or a value can't be sent."""


class DataType(Struct, frozen=True):
    """An element type: ``int8``, ``float32x4``. size_bytes: of one element with all its lanes."""

    code: int
    bits: int
    lanes: int = 1

    _NAMES = ("int", "uint", "float")

    @classmethod
    def parse(cls, name: str) -> DataType:
        """From numpy's and TVM's spelling; ``bool`` is ``uint1``. Raises ProtocolError."""
        if name == "bool":
            return cls(1, 1)
        match = re.fullmatch(r"(int|uint|float)(\d{1,3})(?:x(\d{1,5}))?", name)
        if match is None or not 0 < int(match[2]) < 256 or not 0 < int(match[3] or 1) < 65536:
            raise ProtocolError(f"{name!r} is not an element type", hint="such as int8, uint16 or float32")
        return cls(cls._NAMES.index(match[1]), int(match[2]), int(match[3] or 1))

    @property
    def size_bytes(self) -> int:
        """Bytes of one element, all lanes of it."""
        return (self.bits * self.lanes + 7) // 8

    def __str__(self) -> str:
        if (self.code, self.bits, self.lanes) == (1, 1, 1):
            return "bool"
        name = self._NAMES[self.code] if self.code < len(self._NAMES) else f"type{self.code}_"
        return f"{name}{self.bits}" + (f"x{self.lanes}" if self.lanes > 1 else "")


class Handle(Struct, frozen=True):
    """An opaque handle of the device's; 0 is none."""

    value: int


class ModuleHandle(Struct, frozen=True):
    """A module of the device's."""

    value: int


class FunctionHandle(Struct, frozen=True):
    """A function of the device's."""

    value: int


class Device(Struct, frozen=True):
    """A device argument."""

    kind: int = CPU[0]
    index: int = CPU[1]


class TensorRef(Struct, frozen=True):
    """A tensor on the device: handle of its memory, shape outermost first, compact."""

    handle: int
    shape: tuple[int, ...]
    dtype: DataType
    byte_offset: int = 0

    @property
    def size_bytes(self) -> int:
        """Bytes of the dense tensor."""
        return self.dtype.size_bytes * prod(self.shape)


Value = (
    None
    | bool
    | int
    | float
    | str
    | bytes
    | Handle
    | ModuleHandle
    | FunctionHandle
    | Device
    | DataType
    | TensorRef
)


def encode_tensor(ref: TensorRef) -> bytes:
    """A tensor as it travels: handle, device, rank, dtype, shape, byte offset. Source: TVM's ``SendDLTensor``."""
    dtype = struct.pack("<BBH", ref.dtype.code, ref.dtype.bits, ref.dtype.lanes)
    head = struct.pack("<Qiii", ref.handle, *CPU, len(ref.shape)) + dtype
    return head + struct.pack(f"<{len(ref.shape)}qQ", *ref.shape, ref.byte_offset)


def _encode_value(value: Value) -> tuple[TypeCode, bytes]:
    match value:
        case None:
            return TypeCode.NULL, b""
        case int():
            return TypeCode.INT, struct.pack("<q", value)
        case float():
            return TypeCode.FLOAT, struct.pack("<d", value)
        case str():
            data = value.encode()
            return TypeCode.STR, _LENGTH.pack(len(data)) + data
        case bytes():
            return TypeCode.BYTES, _LENGTH.pack(len(value)) + value
        case Handle():
            return TypeCode.HANDLE, struct.pack("<Q", value.value)
        case ModuleHandle():
            return TypeCode.MODULE, struct.pack("<Q", value.value)
        case Device():
            return TypeCode.DEVICE, struct.pack("<ii", value.kind, value.index)
        case DataType():
            return TypeCode.DATA_TYPE, struct.pack("<BBHi", value.code, value.bits, value.lanes, 0)
        case TensorRef():
            return TypeCode.DL_TENSOR, encode_tensor(value)
    raise ProtocolError(f"a {type(value).__name__} can't be sent to a device")


def encode_values(values: tuple[Value, ...]) -> bytes:
    """Encode a list of values. Raises ProtocolError for values that can't be sent."""
    try:
        encoded = [_encode_value(value) for value in values]
    except struct.error as error:
        raise ProtocolError(f"a value is out of range: {error}") from error
    codes = struct.pack(f"<i{len(encoded)}i", len(encoded), *(code for code, _ in encoded))
    return codes + b"".join(data for _, data in encoded)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        if count > len(self._data) - self._at:
            raise ProtocolError("the device's answer ends early")
        self._at += count
        return self._data[self._at - count : self._at]

    def unpack(self, layout: str) -> tuple[int, ...]:
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))


def _decode_tensor(reader: _Reader) -> TensorRef:
    handle, _kind, _index, rank = reader.unpack("Qiii")
    code, bits, lanes = reader.unpack("BBH")
    if not 0 <= rank <= 64:
        raise ProtocolError(f"the device's answer contains a tensor of rank {rank}")
    shape = reader.unpack(f"{rank}q")
    return TensorRef(handle, shape, DataType(code, bits, lanes), reader.unpack("Q")[0])


def _decode_value(code: int, reader: _Reader) -> Value:
    match code:
        case TypeCode.INT | TypeCode.BOOL:
            return reader.unpack("q")[0]
        case TypeCode.UINT:
            return reader.unpack("Q")[0]
        case TypeCode.FLOAT:
            return float(struct.unpack("<d", reader.take(8))[0])
        case TypeCode.HANDLE | TypeCode.MODULE | TypeCode.FUNCTION:
            return Handle(reader.unpack("Q")[0])
        case TypeCode.NULL:
            return None
        case TypeCode.STR:
            return reader.take(reader.unpack("Q")[0]).decode("utf-8", "replace")
        case TypeCode.BYTES:
            return reader.take(reader.unpack("Q")[0])
        case TypeCode.DL_TENSOR:
            return _decode_tensor(reader)
    raise ProtocolError(f"the device's answer contains a value of type code {code}")


def decode_values(data: bytes) -> tuple[Value, ...]:
    """Decode a list of values. Raises ProtocolError."""
    reader = _Reader(data)
    (count,) = reader.unpack("i")
    if not 0 <= count <= len(data) // 4:
        raise ProtocolError(f"the device's answer claims {count} values")
    codes = reader.unpack(f"{count}i")
    return tuple(_decode_value(code, reader) for code in codes)
