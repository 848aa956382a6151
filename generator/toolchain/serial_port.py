"""A real board's console: the right serial port among all, and bytes through it."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from generator.errors import RunError, ToolMissingError

if TYPE_CHECKING:
    from serial import Serial


class SerialPort(Struct, frozen=True):
    """A serial port of this computer; the USB fields are None for one that is not on USB.

    device: what to open (``/dev/ttyACM0``, ``COM3``).
    """

    device: str
    vendor_id: int | None = None
    product_id: int | None = None
    serial_number: str | None = None
    description: str = ""

    def __str__(self) -> str:
        usb = f" {self.vendor_id:04x}:{self.product_id or 0:04x}" if self.vendor_id is not None else ""
        number = f" serial number {self.serial_number}" if self.serial_number else ""
        return f"{self.device}{usb}{number}"


def choose_port(
    ports: Iterable[SerialPort],
    vendor_id: int | None = None,
    product_id: int | None = None,
    serial_number: str | None = None,
) -> SerialPort:
    """The one port that has all the given USB properties. Raises RunError when none or several have."""
    ports = sorted(ports, key=lambda port: port.device)
    wanted = (("vendor_id", vendor_id), ("product_id", product_id), ("serial_number", serial_number))
    matching = [
        port for port in ports if all(value is None or getattr(port, name) == value for name, value in wanted)
    ]
    if len(matching) == 1:
        return matching[0]
    asked = ", ".join(
        f"{name.replace('_', ' ')} {value if isinstance(value, str) else f'0x{value:04x}'}"
        for name, value in wanted
        if value is not None
    )
    listed = ", ".join(str(port) for port in matching or ports)
    if matching:
        raise RunError(
            f"several serial ports match{' ' + asked if asked else ''}: {listed}",
            where="serial port",
            hint="choose one with --serial-number or --port",
        )
    raise RunError(
        f"no serial port has {asked}" if asked else "there is no serial port",
        where="serial port",
        hint=(f"available: {listed}; " if listed else "")
        + "check that the board is connected, with a cable that carries data",
    )


def list_serial_ports() -> tuple[SerialPort, ...]:
    """The serial ports of this computer. Raises ToolMissingError without pyserial."""
    _pyserial()
    from serial.tools import list_ports

    return tuple(
        SerialPort(port.device, port.vid, port.pid, port.serial_number, port.description or "")
        for port in list_ports.comports()
    )


def _pyserial() -> Any:
    try:
        import serial
    except ImportError as error:
        raise ToolMissingError(
            "serial ports need the Python package pyserial", hint="pip install 'mlfgen[serial]'"
        ) from error
    return serial


class SerialStream:
    """A serial port as a ByteStream: 8 data bits, no parity, 1 stop bit, no flow control.

    No other program can open the port until then.
    """

    def __init__(self, device: str, baud: int = 115200) -> None:
        """Raises ToolMissingError without pyserial and RunError when the port can't be opened."""
        serial = _pyserial()
        try:
            self._port: Serial = serial.Serial(device, baud, exclusive=True)
        except (OSError, ValueError) as error:
            raise _open_error(device, error) from error

    def read(self, timeout_s: float) -> bytes | None:
        if not self._port.is_open:
            return None
        try:
            self._port.timeout = timeout_s
            first: bytes = self._port.read(1)
            return first + self._port.read(self._port.in_waiting) if first else b""
        except OSError:
            # The board was unplugged or has reset its USB.
            return None

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except OSError as error:
            raise RunError(
                f"the board does not accept data: {error}",
                where=self._port.port,
                hint="check that it is still connected",
            ) from error

    def close(self) -> None:
        self._port.close()


def _open_error(device: str, error: Exception) -> RunError:
    number = getattr(error, "errno", None)
    if number in (errno.EACCES, errno.EPERM):
        return RunError(
            "no permission to open the serial port",
            where=device,
            hint="sudo usermod -aG dialout $USER, then log in again",
        )
    if number in (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK):
        return RunError(
            "another program has the serial port open", where=device, hint="close the terminal program"
        )
    if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
        return RunError("no such serial port", where=device, hint="check that the board is connected")
    return RunError(f"the serial port can't be opened: {error}", where=device)
