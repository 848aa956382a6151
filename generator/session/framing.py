"""Packets on a byte stream, as microTVM frames them (TVM 0.8 to 0.18).

A packet is ``FF FD``, the payload's length in 4 bytes, the payload and a CRC in 2 bytes, little endian. An FF
inside length, payload or CRC is sent as ``FF FF``; ``FF FE`` is nothing; ``FF FD`` begins a packet whatever
came before. The CRC is CCITT's (polynomial 0x1021, initial value 0xFFFF, most significant bit first) over the
bytes as sent, from ``FF FD`` to the payload's last.

Source: TVM's ``src/runtime/crt/microtvm_rpc_common/framing.cc``.
"""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

ESCAPE = 0xFF
START = 0xFD

#: Sent before a packet when the stream's state is unknown: it completes an escape that was left open.
NOP = b"\xfe"

_NOP_BYTE = NOP[0]
_LENGTH_BYTES = 4
_CRC_BYTES = 2
_CRC_INITIAL = 0xFFFF


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
        table.append(crc & 0xFFFF)
    return tuple(table)


_CRC_TABLE = _crc_table()


def crc16(data: bytes, crc: int = _CRC_INITIAL) -> int:
    """Continue a CRC-16-CCITT over data."""
    for byte in data:
        crc = ((crc << 8) & 0xFFFF) ^ _CRC_TABLE[(crc >> 8) ^ byte]
    return crc


def _escaped(data: bytes) -> bytes:
    return data.replace(b"\xff", b"\xff\xff")


def encode_packet(payload: bytes) -> bytes:
    """Frame one payload of up to 2^32 - 1 bytes."""
    head = bytes((ESCAPE, START)) + _escaped(len(payload).to_bytes(_LENGTH_BYTES, "little") + payload)
    return head + _escaped(crc16(head).to_bytes(_CRC_BYTES, "little"))


class Fault(Enum):
    """Why a packet was dropped."""

    CRC = "wrong CRC"
    SHORT = "a packet began before the previous one ended"
    ESCAPE = "invalid escape"
    OVERSIZE = "longer than the receiver allows"


class Packet(Struct, frozen=True):
    """A payload that arrived whole and with the right CRC."""

    payload: bytes


class _State(Enum):
    HUNT = 0
    LENGTH = 1
    PAYLOAD = 2
    CRC = 3


class Decoder:
    """Finds packets in bytes that come in any pieces.

    limit_bytes: payloads longer than this are dropped, so that noise can't fill the memory.
    """

    def __init__(self, limit_bytes: int = 1 << 20) -> None:
        self._limit_bytes = limit_bytes
        self._state = _State.HUNT
        self._escaped = False
        self._crc = _CRC_INITIAL
        self._length = 0
        self._field = bytearray()
        self._payload = b""

    @property
    def bytes_wanted(self) -> int:
        """At least this many bytes are still to come of what has begun; always 1 or more."""
        if self._state is _State.HUNT:
            return 1
        if self._state is _State.LENGTH:
            return _LENGTH_BYTES - len(self._field) + _CRC_BYTES
        if self._state is _State.PAYLOAD:
            return self._length - len(self._field) + _CRC_BYTES
        return _CRC_BYTES - len(self._field)

    def feed(self, data: bytes) -> list[Packet | Fault]:
        """Take bytes; return what they complete, in order."""
        events: list[Packet | Fault] = []
        for byte in data:
            if self._state is _State.HUNT:
                self._hunt(byte)
            elif (event := self._take(byte)) is not None:
                events.append(event)
        return events

    def _hunt(self, byte: int) -> None:
        if self._escaped and byte == START:
            self._begin()
        else:
            self._escaped = byte == ESCAPE

    def _begin(self) -> None:
        self._enter(_State.LENGTH)
        self._escaped = False
        self._crc = crc16(bytes((ESCAPE, START)))

    def _enter(self, state: _State) -> None:
        self._state = state
        self._field = bytearray()

    def _take(self, byte: int) -> Packet | Fault | None:
        if self._state is not _State.CRC:
            self._crc = crc16(bytes((byte,)), self._crc)
        if not self._escaped:
            self._escaped = byte == ESCAPE
            return None if self._escaped else self._literal(byte)
        self._escaped = False
        if byte == ESCAPE:
            return self._literal(byte)
        if byte == START:
            self._begin()
            return Fault.SHORT
        if byte != _NOP_BYTE:
            self._enter(_State.HUNT)
            return Fault.ESCAPE
        return None

    def _literal(self, byte: int) -> Packet | Fault | None:
        self._field.append(byte)
        if self._state is _State.LENGTH and len(self._field) == _LENGTH_BYTES:
            return self._end_length()
        if self._state is _State.PAYLOAD and len(self._field) == self._length:
            self._payload = bytes(self._field)
            self._enter(_State.CRC)
        elif self._state is _State.CRC and len(self._field) == _CRC_BYTES:
            right = int.from_bytes(self._field, "little") == self._crc
            self._enter(_State.HUNT)
            return Packet(self._payload) if right else Fault.CRC
        return None

    def _end_length(self) -> Fault | None:
        self._length = int.from_bytes(self._field, "little")
        self._payload = b""
        if self._length > self._limit_bytes:
            self._enter(_State.HUNT)
            return Fault.OVERSIZE
        self._enter(_State.PAYLOAD if self._length else _State.CRC)
        return None
