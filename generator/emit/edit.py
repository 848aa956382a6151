"""Files of the user: changed in place, exactly as shown, or restored."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from generator.errors import TargetError


def edit_file(path: Path, before: bytes, after: bytes) -> None:
    """Replace before by after with one rename, keeping the file's mode.

    TargetError for a file that has changed since, or that is a link; it is then left as it is.
    """
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode):
            raise TargetError("it is not a plain file", where=str(path), hint="change it by hand")
        if path.read_bytes() != before:
            raise TargetError("it has changed in the meantime", where=str(path), hint="run the command again")
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(after)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(stat.S_IMODE(status.st_mode))
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise TargetError(
            f"it can't be changed: {error.strerror}",
            where=str(path),
            hint="check its permissions, or change it by hand",
        ) from error
