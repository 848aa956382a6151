"""Byte streams to devices: pieces, timeouts, devices that vanish."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from generator.errors import RunError
from generator.session import IoTimeoutError, Timeouts, TransportClosedError
from generator.toolchain.stream_transport import StreamTransport


class FakeStream:
    """Gives chunks, then nothing, then (when over) the end; writing can be held up or fail."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = list(chunks)
        self.over = False
        self.taken = b""
        self.gate = threading.Event()
        self.gate.set()
        self.closed = 0

    def read(self, timeout_s: float) -> bytes | None:
        if self.chunks:
            return self.chunks.pop(0)
        return None if self.over else b""

    def write(self, data: bytes) -> None:
        self.gate.wait(10)
        if self.over:
            raise RunError("it has exited and reads no more input")
        self.taken += data

    def close(self) -> None:
        self.closed += 1
        self.gate.set()


def transport_of(stream: Any) -> StreamTransport:
    return StreamTransport(stream, Timeouts())


def test_what_was_not_asked_for_is_kept_for_the_next_read() -> None:
    transport = transport_of(FakeStream(b"abcdef", b"gh"))
    assert [transport.read(n, 1.0) for n in (1, 4, 10, 10)] == [b"a", b"bcde", b"f", b"gh"]


def test_silence_is_a_timeout_and_the_stream_goes_on() -> None:
    stream = FakeStream()
    transport = transport_of(stream)
    with pytest.raises(IoTimeoutError, match=r"no data within 0\.01 s"):
        transport.read(1, 0.01)
    stream.chunks.append(b"x")
    assert transport.read(1, 0.0) == b"x"


def test_an_end_is_a_closed_transport_for_reads_and_writes() -> None:
    stream = FakeStream(b"last")
    stream.over = True
    transport = transport_of(stream)
    assert transport.read(9, None) == b"last"
    for _ in range(2):
        with pytest.raises(TransportClosedError, match="the connection to the device was lost"):
            transport.read(1, None)
        with pytest.raises(TransportClosedError, match="accepts no more data"):
            transport.write(b"x", 1.0)


def test_a_device_that_takes_nothing_is_a_timeout_and_order_is_kept() -> None:
    stream = FakeStream()
    stream.gate.clear()
    transport = transport_of(stream)
    with pytest.raises(IoTimeoutError, match="did not accept 3 bytes"):
        transport.write(b"one", 0.01)
    stream.gate.set()
    transport.write(b"two", 10.0)
    assert stream.taken == b"onetwo"


def test_a_write_that_does_not_wait_is_taken_or_not_sent_at_all() -> None:
    stream = FakeStream()
    stream.gate.clear()
    transport = transport_of(stream)
    transport.write(b"one", 0)
    with pytest.raises(IoTimeoutError, match="has not yet accepted all earlier data"):
        transport.write(b"two", 0.0)
    stream.gate.set()
    transport.write(b"three", None)
    assert stream.taken == b"onethree"


def test_close_may_be_called_twice() -> None:
    stream = FakeStream()
    transport = transport_of(stream)
    transport.close()
    transport.close()
    assert stream.closed == 2
    for use in (lambda: transport.read(1, None), lambda: transport.write(b"x", None)):
        with pytest.raises(TransportClosedError):
            use()
