"""A virtual microcontroller as a byte stream that a host writes to and reads from while it runs."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType

from generator.model.virtual import EndedBy, VirtualMachine, VirtualRun
from generator.virtual.image import load_image
from generator.virtual.processor import Processor
from generator.virtual.runner import outcome

#: how many instructions run before the session looks at its input again
_SLICE = 100_000


class VirtualSession:
    """Firmware that runs in its own thread from construction until ``close``.

    While the core sleeps, its time passes no faster than the host's; while it computes, as fast as it can.
    When bytes arrive depends on the host, so instruction counts differ from session to session, unlike
    ``run_elf``'s.

    RunError for an image that is not usable, ToolMissingError when ``unicorn`` is not installed.
    """

    def __init__(self, image: bytes | str | Path, machine: VirtualMachine, *, native: bool = True) -> None:
        self._clock_hz = machine.clock_hz
        self._changed = threading.Condition()
        self._inbox = bytearray()
        self._unread = bytearray()
        self._console = bytearray()
        self._closing = False
        self._ended: EndedBy | None = None
        self._failure: BaseException | None = None
        self._processor = Processor(machine, load_image(image), self._sent, native=native)
        self._processor.rest = self._rest
        self._thread = threading.Thread(target=self._serve, name="virtual microcontroller", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Send bytes to the console; they wait until the firmware reads them.

        After the end they are dropped.
        """
        with self._changed:
            self._inbox += data
            self._changed.notify_all()
        self._processor.stop()

    def read(self, max_bytes: int, timeout_s: float | None) -> bytes:
        """1 to max_bytes bytes that the firmware has sent, as soon as there are any.

        Empty when none came within timeout_s (None waits on), or when the firmware has ended and all is read.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._unread or self._ended is not None, timeout_s)
            data = bytes(self._unread[:max_bytes])
            del self._unread[:max_bytes]
            return data

    @property
    def ended(self) -> bool:
        """The firmware runs no more."""
        return self._ended is not None

    def close(self) -> VirtualRun:
        """Stop the firmware; what it did.

        Further calls return the same. Raises what its thread failed with.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._processor.stop()
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        return outcome(self._processor, bytes(self._console), self._ended or EndedBy.CLOSED)

    def __enter__(self) -> VirtualSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _sent(self, byte: int) -> None:
        with self._changed:
            self._console.append(byte)
            self._unread.append(byte)
            self._changed.notify_all()

    def _serve(self) -> None:
        ended: EndedBy | None = None
        try:
            while ended is None and not self._closing:
                self._deliver()
                ended = self._processor.run(self._processor.instructions + _SLICE)
                if ended is EndedBy.ASLEEP:
                    self._await_input(None)
                    ended = None
        except BaseException as error:
            self._failure = error
        self._processor.close()
        with self._changed:
            self._ended = ended or EndedBy.CLOSED
            self._changed.notify_all()

    def _deliver(self) -> None:
        with self._changed:
            data = bytes(self._inbox)
            self._inbox.clear()
        self._processor.feed(data)

    def _await_input(self, timeout_s: float | None) -> bool:
        """Whether there is input, and no wish to close."""
        with self._changed:
            self._changed.wait_for(lambda: self._inbox or self._closing, timeout_s)
            return bool(self._inbox) and not self._closing

    def _rest(self, cycles: int) -> int:
        start = time.monotonic()
        if self._await_input(cycles / self._clock_hz):
            self._deliver()
        return max(1, min(cycles, round((time.monotonic() - start) * self._clock_hz)))
