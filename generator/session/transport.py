"""What a session needs of a byte stream, and how one fails.

The Project API's server reports these two errors to its client by the names of their classes, which the
protocol fixes (TVM's ``python/tvm/micro/project_api/server.py``).
"""

from __future__ import annotations

from typing import Protocol

from generator.errors import RunError


class TransportClosedError(RunError):
    """The byte stream is gone: cable pulled, process ended, port closed."""


class IoTimeoutError(RunError):
    """Nothing could be read, or not everything written, before the time was up."""


class Transport(Protocol):
    """A byte stream to a device and back. A timeout is in seconds; None waits for ever, 0 not at all."""

    def read(self, n: int, timeout_s: float | None) -> bytes:
        """Return 1 to n bytes as soon as there are any.

        Raises IoTimeoutError when none came in time, TransportClosedError when none can come any more.
        """
        ...

    def write(self, data: bytes, timeout_s: float | None) -> None:
        """Write all of data.

        Raises IoTimeoutError when not all of it could be written in time, TransportClosedError when the
        stream is gone.
        """
        ...
