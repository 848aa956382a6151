"""Writing a picture to the file that the user chose."""

from __future__ import annotations

from pathlib import Path

from generator.errors import UsageError


def write_picture(path: str, text: str) -> None:
    """Raises UsageError if path can't be written."""
    try:
        Path(path).write_text(text, encoding="utf-8", newline="\n")
    except OSError as fault:
        raise UsageError(
            f"can't be written: {fault.strerror}", where=path, hint="give a file in an existing folder"
        ) from None
