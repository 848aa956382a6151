"""What firmware says, read from any byte stream until it is enough."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from generator.model.running import RunResult
from generator.toolchain.runner import ByteStream

#: marker: the line that was waited for has come; exit: the other side has ended; timeout: time is up;
#: flood: more came than is reasonable.
Ending = Literal["marker", "exit", "timeout", "flood"]

#: Firmware that prints in a loop would fill this machine's memory until the time is up.
FLOOD_BYTES = 16 * 1024 * 1024


def capture(
    stream: ByteStream,
    end_marker: str | None,
    timeout_s: float,
    on_line: Callable[[str], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> RunResult:
    """Read until a line that contains end_marker is complete, the other side ends, or timeout_s is over.

    on_line: called with every complete line as it comes. clock: seconds.
    """
    started_s = clock()
    marker = None if end_marker is None else end_marker.encode("utf-8")
    received = bytearray()
    line_start = 0

    def result(ended_by: Ending, size_bytes: int) -> RunResult:
        return RunResult(bytes(received[:size_bytes]), ended_by, clock() - started_s)

    while True:
        rest_s = timeout_s - (clock() - started_s)
        if rest_s <= 0:
            return result("timeout", len(received))
        chunk = stream.read(min(rest_s, 1.0))
        if chunk is None:
            if on_line is not None and line_start < len(received):
                on_line(_line_text(received[line_start:]))
            # The last line of a program that ends needs no line end.
            marked = marker is not None and marker in received[line_start:]
            return result("marker" if marked else "exit", len(received))
        received += chunk
        while (end := received.find(b"\n", line_start)) >= 0:
            line = received[line_start:end]
            line_start = end + 1
            if on_line is not None:
                on_line(_line_text(line))
            if marker is not None and marker in line:
                return result("marker", line_start)
        if len(received) > FLOOD_BYTES:
            return result("flood", len(received))


def _line_text(line: bytearray) -> str:
    return line.decode("utf-8", errors="replace").removesuffix("\r")
