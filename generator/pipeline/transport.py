"""The byte stream to a host-driven application: a serial port, QEMU, or the virtual microcontroller."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.errors import BoardError, RunError, TargetError
from generator.model.virtual import VirtualMachine
from generator.pipeline.build import BUILD_FOLDER, image_path
from generator.pipeline.firmware import Firmware, load_firmware
from generator.readers.text.mapping import Fields
from generator.session import IoTimeoutError, Timeouts, TransportClosedError
from generator.toolchain.emulators import QemuMachine, start_qemu
from generator.toolchain.runner import ByteStream, ProgramStarter

#: how often a read that may wait for ever looks whether it still may
_SLICE_S = 1.0
_START_S = {"serial": 10.0, "qemu": 15.0, "virtual": 60.0}
_REPLY_S = {"serial": 60.0, "qemu": 60.0, "virtual": 600.0}


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
    if kind == "serial":
        stream = _serial(firmware, options)
    elif kind == "qemu":
        stream = _qemu(firmware, image, starter, env)
    else:
        stream = _virtual(firmware, image)
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
    emulator = str((firmware.run or {}).get("emulator", ""))
    if transport == "serial" or (transport == "auto" and firmware.probe):
        return "serial"
    if emulator in ("qemu", "virtual"):
        return emulator
    if transport == "auto" and not emulator:
        return "serial"
    raise BoardError(
        f"board '{firmware.board}' has no emulator with a UART",
        hint="use a serial port (--transport serial), or add a 'run' section to the board file",
    )


def _serial(firmware: Firmware, options: TransportOptions) -> ByteStream:
    from generator.toolchain.serial_port import SerialStream, choose_port, list_serial_ports

    if options.port is not None:
        return SerialStream(options.port, options.baud)
    usb = (firmware.probe or {}).get("usb") or {}
    port = choose_port(
        list_serial_ports(), usb.get("vendor_id"), usb.get("product_id"), options.serial_number
    )
    return SerialStream(port.device, options.baud)


def _qemu(firmware: Firmware, image: Path, starter: ProgramStarter, env: Mapping[str, str]) -> ByteStream:
    fields = Fields(firmware.run, error=BoardError, where=firmware.board, path="run")
    machine = QemuMachine(fields.text("binary"), fields.text("machine"), fields.texts("arguments"))
    return start_qemu(machine, image, starter=starter, env=env)


def _virtual(firmware: Firmware, image: Path) -> ByteStream:
    from generator.virtual import parse_machine

    mapping = (firmware.run or {}).get("machine")
    if mapping is None:
        raise BoardError(
            "run: key 'machine' is missing", where=firmware.board, hint="docs/virtual-mcu.md shows one"
        )
    if not image.is_file():
        raise RunError("there is no firmware here", where=str(image), hint="build the project first")
    return VirtualStream(image, parse_machine(mapping, where=firmware.board))


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
