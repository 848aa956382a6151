"""What a change under way does to a folder, as it stands on disk until all of it is done. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from msgspec import Struct

from generator.errors import TargetError
from generator.model.output import path_fault

#: The folder, inside the target, that holds a change under way; there only as long as one is.
TRANSACTION_FOLDER = ".mlfgen-transaction"
#: In that folder: there from before the first file is moved until the last one is.
JOURNAL_NAME = "journal.json"
JOURNAL_PATH = f"{TRANSACTION_FOLDER}/{JOURNAL_NAME}"

#: The target itself among the folders of a journal.
TOP = "."
_HINT = f"restore the folder from version control, or delete '{TRANSACTION_FOLDER}' and generate with --force"
_FORMAT_VERSION = 1
_MOST_NS = 1 << 62


class Step(Struct, frozen=True):
    """One file put or taken away.

    path:       relative to the target.
    new_sha256: hex, of what is put there; None for a file that is only taken away.
    replaces:   a file stood there before.
    """

    path: str
    new_sha256: str | None
    replaces: bool


class FolderTimes(Struct, frozen=True):
    """A folder's times before the change, which moving files in and out of it changes."""

    path: str
    accessed_ns: int
    modified_ns: int


class Journal(Struct, frozen=True):
    """Steps are taken in this order; step N puts ``newN`` and keeps the former file as ``oldN``.

    made_folders:    that were missing, outer before inner.
    removed_folders: that end up empty, inner before outer, with their permission bits.
    """

    steps: tuple[Step, ...] = ()
    made_folders: tuple[str, ...] = ()
    removed_folders: tuple[tuple[str, int], ...] = ()
    times: tuple[FolderTimes, ...] = ()


def dump_journal(journal: Journal) -> str:
    """The journal as JSON, which ``parse_journal`` reads."""
    document = {
        "format": _FORMAT_VERSION,
        "steps": [[step.path, step.new_sha256, step.replaces] for step in journal.steps],
        "made_folders": list(journal.made_folders),
        "removed_folders": [list(folder) for folder in journal.removed_folders],
        "times": [[each.path, each.accessed_ns, each.modified_ns] for each in journal.times],
    }
    return json.dumps(document, indent=1) + "\n"


def parse_journal(text: str) -> Journal:
    """TargetError for anything that ``dump_journal`` does not write: its paths decide what is replaced."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TargetError(f"it is not JSON: {error}", where=JOURNAL_PATH, hint=_HINT) from error
    if not isinstance(document, dict) or document.get("format") != _FORMAT_VERSION:
        _broken(f"not a journal of format {_FORMAT_VERSION}")
    steps = []
    for path, digest, replaces in _rows(document, "steps", 3):
        if not isinstance(replaces, bool) or not (digest is None or isinstance(digest, str)):
            _broken("'steps' has a value of the wrong type")
        steps.append(Step(_path(path), digest, replaces))
    made = document.get("made_folders")
    if not isinstance(made, list):
        _broken("'made_folders' is not a list")
    return Journal(
        steps=tuple(steps),
        made_folders=tuple(_path(path) for path in made),
        removed_folders=tuple(
            (_path(path), _number(mode, 0, 0o7777)) for path, mode in _rows(document, "removed_folders", 2)
        ),
        times=tuple(
            FolderTimes(
                TOP if path == TOP else _path(path),
                _number(accessed, -_MOST_NS, _MOST_NS),
                _number(modified, -_MOST_NS, _MOST_NS),
            )
            for path, accessed, modified in _rows(document, "times", 3)
        ),
    )


def _rows(document: dict[str, Any], key: str, width: int) -> Iterator[list[Any]]:
    rows = document.get(key)
    if not isinstance(rows, list):
        _broken(f"'{key}' is not a list")
    for row in rows:
        if not isinstance(row, list) or len(row) != width:
            _broken(f"'{key}' has an item that is not a list of {width}")
        yield row


def _path(value: object) -> str:
    fault = path_fault(value) if isinstance(value, str) else "not a string"
    if fault is not None:
        _broken(f"it lists {value!r}: {fault}")
    assert isinstance(value, str)
    return value


def _number(value: object, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        _broken(f"{value!r} is not a number from {low} to {high}")
    return value


def _broken(what: str) -> NoReturn:
    raise TargetError(what, where=JOURNAL_PATH, hint=_HINT)
