"""A console as a session's transport."""

from __future__ import annotations

import queue
import threading
import time

from generator.errors import RunError
from generator.session import IoTimeoutError, Timeouts, TransportClosedError
from generator.toolchain.runner import ByteStream
from generator.wording import counted

#: how often a read that may wait forever looks whether it still may
_SLICE_S = 1.0


class StreamTransport:
    """A ``session.Transport`` over a console. timeouts: what a session on it should wait."""

    def __init__(self, stream: ByteStream, timeouts: Timeouts) -> None:
        self.timeouts = timeouts
        self._stream = stream
        self._unread = b""
        self._closed = False
        self._outbox: queue.SimpleQueue[tuple[bytes, threading.Event] | None] = queue.SimpleQueue()
        self._written = threading.Event()
        self._written.set()
        self._write_error: RunError | None = None
        self._writer = threading.Thread(target=self._write_all, daemon=True)
        self._writer.start()

    def read(self, n: int, timeout_s: float | None) -> bytes:
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not self._unread:
            left = _SLICE_S if deadline is None else min(_SLICE_S, max(0.0, deadline - time.monotonic()))
            chunk = None if self._closed else self._stream.read(left)
            if chunk is None:
                raise TransportClosedError(
                    "the connection to the device was lost",
                    hint="the board was unplugged, or the emulator has exited",
                )
            self._unread = chunk
            if not chunk and deadline is not None and time.monotonic() >= deadline:
                raise IoTimeoutError(f"no data within {timeout_s:g} s")
        data, self._unread = self._unread[:n], self._unread[n:]
        return data

    def write(self, data: bytes, timeout_s: float | None) -> None:
        """What could not be written in time is still on its way: only a new session is sure of its place.

        Without waiting (0), data is taken unless some is on its way already; then it is not sent at all.
        """
        self._check_writer()
        if timeout_s == 0 and not self._written.is_set():
            raise IoTimeoutError("the device has not yet accepted all earlier data")
        self._written = done = threading.Event()
        self._outbox.put((data, done))
        if timeout_s != 0 and not done.wait(timeout_s):
            raise IoTimeoutError(
                f"the device did not accept {counted(len(data), 'byte')} within {timeout_s:g} s"
            )
        self._check_writer()

    def close(self) -> None:
        """End the connection and what is behind it. May be called twice."""
        self._closed = True
        self._outbox.put(None)
        self._stream.close()

    def _check_writer(self) -> None:
        if self._closed:
            raise TransportClosedError("the transport is closed", hint="open it again")
        if self._write_error is not None:
            raise TransportClosedError(
                f"the device accepts no more data: {self._write_error.what}", hint="open the transport again"
            ) from self._write_error

    def _write_all(self) -> None:
        while (item := self._outbox.get()) is not None:
            data, done = item
            try:
                if self._write_error is None:
                    self._stream.write(data)
            except RunError as error:
                self._write_error = error
            done.set()
