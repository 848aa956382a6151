"""One file, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from generator.errors import UsageError


def replace_file(path: Path, data: bytes, mode: int) -> None:
    """Put data at path by one rename. mode: permission bits. After any exception, also OSError, path is as it was."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def write_file(path: Path, data: bytes) -> None:
    """Put data at path by one rename. UsageError where that can't be done; then path is as it was."""
    # A file that the user requested gets the default mode.
    mask = os.umask(0)
    os.umask(mask)
    try:
        replace_file(path, data, 0o666 & ~mask)
    except OSError as fault:
        raise UsageError(
            f"can't be written: {fault.strerror}",
            where=str(path),
            hint="choose a file in an existing folder that you can write to",
        ) from None
