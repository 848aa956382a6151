"""Other names for folders whose own name a build system can't handle."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from generator.errors import BuildError

# Zephyr's CMake code splits paths at blanks and semicolons, and hands them to compilers unquoted.
_PLAIN = re.compile(r"[\w./+-]+")


def is_plain(path: Path) -> bool:
    """Whether path is made of letters (of any language), digits and ``_ . / + -`` alone."""
    return _PLAIN.fullmatch(str(path)) is not None


def plain_alias(folder: Path, env: Mapping[str, str]) -> Path:
    """folder itself when its absolute path is plain, otherwise a symbolic link to it whose own path is.

    The same folder always gets the same link, so that a build in it can be continued. Links live in the
    user's cache (XDG_CACHE_HOME or HOME of env; the system's temporary folder when that is not plain).
    Raises BuildError when no link can be made.
    """
    folder = folder.absolute()
    if is_plain(folder):
        return folder
    # The last part of a digest is as good as any; the whole would make paths long.
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    link = _cache(env) / name
    try:
        link.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.path.lexists(link):
            _check(link, folder)
        else:
            link.symlink_to(folder, target_is_directory=True)
    except OSError as error:
        raise BuildError(
            f"the path has spaces or special characters, which the build does not support, and no link to it "
            f"can be made at '{link}': {error.strerror}",
            where=str(folder),
            hint="move the application to a path of letters and digits",
        ) from error
    return link


def _cache(env: Mapping[str, str]) -> Path:
    for root in (env.get("XDG_CACHE_HOME"), env.get("HOME") and env["HOME"] + "/.cache"):
        if root and is_plain(Path(root)) and Path(root).is_absolute():
            return Path(root) / "mlfgen" / "links"
    return Path(tempfile.gettempdir()) / f"mlfgen-links-{os.getuid() if hasattr(os, 'getuid') else 0}"


def _check(link: Path, folder: Path) -> None:
    if not link.is_symlink() or link.readlink() != folder:
        raise BuildError(
            f"'{link}' is in the way: it must be a symbolic link to the application",
            where=str(folder),
            hint="delete it",
        )
