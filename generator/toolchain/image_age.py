"""Whether an image is still what its sources say."""

from __future__ import annotations

from pathlib import Path


def newer_source(app: Path, image: Path) -> str | None:
    """The first C file of an application that was regenerated or edited after the image was built."""
    if not image.is_file():
        return None
    built = image.stat().st_mtime_ns
    sources = (path for room in ("model", "src") for path in (app / room).rglob("*.[ch]"))
    newer = (path.relative_to(app).as_posix() for path in sources if path.stat().st_mtime_ns > built)
    return min(newer, default=None)
