"""GDB's commands on a debugger: payloads in, payloads out. No sockets and no framing here.

Source: the GDB manual, appendix "GDB Remote Serial Protocol", sections "Packets" and "Stop Reply Packets".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from generator.virtual.debugger import Debugger, Halt, Why
from generator.virtual.gdb_monitor import Monitor
from generator.virtual.gdb_target import REGISTERS, memory_map_xml, target_xml
from generator.virtual.watchpoints import Watchpoint

#: of a payload; GDB keeps to it
PACKET_BYTES = 0x4000
_OK, _UNKNOWN = b"OK", b""
_BAD_REQUEST, _NO_MEMORY = b"E01", b"E0E"
_SIGNALS = {
    Why.STEPPED: 5,
    Why.BREAKPOINT: 5,
    Why.WATCHPOINT: 5,
    Why.INTERRUPTED: 2,
    Why.FAULT: 11,
}
_WATCH_KINDS = {"2": (False, True), "3": (True, False), "4": (True, True)}
_WATCH_WORDS = {(False, True): "watch", (True, False): "rwatch", (True, True): "awatch"}
_FEATURES = (
    f"PacketSize={PACKET_BYTES:x};QStartNoAckMode+;qXfer:features:read+;qXfer:memory-map:read+;"
    "vContSupported+;hwbreak+;swbreak+"
)


class _BadRequest(Exception):
    """A command that does not say what it must."""


class GdbCommands:
    """One connection's state. Every command is answered, but for the one that ends the connection.

    acknowledges: packets are acknowledged, until GDB turns that off. closed: GDB has gone.
    """

    def __init__(self, debugger: Debugger) -> None:
        self.acknowledges = True
        self.closed = False
        self._debugger = debugger
        self._monitor = Monitor(debugger)
        self._halt = Halt(Why.STEPPED)
        self._documents = {"features": target_xml(), "memory-map": memory_map_xml(debugger.machine)}
        self._by_letter: dict[str, Callable[[bytes], bytes]] = {
            "?": lambda _: self._stop_reply(),
            "g": lambda _: self._all_registers(),
            "G": self._set_all_registers,
            "p": self._register,
            "P": self._set_register,
            "m": self._memory,
            "M": lambda rest: self._set_memory(rest, hexadecimal=True),
            "X": lambda rest: self._set_memory(rest, hexadecimal=False),
            "c": lambda rest: self._go(rest, self._debugger.resume),
            "s": lambda rest: self._go(rest, self._debugger.step),
            "C": lambda rest: self._go(rest.partition(b";")[2], self._debugger.resume),
            "S": lambda rest: self._go(rest.partition(b";")[2], self._debugger.step),
            "Z": lambda rest: self._point(rest, setting=True),
            "z": lambda rest: self._point(rest, setting=False),
            "v": self._verbose,
            "q": self._query,
            "Q": self._set,
            "D": lambda _: self._leave(_OK),
            "k": lambda _: self._leave(_OK),
            "H": lambda _: _OK,
            "T": lambda _: _OK,
        }

    def answer(self, payload: bytes) -> bytes:
        """The reply's payload; empty for a command that is not known. May execute for long."""
        letter, rest = payload[:1].decode("latin-1"), payload[1:]
        command = self._by_letter.get(letter)
        if command is None:
            return _UNKNOWN
        try:
            return command(rest)
        except _BadRequest:
            return _BAD_REQUEST
        except LookupError:
            return _NO_MEMORY

    # ---- executing

    def _go(self, rest: bytes, how: Callable[[], Halt]) -> bytes:
        if rest:
            self._debugger.write_register("pc", _number(rest))
        return self._went(how())

    def _went(self, halt: Halt) -> bytes:
        self._halt = halt
        return self._stop_reply()

    def _stop_reply(self) -> bytes:
        halt = self._halt
        if halt.why is Why.EXIT:
            return b"W%02x" % (halt.exit_code & 0xFF)
        reason = ""
        if halt.watchpoint is not None:
            word = _WATCH_WORDS[halt.watchpoint.reads, halt.watchpoint.writes]
            reason = f"{word}:{halt.address:x};"
        elif halt.why is Why.BREAKPOINT:
            reason = "hwbreak:;"
        return f"T{_SIGNALS[halt.why]:02x}{reason}thread:1;".encode()

    def _verbose(self, rest: bytes) -> bytes:
        name, _, arguments = rest.partition(b";")
        if name == b"Cont?":
            return b"vCont;c;C;s;S;r"
        if name == b"Cont":
            return self._continue(arguments.partition(b";")[0].partition(b":")[0])
        if name == b"Kill":
            return self._leave(_OK)
        return self._flash(rest)

    def _continue(self, action: bytes) -> bytes:
        letter = action[:1]
        if letter in (b"c", b"C"):
            return self._went(self._debugger.resume())
        if letter in (b"s", b"S"):
            return self._went(self._debugger.step())
        if letter == b"r":
            start, end = _numbers(action[1:], 2)
            return self._went(self._debugger.step_through(start, end))
        return _UNKNOWN

    def _leave(self, reply: bytes) -> bytes:
        self.closed = True
        return reply

    # ---- registers

    def _all_registers(self) -> bytes:
        return b"".join(self._read(number) for number in range(len(REGISTERS)))

    def _set_all_registers(self, rest: bytes) -> bytes:
        data = _hexadecimal(rest)
        if len(data) != sum(register.size_bytes for register in REGISTERS):
            raise _BadRequest
        position = 0
        for number, register in enumerate(REGISTERS):
            self._write(number, data[position : position + register.size_bytes])
            position += register.size_bytes
        return _OK

    def _register(self, rest: bytes) -> bytes:
        return self._read(_number(rest))

    def _set_register(self, rest: bytes) -> bytes:
        number, _, value = rest.partition(b"=")
        self._write(_number(number), _hexadecimal(value))
        return _OK

    def _read(self, number: int) -> bytes:
        if number >= len(REGISTERS):
            raise _BadRequest
        values = (self._debugger.read_register(part) for part in REGISTERS[number].parts)
        return b"".join(value.to_bytes(4, "little").hex().encode() for value in values)

    def _write(self, number: int, data: bytes) -> None:
        if number >= len(REGISTERS) or len(data) != REGISTERS[number].size_bytes:
            raise _BadRequest
        for index, part in enumerate(REGISTERS[number].parts):
            self._debugger.write_register(part, int.from_bytes(data[4 * index : 4 * index + 4], "little"))

    # ---- memory, breakpoints

    def _memory(self, rest: bytes) -> bytes:
        address, size = _numbers(rest, 2)
        if size > PACKET_BYTES // 2:
            raise _BadRequest
        return self._debugger.read_memory(address, size).hex().encode()

    def _set_memory(self, rest: bytes, *, hexadecimal: bool) -> bytes:
        place, _, content = rest.partition(b":")
        address, size = _numbers(place, 2)
        data = _hexadecimal(content) if hexadecimal else content
        if len(data) != size:
            raise _BadRequest
        if data:
            self._debugger.write_memory(address, data)
        return _OK

    def _point(self, rest: bytes, *, setting: bool) -> bytes:
        kind, _, place = rest.partition(b",")
        address, size = _numbers(place.partition(b";")[0], 2)
        letter = kind.decode("latin-1")
        if letter in ("0", "1"):
            debugger = self._debugger
            (debugger.set_breakpoint if setting else debugger.clear_breakpoint)(address)
            return _OK
        if letter not in _WATCH_KINDS or not size:
            return _UNKNOWN
        reads, writes = _WATCH_KINDS[letter]
        watchpoint = Watchpoint(address, size, reads, writes)
        (self._debugger.set_watchpoint if setting else self._debugger.clear_watchpoint)(watchpoint)
        return _OK

    def _flash(self, rest: bytes) -> bytes:
        name, _, arguments = rest.partition(b":")
        if name == b"FlashErase":
            address, size = _numbers(arguments, 2)
            self._debugger.erase_flash(address, size)
            return _OK
        if name == b"FlashWrite":
            place, _, data = arguments.partition(b":")
            self._debugger.write_flash(_number(place), data)
            return _OK
        return _OK if name == b"FlashDone" else _UNKNOWN

    # ---- questions

    def _query(self, rest: bytes) -> bytes:
        name, _, arguments = rest.partition(b":")
        if name == b"Rcmd" or rest.startswith(b"Rcmd,"):
            line = _hexadecimal(rest[len(b"Rcmd,") :]).decode("utf-8", errors="replace")
            return self._monitor.answer(line).encode().hex().encode() or _OK
        if name == b"Xfer":
            return self._document(arguments)
        plain = {
            b"Supported": _FEATURES.encode(),
            b"Attached": b"1",
            b"C": b"QC1",
            b"fThreadInfo": b"m1",
            b"sThreadInfo": b"l",
            b"Symbol": _OK,
        }
        return plain.get(name, _UNKNOWN)

    def _document(self, arguments: bytes) -> bytes:
        """object:read:annex:offset,length"""
        parts = arguments.decode("latin-1").split(":")
        if len(parts) != 4 or parts[1] != "read" or parts[0] not in self._documents:
            return _UNKNOWN
        if parts[0] == "features" and parts[2] != "target.xml":
            return b"E00"
        offset, size = _numbers(parts[3].encode("latin-1"), 2)
        text = self._documents[parts[0]].encode()
        return (b"m" if offset + size < len(text) else b"l") + text[offset : offset + size]

    def _set(self, rest: bytes) -> bytes:
        if rest != b"StartNoAckMode":
            return _UNKNOWN
        self.acknowledges = False
        return _OK


def _number(text: bytes) -> int:
    if not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", text):
        raise _BadRequest
    return int(text, 16)


def _numbers(text: bytes, count: int) -> Sequence[int]:
    parts = text.split(b",")
    if len(parts) != count:
        raise _BadRequest
    return [_number(part) for part in parts]


def _hexadecimal(text: bytes) -> bytes:
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError:
        raise _BadRequest from None
