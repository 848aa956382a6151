"""CMake's user package registry: where packages are installed that are not in a search path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def registered_packages(env: Mapping[str, str], name: str, depth: int) -> tuple[Path, ...]:
    """Existing folders of the package called name, in the order of the registry's file names.

    Entries name the folder of the package's CMake files; depth: how far above it the package's own is.
    Entries of deleted packages are usual and passed over. env: HOME is looked at.
    """
    if not env.get("HOME"):
        return ()
    registry = Path(env["HOME"]) / ".cmake" / "packages" / name
    found: list[Path] = []
    for entry in sorted(registry.iterdir()) if registry.is_dir() else ():
        place = Path(entry.read_text(encoding="utf-8", errors="replace").strip())
        if place.is_absolute() and len(place.parents) > depth:
            folder = (place, *place.parents)[depth]
            if folder.is_dir() and folder not in found:
                found.append(folder)
    return tuple(found)
