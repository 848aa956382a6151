"""One file of a generated application, before it is on disk."""

from __future__ import annotations

import unicodedata
from typing import Literal

from msgspec import Struct

#: Who a file belongs to once it is written.
#:
#: generated: the generator's; replaced on every regenerate, removed when it is no longer produced.
#: seeded:    both's; updated as long as the user has not edited it, kept from then on.
#: user:      the user's; written only where there is none, never overwritten.
FileKind = Literal["generated", "seeded", "user"]


class OutputFile(Struct, frozen=True):
    """The content of one file and where it came from.

    origin: the template, archive member or stage that made it, for the ledger and for messages.
    """

    data: bytes
    kind: FileKind
    origin: str
    executable: bool = False


def path_fault(path: str) -> str | None:
    """Why path can't be a file of a project, or None when it can.

    A good path is relative, POSIX, without ``.``, ``..`` and empty components, and means the same file on
    Linux, macOS and Windows.
    """
    if not path:
        return "it is empty"
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in path):
        return "it contains a control character or a lone surrogate"
    if path.startswith("/"):
        return "it is absolute"
    if "\\" in path:
        return "it contains a backslash"
    if ":" in path:
        return "it contains a colon, which means a drive or a stream on Windows"
    components = path.split("/")
    if ".." in components:
        return "it leads outside the application through '..'"
    if "" in components or "." in components:
        return "it contains an empty or '.' component"
    if any(component != component.rstrip(". ") for component in components):
        return "a component of it ends in a dot or a blank, which Windows drops"
    return None
