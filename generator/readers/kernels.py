"""The kernel headers that compiled models are given."""

from __future__ import annotations

from pathlib import Path


def load_kernels(folder: Path) -> dict[str, str]:
    """Header name -> text of every kernel header in a folder."""
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.h"))}
