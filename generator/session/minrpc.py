"""The minimal RPC protocol, version 0.8.0 (TVM 0.8 to 0.18): requests to bytes, bytes to answers.

A request or answer is its length (8 bytes), its code (4 bytes) and a body, all little endian. Tensors are
passed by a handle of the device's; only the copies carry elements.

Source: TVM's ``src/runtime/minrpc/rpc_reference.h`` and ``minrpc_server.h``.
"""

from __future__ import annotations

import struct
from enum import IntEnum

from msgspec import Struct

from generator.session.values import (
    FunctionHandle,
    Handle,
    ModuleHandle,
    ProtocolError,
    TensorRef,
    TypeCode,
    Value,
    decode_values,
    encode_tensor,
    encode_values,
)

PROTOCOL_VERSION = "0.8.0"

_LENGTH = struct.Struct("<Q")


class Code(IntEnum):
    """What a request or answer is."""

    SHUTDOWN = 1
    INIT_SERVER = 2
    CALL_FUNC = 3
    RETURN = 4
    EXCEPTION = 5
    COPY_FROM_REMOTE = 6
    COPY_TO_REMOTE = 7
    COPY_ACK = 8
    GET_GLOBAL_FUNC = 9
    FREE_HANDLE = 10
    DEV_SET_DEVICE = 11
    DEV_GET_ATTR = 12
    DEV_ALLOC_DATA = 13
    DEV_FREE_DATA = 14
    DEV_STREAM_SYNC = 15
    COPY_AMONG_REMOTE = 16
    DEV_ALLOC_DATA_WITH_SCOPE = 17


class Return(Struct, frozen=True):
    """A request was done; these are its values."""

    values: tuple[Value, ...]


class RemoteFault(Struct, frozen=True):
    """A request failed on the device; why."""

    message: str


class CopyAck(Struct, frozen=True):
    """The bytes that a copy from the device requested."""

    data: bytes


Reply = Return | RemoteFault | CopyAck


def _request(code: Code, body: bytes) -> bytes:
    packet = struct.pack("<i", code) + body
    return _LENGTH.pack(len(packet)) + packet


def init_server() -> bytes:
    """The first request of a session: the version that is spoken. No arguments."""
    version = PROTOCOL_VERSION.encode()
    return _request(Code.INIT_SERVER, _LENGTH.pack(len(version)) + version + encode_values(()))


def call(function: int, arguments: tuple[Value, ...]) -> bytes:
    """Call a function. function: the handle that a look-up gave."""
    return _request(Code.CALL_FUNC, struct.pack("<Q", function) + encode_values(arguments))


def syscall(code: Code, arguments: tuple[Value, ...]) -> bytes:
    """A request whose body is a list of values: GET_GLOBAL_FUNC and the codes after it."""
    return _request(code, encode_values(arguments))


def copy_from_remote(source: TensorRef, size_bytes: int) -> bytes:
    """Ask for the first size_bytes bytes of a tensor, from its byte_offset on."""
    return _request(Code.COPY_FROM_REMOTE, encode_tensor(source) + _LENGTH.pack(size_bytes))


def copy_to_remote(target: TensorRef, data: bytes) -> bytes:
    """Put data in a tensor, from its byte_offset on."""
    return _request(Code.COPY_TO_REMOTE, encode_tensor(target) + _LENGTH.pack(len(data)) + data)


def shutdown() -> bytes:
    """End the session; the device does not answer."""
    return _request(Code.SHUTDOWN, b"")


def copy_overhead_bytes(tensor: TensorRef) -> int:
    """What a copy's request takes beside its elements, as the device counts its largest request."""
    return len(copy_to_remote(tensor, b"")) - _LENGTH.size


def decode_reply(packet: bytes) -> Reply:
    """Decode an answer without its length. Raises ProtocolError."""
    code = int.from_bytes(packet[:4], "little", signed=True)
    if code == Code.COPY_ACK:
        return CopyAck(packet[4:])
    if code == Code.RETURN:
        return Return(decode_values(packet[4:]))
    if code == Code.EXCEPTION:
        values = decode_values(packet[4:])
        return RemoteFault(str(values[0]) if values else "no reason given")
    raise ProtocolError(f"the device's answer has the code {code}")


def decode_result(reply: Return) -> Value:
    """A call's result: its type code comes first, as an integer, then the value.

    A module or function is a handle on the wire; its type code says which.
    """
    match reply.values:
        case (TypeCode.MODULE, Handle(value)):
            return ModuleHandle(value)
        case (TypeCode.FUNCTION, Handle(value)):
            return FunctionHandle(value)
        case (int(), value, *_):
            return value
    raise ProtocolError("the device's answer is not a call's result")
