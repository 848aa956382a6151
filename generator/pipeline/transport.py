"""The byte stream to a host-driven application: a serial port, QEMU, or the virtual microcontroller."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from generator.errors import BoardError, RunError, TargetError
from generator.model.firmware import Firmware
from generator.model.running import QEMU, VIRTUAL
from generator.pipeline.build import BUILD_FOLDER, image_path
from generator.pipeline.firmware import load_firmware
from generator.session import Timeouts
from generator.toolchain.emulators import start_qemu
from generator.toolchain.runner import ByteStream, ProgramStarter
from generator.toolchain.stream_transport import StreamTransport

SERIAL = "serial"
_START_S = {SERIAL: 10.0, QEMU: 15.0, VIRTUAL: 60.0}
_REPLY_S = {SERIAL: 60.0, QEMU: 60.0, VIRTUAL: 600.0}


class TransportOptions(Struct, frozen=True):
    """How a device is reached.

    transport: ``auto``, ``serial`` or ``emulator``. port: of this computer, or None to find it by USB.
    """

    transport: str = "auto"
    port: str | None = None
    serial_number: str | None = None
    baud: int = 115200


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
        stream = open_serial(firmware, options)
    elif emulation.virtual is not None:
        if not image.is_file():
            raise RunError(
                "the image does not exist",
                where=str(image),
                hint=f"build it first: mlfgen build {shlex.quote(str(app))}",
            )
        from generator.virtual.stream import VirtualStream

        stream = VirtualStream(image, emulation.virtual)
    else:
        assert emulation.qemu is not None
        stream = start_qemu(emulation.qemu, image, starter=starter, env=env)
    return StreamTransport(stream, Timeouts(1.0, _START_S[kind], _REPLY_S[kind]))


def require_host_driven(app: Path, firmware: Firmware) -> None:
    """TargetError for a project that runs by itself."""
    if not firmware.host_driven:
        raise TargetError(
            "this application runs by itself; it is not host-driven",
            where=str(app),
            hint="generate it with --project-type host_driven (Project API: project_type)",
        )


def reached_by(firmware: Firmware, transport: str) -> str:
    """``serial``, ``qemu`` or ``virtual``. BoardError if the board does not have the requested one."""
    emulator = firmware.run.emulator if firmware.run is not None else ""
    if transport == SERIAL or (transport == "auto" and firmware.probe):
        return SERIAL
    if emulator in (QEMU, VIRTUAL):
        return emulator
    if transport == "auto" and not emulator:
        return SERIAL
    raise BoardError(
        f"board '{firmware.board}' has no emulator with a UART",
        hint="use a serial port (--transport serial), or add a 'run' section to the board file (docs/boards.md)",
    )


def open_serial(firmware: Firmware, options: TransportOptions) -> ByteStream:
    """The board's serial port: the one that is named, or the one that its probe's USB ids and number fit."""
    from generator.toolchain.serial_port import SerialStream, choose_port, list_serial_ports

    if options.port is not None:
        return SerialStream(options.port, options.baud)
    usb = firmware.probe.usb if firmware.probe is not None else None
    vendor_id, product_id = usb or (None, None)
    port = choose_port(list_serial_ports(), vendor_id, product_id, options.serial_number)
    return SerialStream(port.device, options.baud)
