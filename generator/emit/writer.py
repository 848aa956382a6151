"""Bytes to disk: everything or nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from generator.emit.changes import Changes, Report, plan_changes
from generator.emit.fileset import FileSet
from generator.emit.ledger import Ledger
from generator.emit.state import STAGING_PREFIX, TargetState, load_state
from generator.errors import TargetError
from generator.model.output import OutputFile

__all__ = ["Changes", "Report", "TargetState", "apply", "load_state", "plan_changes", "write_project"]


def write_project(
    target: Path,
    files: Mapping[str, OutputFile],
    ledger: Ledger,
    *,
    force: bool = False,
    dry_run: bool = False,
) -> Report:
    """Make target the project that files describe; with dry_run only say what that would do.

    ledger: without ``files``. See ``plan_changes`` for what happens to edited files and what is raised.
    Identical input onto its own result writes nothing, so that no file looks newer than what was built
    from it.
    """
    files = FileSet(files)
    changes = plan_changes(load_state(target, files), files, ledger, force=force)
    return changes.report if dry_run else apply(target, changes)


def apply(target: Path, changes: Changes) -> Report:
    """Carry changes out; on any exception target is as it was, to the byte and the modification time.

    A new target is built beside its place and renamed into it. An existing one keeps its own folder (a
    shell may stand in it): new files are prepared in a folder inside it, which is on the same file system
    even when target is a mount point, then moved into place, and the old ones are kept until all are.
    Raises TargetError when the system refuses. Only the clearing away of former files comes after the
    point of no return: an interrupt there leaves the new project, complete.
    """
    try:
        if not os.path.lexists(target):
            _create(target, changes)
        elif changes.puts or changes.removals:
            _update(target, changes)
    except OSError as error:
        place = error.filename2 or error.filename or target
        raise TargetError(
            f"it can't be written: {error.strerror or error}",
            where=os.fsdecode(place),
            hint="nothing was changed; check permissions and free space, or choose another folder",
        ) from error
    return changes.report


def _create(target: Path, changes: Changes) -> None:
    missing = [folder for folder in target.parents if not os.path.lexists(folder)]
    staging = target.parent / _staging_name()
    made: list[Path] = []
    try:
        for folder in reversed(missing):
            made.append(folder)
            folder.mkdir()
        staging.mkdir()
        for path, file in changes.puts.items():
            place = staging / path
            if not place.parent.is_dir():
                place.parent.mkdir(parents=True)
            _write(place, file)
        staging.replace(target)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def _update(target: Path, changes: Changes) -> None:
    staging = target / _staging_name()
    journal = _Journal(staging)
    journal.note_times(target)
    try:
        staging.mkdir()
        staged: dict[str, Path] = {}
        for number, (path, file) in enumerate(changes.puts.items()):
            staged[path] = staging / f"new{number}"
            _write(staged[path], file)
        for path in changes.removals:
            journal.take_away(target / path)
        for path in changes.removals:
            journal.remove_empty_folders(target, (target / path).parent)
        for path, source in staged.items():
            journal.put(source, target / path)
    except BaseException:
        journal.roll_back()
        raise
    shutil.rmtree(staging, ignore_errors=True)


class _Journal:
    """How to undo what was done to a tree so far.

    Each step is noted before it is taken and its undoing looks at what is really there, so that an
    interrupt between any two instructions can be undone.
    """

    def __init__(self, staging: Path) -> None:
        self._staging = staging
        self._undo: list[Callable[[], None]] = []
        self._times: dict[Path, tuple[int, int]] = {}
        self._backups = 0

    def note_times(self, folder: Path) -> None:
        """Remember folder's times: moving files in and out of it changes them."""
        if folder not in self._times:
            status = folder.stat()
            self._times[folder] = (status.st_atime_ns, status.st_mtime_ns)

    def take_away(self, place: Path) -> None:
        backup = self._staging / f"old{self._backups}"
        self._backups += 1
        self.note_times(place.parent)

        def undo() -> None:
            if os.path.lexists(backup):
                backup.replace(place)

        self._undo.append(undo)
        place.replace(backup)

    def put(self, source: Path, place: Path) -> None:
        self._make_folders(place.parent)
        self.note_times(place.parent)
        if os.path.lexists(place):
            self.take_away(place)

        def undo() -> None:
            if not os.path.lexists(source):
                place.unlink(missing_ok=True)

        self._undo.append(undo)
        source.replace(place)

    def remove_empty_folders(self, target: Path, folder: Path) -> None:
        """Remove folder and the ones above it, up to target, as far as they hold nothing."""
        while folder != target and folder.is_dir() and not any(folder.iterdir()):
            self.note_times(folder)
            self.note_times(folder.parent)
            self._undo.append(_folder_maker(folder, folder.stat().st_mode))
            folder.rmdir()
            folder = folder.parent

    def _make_folders(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make_folders(folder.parent)
        self.note_times(folder.parent)

        def undo() -> None:
            if folder.is_dir():
                folder.rmdir()

        self._undo.append(undo)
        folder.mkdir()

    def roll_back(self) -> None:
        """Undo every step, last first; what can't be undone stays in the staging folder and is named."""
        failures: list[OSError] = []
        for undo in reversed(self._undo):
            try:
                undo()
            except OSError as error:
                failures.append(error)
        if failures:
            raise TargetError(
                f"writing failed, and so did restoring {len(failures)} of the former files: {failures[0]}",
                where=str(self._staging.parent),
                hint=f"the former files are in '{self._staging}'",
            )
        shutil.rmtree(self._staging, ignore_errors=True)
        for folder, times in self._times.items():
            if folder.is_dir():
                os.utime(folder, ns=times)


def _folder_maker(folder: Path, mode: int) -> Callable[[], None]:
    def make() -> None:
        if not folder.is_dir():
            folder.mkdir()
            folder.chmod(mode & 0o7777)

    return make


def _staging_name() -> str:
    return STAGING_PREFIX + os.urandom(8).hex()


def _write(place: Path, file: OutputFile) -> None:
    with open(place, "xb") as stream:
        stream.write(file.data)
    if file.executable:
        mode = place.stat().st_mode
        place.chmod(mode & 0o7777 | (mode & 0o444) >> 2)
