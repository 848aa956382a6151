"""Names: as the model's author wrote them, as TVM's C spells them, and what is not a name at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from generator.errors import ArchiveError

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
C_KEYWORDS = frozenset(
    """
    auto break case char const continue default do double else enum extern float for goto if inline int long
    register restrict return short signed sizeof static struct switch typedef union unsigned void volatile
    while
    """.split()  # noqa: SIM905
)


def file_name(path: Path) -> str:
    """The last part of path as ``printable`` text, whatever the terminal's encoding is."""
    return printable(os.fsencode(path.name or path.resolve().name or str(path)).decode("utf-8", "replace"))


def printable(text: str) -> str:
    """text with U+FFFD for unprintable and terminal control characters."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def sanitise(name: str) -> str:
    """name as TVM's C spells it: every byte that is not an ASCII letter or digit becomes ``_``.

    Source: ``SanitizeName`` in TVM's ``name_transforms.cc``.
    """
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else "_" for byte in name.encode())


def c_names(names: Iterable[str]) -> tuple[str, ...]:
    """A C identifier for each name where the archive's C spells none: sanitised, made legal, made unique."""
    taken: set[str] = set()
    result = []
    for name in names:
        base = sanitise(name)
        if base[:1].isdigit() or base in C_KEYWORDS:
            base = f"_{base}"
        unique, number = base, 1
        while unique in taken:
            number += 1
            unique = f"{base}_{number}"
        taken.add(unique)
        result.append(unique)
    return tuple(result)


def check_identifier(name: str, what: str, where: str) -> str:
    """name, if it can be part of a C identifier. Raises ArchiveError."""
    if not _IDENTIFIER.fullmatch(name):
        raise ArchiveError(
            f"the {what} {name[:80]!r} is not a C identifier",
            where=where,
            hint="export the model again with mod_name of letters, digits and underscores",
        )
    return name


def check_tensor_name(name: str, where: str) -> str:
    """name, if it can be printed. Raises ArchiveError."""
    if not name or len(name) > 1000 or not name.isprintable():
        raise ArchiveError(
            f"the tensor name {name[:80]!r} is empty, too long or has unprintable characters",
            where=where,
            hint="name the model's tensors with printable characters",
        )
    return name
