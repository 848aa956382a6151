"""What is kept from one run to the next so that it need not be made again. Nothing depends on it but time."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
#: Results kept in one folder. One is a few kilobytes.
_MOST_RESULTS = 256


def cache_folder(env: Mapping[str, str]) -> Path | None:
    """The user's folder for mlfgen's caches, created if needed; None if that is impossible."""
    root = env.get("XDG_CACHE_HOME") or (env["HOME"] + "/.cache" if env.get("HOME") else "")
    if not Path(root).is_absolute():
        return None
    return _own_folder(Path(root) / "mlfgen")


def kept_in(cache: Path | None, name: str) -> Path | None:
    """The folder of that name in a cache, made if need be; None without a cache."""
    return None if cache is None else _own_folder(cache / name)


def code_stamp(folders: Iterable[Path]) -> str:
    """Changes with any Python file below the folders, so that no result outlives the code that made it."""
    stamps = []
    for folder in folders:
        for where, _, names in os.walk(folder):
            for name in sorted(names):
                if name.endswith(".py"):
                    status = os.stat(os.path.join(where, name))  # noqa: PTH116, PTH118
                    stamps.append(f"{name} {status.st_size} {status.st_mtime_ns}")
    return sha256("\n".join(sorted(stamps)).encode()).hexdigest()


class KeptResults:
    """Texts by key, in a folder, or nowhere if that is None. What can't be read or written is not there.

    Each is kept with its digest: one that was damaged is not there either.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def load(self, key: str) -> str | None:
        if self._folder is None:
            return None
        try:
            digest, _, text = (self._folder / _name(key)).read_text("utf-8").partition("\n")
        except (OSError, UnicodeDecodeError):
            return None
        return text if digest == _name(text) else None

    def store(self, key: str, text: str) -> None:
        """Seen as a whole or not at all by other processes. Discards the oldest results beyond the limit."""
        if self._folder is None:
            return
        with contextlib.suppress(OSError):
            unfinished = self._folder / f"{_name(key)}.{os.getpid()}"
            unfinished.write_text(f"{_name(text)}\n{text}", "utf-8")
            unfinished.replace(self._folder / _name(key))
            results = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
            for path in results[:-_MOST_RESULTS]:
                path.unlink(missing_ok=True)


def _name(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _own_folder(folder: Path) -> Path | None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    # Compiled templates are executed, so nobody else may write there.
    status = folder.stat()
    owned = not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & _OTHERS_WRITE)
    return folder if owned and os.access(folder, os.W_OK) else None
