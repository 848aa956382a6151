"""Packets of GDB's remote serial protocol: bytes in, events out, and back. No sockets here.

Source: the GDB manual, appendix "GDB Remote Serial Protocol", sections "Overview" and "Interrupts".
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from msgspec import Struct

#: the longest payload that is accepted; GDB is given a smaller size
MAX_PAYLOAD_BYTES = 1 << 16
ACKNOWLEDGED, REJECTED = b"+", b"-"
_START, _END, _ESCAPE, _REPEAT, _INTERRUPT = b"$#}*\x03"
_ESCAPED_BIT = 0x20


class Signal(Enum):
    """What arrives beside packets."""

    INTERRUPT = "Ctrl-C"
    ACKNOWLEDGED = "the last packet was taken"
    REJECTED = "the last packet was damaged: send it again"
    DAMAGED = "a packet came damaged"


class Packet(Struct, frozen=True):
    """A packet from GDB.

    payload: without framing and escapes.
    """

    payload: bytes


class PacketReader:
    """Takes bytes as they come, in pieces of any size, and gives what they complete."""

    def __init__(self) -> None:
        self._pending = bytearray()
        #: bytes of the packet at the front that have been searched for its end
        self._searched = 0

    def feed(self, data: bytes) -> Iterator[Packet | Signal]:
        """Events in the order of arrival. Bytes between packets that mean nothing are skipped."""
        self._pending += data
        while self._pending:
            first = self._pending[0]
            if first == _START:
                event, size_bytes = self._packet()
                if not size_bytes:
                    return
            else:
                event, size_bytes = _SIGNALS.get(first), 1
            del self._pending[:size_bytes]
            self._searched = 0
            if event is not None:
                yield event

    def _packet(self) -> tuple[Packet | Signal | None, int]:
        """The packet at the front and its size; size 0 while it is incomplete."""
        end = self._pending.find(_END, max(1, self._searched))
        if end < 0:
            self._searched = len(self._pending)
            too_long = self._searched > MAX_PAYLOAD_BYTES
            return (Signal.DAMAGED, self._searched) if too_long else (None, 0)
        if len(self._pending) < end + 3:
            return None, 0
        body = bytes(self._pending[1:end])
        try:
            expected = int(self._pending[end + 1 : end + 3].decode("ascii"), 16)
        except ValueError:
            expected = -1
        if checksum(body) != expected:
            return Signal.DAMAGED, end + 3
        return Packet(unescape(body)), end + 3


_SIGNALS = {
    _INTERRUPT: Signal.INTERRUPT,
    ACKNOWLEDGED[0]: Signal.ACKNOWLEDGED,
    REJECTED[0]: Signal.REJECTED,
}


def checksum(body: bytes) -> int:
    """Sum of the bytes between ``$`` and ``#`` as they travel, modulo 256."""
    return sum(body) & 0xFF


def encode(payload: bytes) -> bytes:
    """A packet as it travels."""
    body = bytearray()
    for byte in payload:
        if byte in (_START, _END, _ESCAPE, _REPEAT):
            body += bytes((_ESCAPE, byte ^ _ESCAPED_BIT))
        else:
            body.append(byte)
    return b"$%b#%02x" % (bytes(body), checksum(body))


def unescape(body: bytes) -> bytes:
    """The payload of what stands between ``$`` and ``#``."""
    first, *rest = body.split(bytes((_ESCAPE,)))
    return first + b"".join(
        bytes((part[0] ^ _ESCAPED_BIT,)) + part[1:] if part else bytes((_ESCAPE,)) for part in rest
    )
