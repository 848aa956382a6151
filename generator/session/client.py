"""A session with a device: look up functions, call them, move tensors, without TVM.

    session = RemoteSession(transport, clock=time.monotonic, nonce=random.randint(1, 255))
    session.connect()
    model = session.executor()
    model.input(0).write(samples)
    model.run()
    scores = model.output(0).numpy()
    session.close()

What the device allocates for a session is free again when the session ends, whichever way it ends.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from generator.session import minrpc
from generator.session.minrpc import Code
from generator.session.remote import RemoteArray, RemoteExecutor, RemoteFunction, RemoteModule, to_value
from generator.session.session import (
    Established,
    HostSession,
    Log,
    Message,
    RemoteError,
    SessionError,
    SessionLostError,
    Terminated,
)
from generator.session.transport import IoTimeoutError, Transport, TransportClosedError
from generator.session.values import (
    DataType,
    Device,
    FunctionHandle,
    Handle,
    ModuleHandle,
    ProtocolError,
    TensorRef,
    Value,
)
from generator.wording import counted


class Timeouts(Struct, frozen=True):
    """Seconds; None waits for ever.

    start_retry_s: until the request for a session is sent again.
    start_s:       until the device is taken to be absent.
    reply_s:       for one answer; a run of the model must fit.
    """

    start_retry_s: float = 1.0
    start_s: float | None = 10.0
    reply_s: float | None = 60.0


class RemoteSession:
    """One host's sessions on one transport, one after another.

    clock:  seconds that only grow (``time.monotonic``).
    nonce:  1 to 255, best at random: where the sessions' nonces begin.
    on_log: called with each line that the device logs.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        clock: Callable[[], float],
        nonce: int,
        timeouts: Timeouts | None = None,
        on_log: Callable[[str], None] | None = None,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._nonce = nonce
        self._timeouts = timeouts or Timeouts()
        self._on_log = on_log
        self._session = HostSession()
        self._pending = b""
        self._functions: dict[str, RemoteFunction] = {}
        self._packet_bytes: int | None = None

    def __enter__(self) -> RemoteSession:
        self.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def connect(self) -> None:
        """Open a session, ending the one there was.

        Raises SessionError when the device does not answer within start_s.
        """
        self._forget()
        deadline = self._deadline(self._timeouts.start_s)
        while True:
            self._transport.write(self._session.start(self._nonce), self._left(deadline))
            self._nonce = self._nonce % 0xFF + 1
            retry = self._clock() + self._timeouts.start_retry_s
            self._await(
                lambda: self._session.established, retry if deadline is None else min(retry, deadline)
            )
            if self._session.established:
                break
            if deadline is not None and self._clock() >= deadline:
                raise SessionError(
                    f"no answer from the device within {self._timeouts.start_s} s",
                    hint="check that it is powered, runs a host-driven application, and is on this port",
                )
        self._request(minrpc.init_server())

    def close(self) -> None:
        """End the session; the transport stays open. Does nothing when there is none."""
        if not self._session.established:
            return
        # A device that is gone needs no goodbye.
        with contextlib.suppress(IoTimeoutError, TransportClosedError):
            self._transport.write(self._session.terminate(), self._timeouts.reply_s)
        self._forget()

    def function(self, name: str) -> RemoteFunction:
        """Look a global function up. Raises RemoteError when there is none of the name."""
        if name not in self._functions:
            found = self.syscall(Code.GET_GLOBAL_FUNC, name)
            if not isinstance(found, Handle) or found.value == 0:
                raise RemoteError(f"the device has no function {name!r}")
            self._functions[name] = RemoteFunction(self, name, found.value)
        return self._functions[name]

    def system_library(self) -> RemoteModule:
        """The module that holds the models' operators."""
        return self._module(self.function("runtime.SystemLib")())

    def executor(self, name: str = "default") -> RemoteExecutor:
        """A model that the device runs as a whole; ``default`` is the first."""
        create = self.function("tvm.aot_executor.create")
        return RemoteExecutor(self, self._module(create(self.system_library(), Device(), name)).handle)

    def allocate(self, shape: tuple[int, ...], dtype: str, scope: str | None = None) -> RemoteArray:
        """Take memory on the device, from the pool named scope or from the first.

        shape: outermost first. Raises RemoteError when the pool is full or unknown.
        """
        ref = TensorRef(0, shape, DataType.parse(dtype))
        found = self.syscall(Code.DEV_ALLOC_DATA_WITH_SCOPE, ref, scope)
        if not isinstance(found, Handle):
            raise ProtocolError("the device's answer to an allocation is not a handle")
        return RemoteArray(self, TensorRef(found.value, shape, ref.dtype))

    def stats(self) -> dict[str, int]:
        """The device's counters: memory in use and peak, sessions, CRC errors, lost bytes and others.

        ``pool.NAME.in_use_bytes`` and ``pool.NAME.size_bytes`` describe each pool.
        """
        figures: dict[str, int] = {}
        for word in str(self.function("mlf.rpc.stats")()).split():
            name, equals, value = word.rpartition("=")
            if equals:
                figures[name] = int(value)
                continue
            pool, _, use = word.rpartition(":")
            used, _, size = use.partition("/")
            figures[f"pool.{pool}.in_use_bytes"] = int(used)
            figures[f"pool.{pool}.size_bytes"] = int(size)
        return figures

    def call(self, function: int, *arguments: Any) -> Any:
        """Call a function by its handle. Raises RemoteError when it fails."""
        reply = self._request(minrpc.call(function, tuple(to_value(a) for a in arguments)))
        if not isinstance(reply, minrpc.Return):
            raise ProtocolError("the device's answer to a call is not a result")
        return self._wrapped(minrpc.decode_result(reply))

    def syscall(self, code: Code, *arguments: Any) -> Value:
        """Send a request whose body is a list of values; return the one value of the answer."""
        reply = self._request(minrpc.syscall(code, tuple(to_value(a) for a in arguments)))
        if not isinstance(reply, minrpc.Return) or len(reply.values) != 1:
            raise ProtocolError(f"the device's answer to {code.name} is not one value")
        return reply.values[0]

    def copy_to(self, target: TensorRef, data: bytes) -> None:
        """Copy data, at most the tensor's bytes, to the device in as many pieces as it takes."""
        piece = self._piece_bytes(target)
        for at in range(0, len(data), piece):
            part = TensorRef(target.handle, target.shape, target.dtype, target.byte_offset + at)
            self._request(minrpc.copy_to_remote(part, data[at : at + piece]))

    def copy_from(self, source: TensorRef) -> bytes:
        """Copy all the tensor's bytes from the device in as many pieces as it takes."""
        piece = self._piece_bytes(source)
        pieces = []
        for at in range(0, source.size_bytes, piece):
            part = TensorRef(source.handle, source.shape, source.dtype, source.byte_offset + at)
            count = min(piece, source.size_bytes - at)
            reply = self._request(minrpc.copy_from_remote(part, count))
            if not isinstance(reply, minrpc.CopyAck) or len(reply.data) != count:
                raise ProtocolError(f"the device did not send the {counted(count, 'byte')} requested")
            pieces.append(reply.data)
        return b"".join(pieces)

    def _piece_bytes(self, tensor: TensorRef) -> int:
        if self._packet_bytes is None:
            self._packet_bytes = int(self.function("tvm.rpc.server.GetCRTMaxPacketSize")())
        piece = self._packet_bytes - minrpc.copy_overhead_bytes(tensor)
        if piece <= 0:
            raise SessionError(
                f"the device's packets of {self._packet_bytes} bytes have no room for an element"
            )
        return piece

    def _wrapped(self, value: Value) -> Any:
        match value:
            case ModuleHandle():
                return RemoteModule(self, value.value)
            case FunctionHandle():
                return RemoteFunction(self, "", value.value)
            case TensorRef():
                return RemoteArray(self, value)
        return value

    @staticmethod
    def _module(value: Any) -> RemoteModule:
        if not isinstance(value, RemoteModule):
            raise ProtocolError("the device returned no module")
        return value

    def _forget(self) -> None:
        self._pending = b""
        self._functions = {}
        self._packet_bytes = None

    def _deadline(self, timeout_s: float | None) -> float | None:
        return None if timeout_s is None else self._clock() + timeout_s

    def _left(self, deadline: float | None) -> float | None:
        return None if deadline is None else max(0.0, deadline - self._clock())

    def _request(self, packet: bytes) -> minrpc.Reply:
        deadline = self._deadline(self._timeouts.reply_s)
        self._transport.write(self._session.send(packet), self._left(deadline))
        if not self._await(self._has_reply, deadline):
            # A late answer would be taken for the next request's: only a new session is safe.
            self._session = HostSession()
            self._forget()
            raise SessionError(
                f"no answer from the device within {self._timeouts.reply_s} s",
                hint="connect() again; for a slow model, give a longer reply_s",
            )
        length = int.from_bytes(self._pending[:8], "little")
        reply = minrpc.decode_reply(self._pending[8 : 8 + length])
        self._pending = self._pending[8 + length :]
        if isinstance(reply, minrpc.RemoteFault):
            raise RemoteError(reply.message, where="device")
        return reply

    def _has_reply(self) -> bool:
        return len(self._pending) >= 8 + int.from_bytes(self._pending[:8], "little")

    def _await(self, done: Callable[[], bool], deadline: float | None) -> bool:
        while not done():
            try:
                data = self._transport.read(self._session.bytes_wanted, self._left(deadline))
            except IoTimeoutError:
                return False
            self._take(data)
        return True

    def _take(self, data: bytes) -> None:
        for event in self._session.receive(data):
            match event:
                case Message(body):
                    self._pending += body
                case Log(text) if self._on_log is not None:
                    self._on_log(text)
                case Established():
                    self._pending = b""
                case Terminated():
                    self._forget()
                    raise SessionLostError(
                        "the device ended the session",
                        hint="it was reset, or another host opened a session; connect() again",
                    )
