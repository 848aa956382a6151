"""Files of the user: changed in place, exactly as shown, or restored."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from generator.emit.single import replace_file
from generator.errors import TargetError


def edit_file(path: Path, before: bytes, after: bytes, top: Path) -> None:
    """Replace before by after with one rename, keeping the file's mode.

    TargetError for a file that has changed since, that is a link, or that a link has put outside of the folder top;
    it is then left as it is.
    """
    try:
        mode = _mode(path, before, top)
        replace_file(path, after, mode)
    except OSError as error:
        raise _refused(path, error.strerror) from error


def check_edit(path: Path, before: bytes, top: Path) -> None:
    """TargetError where ``edit_file`` would be refused."""
    try:
        _mode(path, before, top)
    except OSError as error:
        raise _refused(path, error.strerror) from error
    if not os.access(path.parent, os.W_OK):
        raise _refused(path, "its folder is read-only")


def _mode(path: Path, before: bytes, top: Path) -> int:
    status = os.lstat(path)
    real = path.parent.resolve()
    if not real.is_relative_to(top.resolve()):
        raise TargetError(
            f"a link leads to it, outside of the repository: {real / path.name}",
            where=str(path),
            hint="change it by hand",
        )
    if not stat.S_ISREG(status.st_mode):
        raise TargetError("it is not a plain file", where=str(path), hint="change it by hand")
    if path.read_bytes() != before:
        raise TargetError("it has changed in the meantime", where=str(path), hint="run the command again")
    return stat.S_IMODE(status.st_mode)


def _refused(path: Path, why: str | None) -> TargetError:
    return TargetError(
        f"it can't be changed: {why}", where=str(path), hint="check its permissions, or change it by hand"
    )
