"""GDB's remote protocol over TCP: one client, from its connection to its leaving."""

from __future__ import annotations

import errno
import select
import socket
from collections import deque
from collections.abc import Callable
from pathlib import Path

from generator.errors import RunError
from generator.model.virtual import EndedBy, VirtualMachine, VirtualRun
from generator.virtual import rsp
from generator.virtual.debugger import Debugger
from generator.virtual.gdb_commands import GdbCommands
from generator.virtual.image import load_image
from generator.virtual.rsp import Packet, PacketReader, Signal
from generator.virtual.runner import outcome

#: only programs on this computer can connect
_HOST = "127.0.0.1"
_RECEIVE_BYTES = 1 << 16


def serve_gdb(
    image: bytes | str | Path,
    machine: VirtualMachine,
    *,
    port: int,
    on_listen: Callable[[int], None],
    on_output: Callable[[bytes], None] | None = None,
    native: bool = True,
) -> VirtualRun:
    """Wait for GDB on a port of this computer, serve it until it disconnects, and report what the firmware did.

    port:      0 takes a free one. on_listen: called with the port as soon as GDB may connect.
    on_output: called with console bytes as they come.

    RunError for an image that is not usable or a port that is taken, ToolMissingError without ``unicorn``.
    """
    console = bytearray()

    def on_byte(byte: int) -> None:
        console.append(byte)
        if on_output is not None:
            on_output(bytes((byte,)))

    link = _Link()
    debugger = Debugger(machine, load_image(image), on_byte, link.interrupted, native=native)
    try:
        with _listen(port) as listener:
            on_listen(listener.getsockname()[1])
            link.connection, _ = listener.accept()
        with link.connection:
            _serve(link, GdbCommands(debugger))
        return outcome(debugger.processor, bytes(console), EndedBy.CLOSED)
    finally:
        debugger.close()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
        listener.listen(1)
    except OSError as error:
        listener.close()
        taken = error.errno == errno.EADDRINUSE
        raise RunError(
            "the port is in use by another program" if taken else f"can't be listened on: {error.strerror}",
            where=f"port {port}",
            hint="give another port with --gdb=PORT, or --gdb=0 for a free one",
        ) from None
    return listener


class _Link:
    """Packets of one connection. ended: the client is gone."""

    def __init__(self) -> None:
        self.connection: socket.socket | None = None
        self.ended = False
        self._reader = PacketReader()
        self._events: deque[Packet | Signal] = deque()

    def interrupted(self, timeout_s: float) -> bool:
        """Whether Ctrl-C has come, or the client is gone; packets wait."""
        if Signal.INTERRUPT not in self._events:
            self._receive(timeout_s)
        if Signal.INTERRUPT in self._events:
            self._events.remove(Signal.INTERRUPT)
            return True
        return self.ended

    def next(self) -> Packet | Signal | None:
        """The next event; None when the client is gone."""
        while not self._events and not self.ended:
            self._receive(None)
        return self._events.popleft() if self._events else None

    def send(self, data: bytes) -> None:
        try:
            if self.connection is not None:
                self.connection.sendall(data)
        except OSError:
            self.ended = True

    def _receive(self, timeout_s: float | None) -> None:
        if self.connection is None or self.ended:
            return
        ready, _, _ = select.select([self.connection], [], [], timeout_s)
        if not ready:
            return
        try:
            data = self.connection.recv(_RECEIVE_BYTES)
        except OSError:
            data = b""
        self.ended = not data
        self._events.extend(self._reader.feed(data))


def _serve(link: _Link, commands: GdbCommands) -> None:
    if link.connection is not None:
        # Small packets go back and forth: waiting to fill them costs 40 ms each.
        link.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    reply = b""
    while not commands.closed:
        event = link.next()
        if event is None:
            return
        if isinstance(event, Packet):
            if commands.acknowledges:
                link.send(rsp.ACKNOWLEDGED)
            reply = rsp.encode(commands.answer(event.payload))
            link.send(reply)
        elif event is Signal.REJECTED:
            link.send(reply)
        elif event is Signal.DAMAGED:
            link.send(rsp.REJECTED)
