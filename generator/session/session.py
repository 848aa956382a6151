"""Sessions over packets, the host's side, without any I/O: bytes in, events and bytes out.

A payload is a session id (2 bytes, little endian: the host's nonce, then the device's), a message type and a
body. The host opens with TERMINATE and START_INIT, the device answers START_REPLY with both nonces. LOG may
come at any time, with the id 0. A TERMINATE from the device inside a session means that it was reset.

Source: TVM's ``include/tvm/runtime/crt/rpc_common/session.h`` and ``session.cc``.
"""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct

from generator.errors import RunError
from generator.session.framing import NOP, Decoder, Fault, Packet, encode_packet

VERSION = 1


class MessageType(IntEnum):
    """The third byte of a payload."""

    START_INIT = 0x00
    START_REPLY = 0x01
    TERMINATE = 0x02
    LOG = 0x03
    NORMAL = 0x10


class SessionError(RunError):
    """A session can't be opened, or is over."""


class SessionLostError(SessionError):
    """The device ended the session: it was reset, or another host took over."""


class RemoteError(SessionError):
    """The device refused a request or an operator failed; the text is the device's."""


class Established(Struct, frozen=True):
    """The device has answered: requests may be sent."""


class Terminated(Struct, frozen=True):
    """The device says that the session is over."""


class Log(Struct, frozen=True):
    """A line for the log."""

    text: str


class Message(Struct, frozen=True):
    """RPC of this session."""

    body: bytes


Event = Established | Terminated | Log | Message | Fault


def encode_message(session_id: int, kind: MessageType, body: bytes = b"") -> bytes:
    """Frame one message; session_id 0 to 0xFFFF."""
    return encode_packet(session_id.to_bytes(2, "little") + bytes((kind,)) + body)


class HostSession:
    """The host's state machine for one byte stream; sessions follow each other on it."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._nonce = 0
        self._id: int | None = None

    @property
    def established(self) -> bool:
        """Whether the device has agreed to a session."""
        return self._id is not None

    @property
    def bytes_wanted(self) -> int:
        """A number of bytes worth waiting for; 1 or more."""
        return self._decoder.bytes_wanted

    def start(self, nonce: int) -> bytes:
        """Return the bytes that end any session and request another.

        nonce: 1 to 255, another one than last time, so that a late answer is not taken for this one's.
        Raises SessionError for any other.
        """
        if not 1 <= nonce <= 0xFF:
            raise SessionError(f"a session's nonce must be from 1 to 255, not {nonce}")
        self._nonce = nonce
        self._id = None
        start = encode_message(nonce, MessageType.START_INIT, bytes((VERSION,)))
        return NOP + encode_message(0, MessageType.TERMINATE) + start

    def terminate(self) -> bytes:
        """Return the bytes that end the session."""
        self._id = None
        return NOP + encode_message(0, MessageType.TERMINATE)

    def send(self, body: bytes) -> bytes:
        """Return the bytes of one RPC message. Raises SessionError while no session is established."""
        if self._id is None:
            raise SessionError("no session is open on this device", hint="connect() first")
        return encode_message(self._id, MessageType.NORMAL, body)

    def receive(self, data: bytes) -> list[Event]:
        """Take bytes from the device; return what they mean, in order."""
        events: list[Event] = []
        for event in self._decoder.feed(data):
            meaning = self._interpret(event.payload) if isinstance(event, Packet) else event
            if meaning is not None:
                events.append(meaning)
        return events

    def _interpret(self, payload: bytes) -> Event | None:
        if len(payload) < 3:
            return None
        session_id, kind, body = int.from_bytes(payload[:2], "little"), payload[2], payload[3:]
        if kind == MessageType.LOG:
            return Log(body.decode("utf-8", "replace"))
        if kind == MessageType.START_REPLY:
            return self._take_reply(session_id, body)
        if kind == MessageType.TERMINATE and self._id is not None:
            self._id = None
            return Terminated()
        if kind == MessageType.NORMAL and session_id == self._id:
            return Message(body)
        return None

    def _take_reply(self, session_id: int, body: bytes) -> Event | None:
        asked = self._nonce != 0 and session_id & 0xFF == self._nonce
        if not asked or session_id >> 8 == 0 or body[:1] != bytes((VERSION,)) or session_id == self._id:
            return None
        if self._id is not None:
            # The device took a repeated START_INIT for a new one: the session we had is over there.
            self._id = None
            return Terminated()
        self._id = session_id
        return Established()
