"""One file of a generated application, before it is on disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

#: Who a file belongs to once it is written.
#:
#: generated: the generator's; replaced on every regenerate, removed when it is no longer produced.
#: seeded:    both's; updated as long as the user has not edited it, kept from then on.
#: user:      the user's; written only where there is none, never overwritten.
FileKind = Literal["generated", "seeded", "user"]


@dataclass(frozen=True)
class OutputFile:
    """The content of one file and where it came from.

    origin: the template, archive member or stage that made it, for the ledger and for messages.
    """

    data: bytes = field(repr=False)
    kind: FileKind
    origin: str
    executable: bool = False
