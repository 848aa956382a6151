"""What is on disk where a project is to be written: read, not judged."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

from generator.emit.fileset import LEDGER_NAME
from generator.emit.ledger import Ledger, parse_ledger, sha256_of
from generator.errors import TargetError

#: The folder that belongs to the generator as a whole.
OWNED_FOLDER = "model"
#: What the generator itself keeps in a folder while it writes there starts with this.
PRIVATE_PREFIX = ".mlfgen-"

#: What a new repository starts with, and what services and editors keep there: a project may join it.
_REPOSITORY_FILES = re.compile(
    r"\.|(README|LICEN[SC]E|COPYING|NOTICE|AUTHORS|CHANGELOG|CONTRIBUTING|CODE_OF_CONDUCT|SECURITY)\b",
    re.IGNORECASE,
)

EntryKind = Literal["file", "folder", "link", "special", "behind_file", "behind_link"]


class Entry(Struct, frozen=True):
    """What stands at a path.

    kind:   ``behind_file``: a component on the way is a file; ``behind_link``: one is a symbolic link and
            something exists beyond it or could be made there; ``special``: a device, pipe or socket.
    sha256: hex, of a plain file's content; None otherwise.
    via:    the component in the way of a ``behind_*`` entry.
    exists: False for a ``behind_*`` path where nothing stands.
    """

    kind: EntryKind
    sha256: str | None = None
    via: str | None = None
    exists: bool = True


class TargetState(Struct, frozen=True):
    """A target folder as it is.

    label:   the target as the user named it, for messages.
    exists:  False when there is nothing at all.
    strays:  up to five names found in a folder that has no ledger, without those of a repository's own files;
             empty for a fresh folder or a project.
    ledger:  the previous one and ledger_text as it is on disk, or None.
    entries: by relative path; a requested path that does not exist is not in it.
    owned:   every file found below OWNED_FOLDER, in path order.
    """

    label: str
    exists: bool = False
    strays: tuple[str, ...] = ()
    ledger: Ledger | None = None
    ledger_text: str | None = None
    entries: Mapping[str, Entry] = field(default_factory=dict)
    owned: tuple[str, ...] = ()


def load_state(target: Path, paths: Iterable[str]) -> TargetState:
    """Look at target, at the given relative paths in it and at what its ledger names.

    Raises TargetError when target is not a folder, can't be read, or its ledger is broken.
    """
    with _unreadable_named(target):
        return _load_state(target, paths)


def check_place(target: Path) -> None:
    """Raise TargetError when target is not a folder and can't become one; its content is not looked at."""
    with _unreadable_named(target):
        for place in (target, *target.parents):
            if place.is_dir():
                return
            # A link to nothing counts; a folder that has appeared since is_dir() does not.
            if os.path.lexists(place) and not place.is_dir():
                what = "it" if place == target else f"'{place}'"
                raise TargetError(
                    f"{what} is not a folder", where=str(target), hint="choose another output folder"
                )


@contextlib.contextmanager
def _unreadable_named(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = error.filename if error.filename is not None else target
        raise TargetError(
            f"it can't be read: {error.strerror}",
            where=os.fsdecode(place),
            hint="check the folder's owner and permissions, or choose another one",
        ) from error


def _load_state(target: Path, paths: Iterable[str]) -> TargetState:
    label = str(target)
    check_place(target)
    if not target.is_dir():
        return TargetState(label)
    names = sorted(item.name for item in target.iterdir() if not item.name.startswith(PRIVATE_PREFIX))
    if LEDGER_NAME not in names:
        strays = [name for name in names if not _REPOSITORY_FILES.match(name)]
        return TargetState(label, exists=True, strays=tuple(strays[:5]), entries=_probed(target, paths))
    ledger_entry = probe(target, LEDGER_NAME)
    if ledger_entry is None or ledger_entry.kind != "file":
        raise TargetError("it is not a plain file", where=str(target / LEDGER_NAME))
    try:
        text = (target / LEDGER_NAME).read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise TargetError("it is not UTF-8 text", where=str(target / LEDGER_NAME)) from error
    ledger = parse_ledger(text)
    return TargetState(
        label,
        exists=True,
        ledger=ledger,
        ledger_text=text,
        entries=_probed(target, {*paths, *ledger.files}),
        owned=_files_below(target, OWNED_FOLDER),
    )


def _probed(target: Path, paths: Iterable[str]) -> dict[str, Entry]:
    found = {path: probe(target, path) for path in sorted(set(paths))}
    return {path: entry for path, entry in found.items() if entry is not None}


def probe(target: Path, path: str) -> Entry | None:
    """What stands at path, relative to target, or None for nothing. Raises OSError."""
    components = path.split("/")
    folder = target
    for depth, component in enumerate(components[:-1], start=1):
        folder = folder / component
        mode = _mode(folder)
        via = "/".join(components[:depth])
        if mode is None:
            return None
        if stat.S_ISLNK(mode):
            return Entry("behind_link", via=via, exists=os.path.lexists(target / path))
        if not stat.S_ISDIR(mode):
            return Entry("behind_file", via=via, exists=False)
    place = target / path
    mode = _mode(place)
    if mode is None:
        return None
    if stat.S_ISREG(mode):
        return Entry("file", sha256=sha256_of(place.read_bytes()))
    if stat.S_ISDIR(mode):
        return Entry("folder")
    return Entry("link" if stat.S_ISLNK(mode) else "special")


def _mode(place: Path) -> int | None:
    try:
        return os.lstat(place).st_mode
    except FileNotFoundError:
        return None


def _files_below(target: Path, folder: str) -> tuple[str, ...]:
    def stop(error: OSError) -> None:
        raise error

    found: list[str] = []
    top = target / folder
    for where, _, names in os.walk(top, onerror=stop) if top.is_dir() and not top.is_symlink() else ():
        relative = Path(where).relative_to(target).as_posix()
        found += (f"{relative}/{name}" for name in names)
    return tuple(sorted(found))
