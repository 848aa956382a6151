"""The applications and libraries of a repository."""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path

from generator.emit.fileset import LEDGER_NAME
from generator.emit.ledger import parse_ledger
from generator.emit.plain_file import load_plain
from generator.errors import TargetError

_MOST_FOLDERS = 20_000
#: not looked into: output of builds, and what others keep
_SKIPPED = re.compile(r"\..*|build.*|node_modules|__pycache__|twister-out.*")
_GENERATOR = "mlfgen"


def load_projects(folder: Path) -> tuple[Path, ...]:
    """Folders below folder, or itself, whose project.json mlfgen wrote; in path order, links are not followed."""
    found = []
    for place, folders, names in itertools.islice(os.walk(folder), _MOST_FOLDERS):
        if LEDGER_NAME in names and load_is_project(Path(place)):
            found.append(Path(place))
            folders.clear()
        folders[:] = sorted(name for name in folders if not _SKIPPED.fullmatch(name))
    return tuple(sorted(found))


def load_is_project(folder: Path) -> bool:
    """Whether mlfgen wrote the project.json of folder: other programs keep one as well."""
    try:
        return parse_ledger(load_plain(folder / LEDGER_NAME).decode("utf-8")).generator == _GENERATOR
    except (OSError, UnicodeDecodeError, TargetError):
        return False
