"""The byte stream to a host-driven application: a serial port, QEMU, or the virtual microcontroller."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.errors import BoardError, RunError, TargetError
from generator.model.running import QEMU, VIRTUAL
from generator.model.virtual import VirtualMachine
from generator.pipeline.build import BUILD_FOLDER, image_path
from generator.pipeline.firmware import Firmware, load_firmware
from generator.session import IoTimeoutError, Timeouts, TransportClosedError
from generator.toolchain.emulators import start_qemu
from generator.toolchain.runner import ByteStream, ProgramStarter

#: how often a read that may wait for ever looks whether it still may
_SLICE_S = 1.0
SERIAL = "serial"
_START_S = {SERIAL: 10.0, QEMU: 15.0, VIRTUAL: 60.0}
_REPLY_S = {SERIAL: 60.0, QEMU: 60.0, VIRTUAL: 600.0}


@dataclass(frozen=True)
class TransportOptions:
    """transport: ``auto``, ``serial`` or ``emulator``. port: of this computer, or None to find it by USB."""

    transport: str = "auto"
    port: str | None = None
    serial_number: str | None = None
    baud: int = 115200


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
                    "the device is gone", hint="its board was unplugged, or its emulator has ended"
                )
            self._unread = chunk
            if not chunk and deadline is not None and time.monotonic() >= deadline:
                raise IoTimeoutError(f"nothing came within {timeout_s:g} s")
        data, self._unread = self._unread[:n], self._unread[n:]
        return data

    def write(self, data: bytes, timeout_s: float | None) -> None:
        """What could not be written in time is still on its way: only a new session is sure of its place.

        Without waiting (0), data is taken unless some is on its way already; then it is not sent at all.
        """
        self._check_writer()
        if timeout_s == 0 and not self._written.is_set():
            raise IoTimeoutError("the device has not taken all of what was written before")
        self._written = done = threading.Event()
        self._outbox.put((data, done))
        if timeout_s != 0 and not done.wait(timeout_s):
            raise IoTimeoutError(f"the device did not take {len(data)} bytes within {timeout_s:g} s")
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
                f"the device takes no more data: {self._write_error.what}", hint="open the transport again"
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


def open_transport(
    app: Path,
    options: TransportOptions,
    *,
    starter: ProgramStarter,
    env: Mapping[str, str],
    build_folder: Path | None = None,
) -> StreamTransport:
    """Reach the device of a built host-driven project; an emulator is started with its image.

    Raises TargetError for another kind of project, BoardError when its board can't be reached so, RunError.
    """
    firmware = load_firmware(app)
    require_host_driven(app, firmware)
    kind = reached_by(firmware, options.transport)
    image = image_path(firmware, build_folder or app / BUILD_FOLDER)
    emulation = firmware.run
    stream: ByteStream
    if kind == SERIAL or emulation is None:
        stream = _serial(firmware, options)
    elif emulation.virtual is not None:
        if not image.is_file():
            raise RunError("there is no firmware here", where=str(image), hint="build the project first")
        stream = VirtualStream(image, emulation.virtual)
    else:
        assert emulation.qemu is not None
        stream = start_qemu(emulation.qemu, image, starter=starter, env=env)
    return StreamTransport(stream, Timeouts(1.0, _START_S[kind], _REPLY_S[kind]))


def require_host_driven(app: Path, firmware: Firmware) -> None:
    """TargetError for a project that runs by itself."""
    if not firmware.host_driven:
        raise TargetError(
            "this project runs by itself and listens to no host",
            where=str(app),
            hint="generate it with --project-type host_driven (Project API: project_type)",
        )


def reached_by(firmware: Firmware, transport: str) -> str:
    """``serial``, ``qemu`` or ``virtual``. BoardError when the board has none of what is asked for."""
    emulator = firmware.run.emulator if firmware.run is not None else ""
    if transport == SERIAL or (transport == "auto" and firmware.probe):
        return SERIAL
    if emulator in (QEMU, VIRTUAL):
        return emulator
    if transport == "auto" and not emulator:
        return SERIAL
    raise BoardError(
        f"board '{firmware.board}' has no emulator with a UART",
        hint="use a serial port (--transport serial), or add a 'run' section to the board file",
    )


def _serial(firmware: Firmware, options: TransportOptions) -> ByteStream:
    from generator.toolchain.serial_port import SerialStream, choose_port, list_serial_ports

    if options.port is not None:
        return SerialStream(options.port, options.baud)
    usb = firmware.probe.usb if firmware.probe is not None else None
    vendor_id, product_id = usb or (None, None)
    port = choose_port(list_serial_ports(), vendor_id, product_id, options.serial_number)
    return SerialStream(port.device, options.baud)


class VirtualStream:
    """A virtual microcontroller's console as a ByteStream."""

    def __init__(self, image: Path, machine: VirtualMachine) -> None:
        from generator.virtual import VirtualSession

        self._session = VirtualSession(image, machine)

    def read(self, timeout_s: float) -> bytes | None:
        data = self._session.read(65536, timeout_s)
        return None if not data and self._session.ended else data

    def write(self, data: bytes) -> None:
        if self._session.ended:
            raise RunError("the firmware has ended and reads no more input")
        self._session.write(data)

    def close(self) -> None:
        self._session.close()
