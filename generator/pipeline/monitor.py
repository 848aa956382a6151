"""Listen to a board's console."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from generator.errors import RunError
from generator.pipeline.firmware import load_firmware
from generator.pipeline.transport import TransportOptions, open_serial
from generator.readers.console import END_MARKER
from generator.toolchain.clock import monotonic_s
from generator.toolchain.runner import ByteStream

_POLL_S = 0.2


class MonitorRequest(Struct, frozen=True):
    """The request for ``monitor``.

    until_end: stop behind the line that ends the samples. timeout_s: without a byte, or None to wait on.
    """

    app: Path
    port: str | None = None
    serial_number: str | None = None
    baud: int = 115200
    until_end: bool = False
    timeout_s: float | None = None


def monitor(
    request: MonitorRequest,
    on_data: Callable[[bytes], None],
    *,
    open_: Callable[[TransportOptions], ByteStream] | None = None,
) -> None:
    """Pass on what a board prints, until the other side ends, or where asked.

    on_data: called with the bytes as they arrive. open_: opens the port; the board's own by default.
    Raises RunError when no port fits, it can't be opened, or the board is silent for too long.
    """
    firmware = load_firmware(request.app)
    options = TransportOptions("serial", request.port, request.serial_number, request.baud)
    stream = open_(options) if open_ is not None else open_serial(firmware, options)
    try:
        _listen(stream, request, on_data)
    finally:
        stream.close()


def _listen(stream: ByteStream, request: MonitorRequest, on_data: Callable[[bytes], None]) -> None:
    line = bytearray()
    heard_s = monotonic_s()
    while (data := stream.read(_POLL_S)) is not None:
        if data:
            heard_s = monotonic_s()
            on_data(data)
            *complete, line = (line + data).split(b"\n")
            if request.until_end and any(_ends(bytes(text)) for text in complete):
                return
        elif request.timeout_s is not None and monotonic_s() - heard_s >= request.timeout_s:
            raise RunError(
                f"the board printed nothing for {request.timeout_s:g} s",
                where=str(request.app),
                hint="reset it, check --baud, or name its port with --port",
            )


def _ends(line: bytes) -> bool:
    text = line.rstrip(b"\r").decode("utf-8", errors="replace")
    return text.startswith("mlf: end, ") and text.endswith(END_MARKER)
