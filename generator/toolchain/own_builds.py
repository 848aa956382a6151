"""Which builds were made on this computer by its user: only those are run on it, or steer a probe.

A project that came from elsewhere may bring a build folder with it, whose program and whose files for
``west flash`` are whatever their author wished. What the user has built is known by the digest of those files,
kept in the user's state folder (XDG_STATE_HOME), not in the project.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from pathlib import Path

#: of a build folder, beside the image: what decides which programs ``west flash`` starts
_STEERING = ("CMakeCache.txt", "domains.yaml", "zephyr/runners.yaml")
_KEPT = 500


def remember_build(image: Path, build_folder: Path, env: Mapping[str, str]) -> None:
    """Note that the user built image. Where no note can be kept, none is."""
    folder = _folder(env)
    if folder is None:
        return
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / _digest(image, build_folder)).touch()
        notes = sorted(folder.iterdir(), key=lambda note: note.stat().st_mtime_ns)
        for note in notes[:-_KEPT]:
            note.unlink()


def is_own_build(image: Path, build_folder: Path, env: Mapping[str, str]) -> bool:
    """Whether ``remember_build`` noted image and build_folder as they are now."""
    folder = _folder(env)
    return folder is not None and (folder / _digest(image, build_folder)).is_file()


def _folder(env: Mapping[str, str]) -> Path | None:
    root = env.get("XDG_STATE_HOME") or (env["HOME"] + "/.local/state" if env.get("HOME") else "")
    return Path(root) / "mlfgen" / "builds" if Path(root).is_absolute() else None


def _digest(image: Path, build_folder: Path) -> str:
    digest = hashlib.sha256()
    for place in (image, *(build_folder / name for name in _STEERING)):
        content = place.read_bytes() if place.is_file() else b""
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()
