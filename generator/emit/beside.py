"""Files of a project outside its folder, in that of a firmware around it: all of them put or removed, or none."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from msgspec import Struct

from generator.emit.changes import Report
from generator.emit.ledger import sha256_of
from generator.emit.single import replace_file
from generator.errors import TargetError
from generator.model.output import path_fault

_MODE = 0o644


class BesideChanges(Struct, frozen=True):
    """puts: new contents; removals: files to take away; both by path relative to root, with slashes."""

    root: Path
    puts: Mapping[str, bytes]
    removals: tuple[str, ...]
    report: Report


def plan_beside(
    root: Path, files: Mapping[str, bytes], before: Mapping[str, str], *, force: bool = False
) -> BesideChanges:
    """What makes files those of the project, which had files with these SHA-256 before.

    Files that the user has edited since are kept, unless force is set. TargetError for files that are there and are
    not the project's, and for paths that lead out of root.
    """
    kinds: dict[str, list[str]] = {name: [] for name in Report.__struct_fields__}
    puts: dict[str, bytes] = {}
    removals: list[str] = []
    for path in sorted({*files, *before}):
        there, data, known = _read(root, path), files.get(path), before.get(path)
        own = there is not None and known is not None and (force or sha256_of(there) == known)
        if data is None:
            if own:
                removals.append(path)
                kinds["removed"].append(path)
            elif there is not None:
                kinds["kept"].append(path)
        elif there == data:
            kinds["unchanged"].append(path)
        elif there is None or own:
            puts[path] = data
            kinds["created" if there is None else "updated"].append(path)
        elif known is None:
            raise TargetError(
                "this file exists and was not written by mlfgen",
                where=str(root / path),
                hint="choose another folder for the tests with --tests FOLDER",
            )
        else:
            kinds["kept" if sha256_of(data) == known else "kept_but_differs"].append(path)
    return BesideChanges(
        root, puts, tuple(removals), Report(**{name: tuple(each) for name, each in kinds.items()})
    )


def put_beside(changes: BesideChanges) -> BesideChanges:
    """Make changes; returns what would undo them. On any exception everything is as it was."""
    root = changes.root
    old = {
        path: data for path in (*changes.puts, *changes.removals) if (data := _read(root, path)) is not None
    }
    undo = BesideChanges(root, old, tuple(path for path in changes.puts if path not in old), Report())
    try:
        _carry_out(changes)
    except BaseException as error:
        with contextlib.suppress(OSError):
            _carry_out(undo)
        if isinstance(error, OSError):
            where = str(error.filename)
            what = "removed" if where in {str(root / path) for path in changes.removals} else "written"
            raise TargetError(
                f"it can't be {what}: {error.strerror}",
                where=where,
                hint="check the permissions of its folder, and the space on the disk",
            ) from error
        raise
    return undo


def _carry_out(changes: BesideChanges) -> None:
    for path, data in changes.puts.items():
        place = changes.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, data, _MODE)
    for path in changes.removals:
        place = changes.root / path
        place.unlink(missing_ok=True)
        for folder in place.parents:
            if folder == changes.root or any(folder.iterdir()):
                break
            folder.rmdir()


def _read(root: Path, path: str) -> bytes | None:
    """None where there is no such file."""
    place = root / path
    pure = PurePosixPath(path)
    above = [root / each for each in pure.parents]
    if path_fault(path) is not None or any(each.is_symlink() for each in (place, *above[:-1])):
        raise TargetError(
            "the tests can't be kept behind a link", where=str(place), hint="choose another folder"
        )
    try:
        status = os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(status.st_mode):
        raise TargetError(
            "it is not a plain file", where=str(place), hint="choose another folder for the tests"
        )
    return place.read_bytes()
