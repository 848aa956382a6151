"""The console of a virtual microcontroller as a stream of bytes."""

from __future__ import annotations

from pathlib import Path

from generator.errors import RunError
from generator.model.virtual import VirtualMachine
from generator.virtual.session import VirtualSession


class VirtualStream:
    """See ``ByteStream`` of the toolchain."""

    def __init__(self, image: Path, machine: VirtualMachine) -> None:
        self._session = VirtualSession(image, machine)

    def read(self, timeout_s: float) -> bytes | None:
        data = self._session.read(65536, timeout_s)
        return None if not data and self._session.ended else data

    def write(self, data: bytes) -> None:
        if self._session.ended:
            raise RunError("the firmware has exited and reads no more input")
        self._session.write(data)

    def close(self) -> None:
        self._session.close()
