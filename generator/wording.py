"""Numbers in sentences."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """``1 byte``, ``2,048 bytes``. plural: of the noun, where it is not the noun with an s."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
