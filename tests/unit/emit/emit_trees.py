"""Two versions of one project, and what a folder holds."""

from __future__ import annotations

import stat
from pathlib import Path

from generator.emit.ledger import Ledger
from generator.model.output import OutputFile

HEADER = Ledger("mlfgen", "1.0")
FIRST = {
    "CMakeLists.txt": OutputFile(b"cmake 1", "seeded", "cmake"),
    "src/main.c": OutputFile(b"main 1", "user", "main"),
    "model/src/pools.c": OutputFile(b"pools 1", "generated", "pools"),
    "model/src/same.c": OutputFile(b"same", "generated", "same"),
    "model/old/deep/gone.c": OutputFile(b"gone", "generated", "gone"),
    "flash.sh": OutputFile(b"#!/bin/sh\n", "seeded", "flash", executable=True),
}
SECOND = {
    "CMakeLists.txt": OutputFile(b"cmake 2", "seeded", "cmake"),
    "src/main.c": OutputFile(b"main 2", "user", "main"),
    "model/src/pools.c": OutputFile(b"pools 2", "generated", "pools"),
    "model/src/same.c": OutputFile(b"same", "generated", "same"),
    "model/new/deep/come.c": OutputFile(b"come", "generated", "come"),
    "flash.sh": OutputFile(b"#!/bin/sh\n", "seeded", "flash", executable=True),
}
#: relative path -> permission bits, content (None for a folder)
Tree = dict[str, tuple[int, bytes | None]]


def tree_of(root: Path) -> Tree:
    """Everything below root but its times; empty when there is nothing."""
    found: Tree = {}
    for place in root.rglob("*"):
        status = place.lstat()
        content = place.read_bytes() if stat.S_ISREG(status.st_mode) else None
        found[str(place.relative_to(root))] = (stat.S_IMODE(status.st_mode), content)
    return found
