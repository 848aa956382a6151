"""What a session's user holds: arrays, functions and modules that live on the device."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from generator.session.minrpc import Code
from generator.session.session import RemoteError, SessionError
from generator.session.values import (
    CPU,
    DataType,
    Device,
    Handle,
    ModuleHandle,
    ProtocolError,
    TensorRef,
    TypeCode,
    Value,
)
from generator.wording import counted

if TYPE_CHECKING:
    import numpy


class Caller(Protocol):
    """What the objects on a device need of the session that they belong to; see ``RemoteSession``."""

    def function(self, name: str) -> RemoteFunction: ...

    def call(self, function: int, *arguments: Any) -> Any: ...

    def syscall(self, code: Code, *arguments: Any) -> Value: ...

    def copy_to(self, target: TensorRef, data: bytes) -> None: ...

    def copy_from(self, source: TensorRef) -> bytes: ...


class RemoteArray(Struct):
    """A tensor in the device's memory, valid while its session lasts."""

    session: Caller
    ref: TensorRef

    @property
    def shape(self) -> tuple[int, ...]:
        return self.ref.shape

    @property
    def dtype(self) -> str:
        return str(self.ref.dtype)

    @property
    def size_bytes(self) -> int:
        """Bytes of the dense tensor."""
        return self.ref.size_bytes

    def write(self, elements: Any) -> None:
        """Copy elements to the device: an array or bytes, C order, of exactly size_bytes.

        Raises SessionError for another size.
        """
        contents = memoryview(elements)
        data = contents.tobytes()
        if len(data) != self.size_bytes:
            raise SessionError(
                f"{counted(len(data), 'byte')} given for a tensor of {self.size_bytes}",
                hint=f"its shape is {list(self.shape)} of {self.dtype}",
            )
        self.session.copy_to(self.ref, data)

    def read(self) -> bytes:
        """Copy the elements from the device."""
        return self.session.copy_from(self.ref)

    def numpy(self) -> numpy.ndarray[Any, Any]:
        """The elements as an array of this shape and dtype."""
        import numpy

        flat = numpy.frombuffer(self.read(), dtype=self.dtype)
        array: numpy.ndarray[Any, Any] = flat.reshape(self.shape).copy()
        return array

    def copy_from(self, other: RemoteArray) -> None:
        """Copy from another tensor of the same size on the device."""
        self.session.syscall(Code.COPY_AMONG_REMOTE, other.ref, self.ref, Handle(0))

    def free(self) -> None:
        """Give the memory back before the session ends."""
        self.session.syscall(Code.DEV_FREE_DATA, Device(), Handle(self.ref.handle))


class RemoteFunction(Struct, frozen=True):
    """A function on the device. Call it with None, int, float, str, bytes, RemoteArray or RemoteModule."""

    session: Caller
    name: str
    handle: int

    def __call__(self, *arguments: Any) -> Any:
        return self.session.call(self.handle, *arguments)


class RemoteModule(Struct, frozen=True):
    """A module on the device: the system library, or an executor's."""

    session: Caller
    handle: int

    def function(self, name: str) -> RemoteFunction:
        """Look a function up. Raises RemoteError when there is none of the name."""
        found = self.session.function("tvm.rpc.server.ModuleGetFunction")(self, name, True)
        if not isinstance(found, RemoteFunction):
            raise RemoteError(f"the module has no function {name!r}")
        return RemoteFunction(self.session, name, found.handle)

    def time(
        self, name: str, *arguments: Any, number: int = 1, repeat: int = 1, min_repeat_ms: int = 0
    ) -> list[float]:
        """Time a function on the device's own clock: repeat means of number runs each, in seconds."""
        create = self.session.function("runtime.RPCTimeEvaluator")
        kind, index = CPU
        timer = create(self, name, kind, index, number, repeat, min_repeat_ms, 100, 0, 1, "")
        try:
            return _doubles(timer(*arguments))
        finally:
            self.session.syscall(Code.FREE_HANDLE, Handle(timer.handle), int(TypeCode.FUNCTION))


class RemoteExecutor(RemoteModule, frozen=True):
    """A model that runs as a whole."""

    def input(self, key: int | str) -> RemoteArray:
        """The device's array of an input, by number or name."""
        return self._array("get_input", key)

    def output(self, key: int | str) -> RemoteArray:
        """The device's array of an output, by number."""
        return self._array("get_output", key)

    def inputs(self) -> int:
        return int(self.function("get_num_inputs")())

    def outputs(self) -> int:
        return int(self.function("get_num_outputs")())

    def input_name(self, index: int) -> str:
        return str(self.function("get_input_name")(index))

    def run(self) -> None:
        """Run the model once, on the inputs written last."""
        self.function("run")()

    def _array(self, function: str, key: int | str) -> RemoteArray:
        array = self.function(function)(key)
        if not isinstance(array, RemoteArray):
            raise ProtocolError(f"{function} returned no tensor")
        return array


def _doubles(data: Any) -> list[float]:
    if not isinstance(data, bytes) or len(data) % 8:
        raise ProtocolError("a time evaluator returned no times")
    return list(struct.unpack(f"<{len(data) // 8}d", data))


def to_value(value: Any) -> Value:
    """What is sent for an argument. Raises ProtocolError if it can't be sent."""
    match value:
        case RemoteArray(ref=ref):
            return ref
        case RemoteModule():
            return ModuleHandle(value.handle)
        case _ if isinstance(value, (int, float, str, bytes)) or value is None:
            return value
    if isinstance(value, (Handle, ModuleHandle, Device, DataType, TensorRef)):
        return value
    raise ProtocolError(f"a {type(value).__name__} can't be passed to a function on the device")
