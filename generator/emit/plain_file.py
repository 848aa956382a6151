"""Reading what a stranger may have put in a project's place of a file: a pipe would never end."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

#: no project.json, board file or image is larger
MOST_BYTES = 1 << 30


def load_plain(path: Path) -> bytes:
    """The content of a file. OSError also for what is no file, such as a pipe or a device, and for a huge one."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "is a directory", str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    if status.st_size > MOST_BYTES:
        raise OSError(errno.EFBIG, "too large", str(path))
    return path.read_bytes()
