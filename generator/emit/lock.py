"""One writer at a time in a folder."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from generator.errors import TargetError

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None

#: Stands in for the folder where folders themselves can't be locked.
LOCK_NAME = ".mlfgen-lock"
#: What a file system answers that does not lock what was opened for reading only, as NFS.
_NEEDS_A_FILE = (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.EOPNOTSUPP)
_WAIT_S = 30.0
_POLL_S = 0.02


@contextlib.contextmanager
def locked(folder: Path, wait_s: float = _WAIT_S) -> Iterator[None]:
    """Hold folder, which exists, against other processes; released by the system when this one is killed.

    The folder itself is locked, so that nothing is left behind. Waits up to wait_s, then raises TargetError.
    Raises FileNotFoundError if the folder disappears in the meantime. Without ``fcntl`` nothing is locked.
    """
    if fcntl is None:
        yield
        return
    limit_s = time.monotonic() + wait_s
    while True:
        descriptor, place = _try(folder)
        if descriptor is not None:
            break
        if time.monotonic() >= limit_s:
            raise TargetError(
                "another mlfgen is writing to this folder",
                where=str(folder),
                hint="wait until it has finished, then run the command again",
            )
        time.sleep(_POLL_S)
    try:
        yield
    finally:
        if place != folder:
            place.unlink(missing_ok=True)
        os.close(descriptor)


def _try(folder: Path) -> tuple[int | None, Path]:
    """The descriptor that holds the lock, or None when another process does; and what is locked."""
    try:
        return _lock(folder, os.O_RDONLY), folder
    except OSError as error:
        if error.errno not in _NEEDS_A_FILE:
            raise
    place = folder / LOCK_NAME
    return _lock(place, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)), place


def _lock(place: Path, flags: int) -> int | None:
    assert fcntl is not None
    descriptor = os.open(place, flags, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its former holder may have removed it between the two calls.
        if os.path.lexists(place) and os.path.samestat(os.fstat(descriptor), place.stat()):
            return descriptor
    except BlockingIOError:
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None
