"""One file, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from generator.errors import UsageError


def write_file(path: Path, data: bytes) -> None:
    """Put data at path by one rename. UsageError where that can't be done; then path is as it was."""
    handle, name = -1, ""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp's file is private; a file that the user requested gets the default mode.
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except OSError as fault:
        if name:
            with contextlib.suppress(OSError):
                Path(name).unlink()
        raise UsageError(
            f"can't be written: {fault.strerror}",
            where=str(path),
            hint="choose a file in an existing folder that you can write to",
        ) from None
