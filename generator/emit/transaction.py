"""A change to a folder that is carried out as a whole or not at all, also when the process is killed.

New files are prepared in a folder inside the target, which is on the same file system even when the target is
a mount point. Then a journal is written there that says all that will be moved, the former files are moved
there and the new ones into place, ``project.json`` last. Removing the journal is the point of no return: as long
as it is there, the former tree can be restored, by this process or by the next one.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from generator.emit.changes import Changes
from generator.emit.fileset import LEDGER_NAME
from generator.emit.journal import (
    JOURNAL_NAME,
    TOP,
    TRANSACTION_FOLDER,
    FolderTimes,
    Journal,
    Step,
    dump_journal,
    parse_journal,
)
from generator.emit.ledger import sha256_of
from generator.emit.lock import locked
from generator.emit.state import probe
from generator.errors import TargetError
from generator.model.output import OutputFile
from generator.wording import counted

_LOG = logging.getLogger(__name__)


def carry_out(target: Path, changes: Changes) -> None:
    """Put and remove files in target, an existing folder that the caller has locked.

    On any exception target is as it was, to the byte and the modification time. Only the clearing away of
    former files comes after the point of no return: an interrupt there leaves the new tree, complete.
    """
    staging = target / TRANSACTION_FOLDER
    journal = _journal_of(target, changes)
    # A process that is killed leaves its writes to the system; only a power cut loses them. Where nothing is
    # replaced or removed it can lose nothing but what the same command writes again.
    durable = any(step.replaces for step in journal.steps)
    try:
        staging.mkdir()
        for number, file in enumerate(_new_files(changes)):
            if file is not None:
                _write(staging / f"new{number}", file, durable)
        if journal.steps[-1].path == LEDGER_NAME and journal.steps[-1].replaces:
            # Moved away it would be missing for a moment.
            shutil.copy2(target / LEDGER_NAME, staging / f"old{len(journal.steps) - 1}")
        record = OutputFile(dump_journal(journal).encode(), "generated", "journal")
        _write(staging / "journal.new", record, durable)
        if durable:
            _sync(staging)
        (staging / "journal.new").replace(staging / JOURNAL_NAME)
        if durable:
            _sync(staging)
            _sync(target)
        _move(target, journal)
        if durable:
            for folder in sorted({str((target / step.path).parent) for step in journal.steps}):
                _sync(Path(folder))
        (staging / JOURNAL_NAME).unlink()
    except BaseException:
        if os.path.lexists(staging / JOURNAL_NAME):
            _roll_back(target, journal)
        else:
            _clear(target, journal)
        raise
    shutil.rmtree(staging, ignore_errors=True)


def recover(target: Path) -> None:
    """Bring a folder that a killed process left half-written back to what it was before, and log that.

    A folder with no change under way is left alone. One that another process is writing is waited for.
    Raises TargetError when the folder can't be brought back.
    """
    staging = target / TRANSACTION_FOLDER
    if not os.path.lexists(staging):
        return
    with (
        system_errors_named(target, "it contains an interrupted generate that can't be undone"),
        locked(target),
    ):
        recover_locked(target)


@contextlib.contextmanager
def system_errors_named(target: Path, what: str) -> Iterator[None]:
    """Turn what the system refuses into a TargetError that starts with what."""
    try:
        yield
    except OSError as error:
        raise TargetError(
            f"{what}: {error.strerror or error}",
            where=os.fsdecode(error.filename2 or error.filename or target),
            hint="nothing was changed; check the permissions and free space, or choose another folder",
        ) from error


def recover_locked(target: Path) -> None:
    """``recover`` for a target that the caller has locked."""
    staging = target / TRANSACTION_FOLDER
    if not os.path.lexists(staging):
        return
    if not stat.S_ISDIR(os.lstat(staging).st_mode):
        raise TargetError("it is not a folder", where=str(staging), hint="move it out of the way")
    entry = probe(staging, JOURNAL_NAME)
    if entry is None:
        # Killed before the first move, or after the last one: only temporary files are left.
        shutil.rmtree(staging, ignore_errors=True)
        return
    if entry.kind != "file":
        raise TargetError("it is not a plain file", where=str(staging / JOURNAL_NAME))
    try:
        text = (staging / JOURNAL_NAME).read_bytes().decode()
    except UnicodeDecodeError as error:
        raise TargetError("it is not UTF-8 text", where=str(staging / JOURNAL_NAME)) from error
    _roll_back(target, parse_journal(text))
    _LOG.warning("%s: restored the folder to its state before a generate that was interrupted", target)


def _new_files(changes: Changes) -> list[OutputFile | None]:
    """By step: what is put, or None for a removal."""
    return [*(None for _ in changes.removals), *changes.puts.values()]


def _journal_of(target: Path, changes: Changes) -> Journal:
    steps = [Step(path, None, True) for path in changes.removals]
    made: list[str] = []
    for path, file in changes.puts.items():
        steps.append(Step(path, sha256_of(file.data), os.path.lexists(target / path)))
        made += [folder for folder in _folders_above(path) if not (target / folder).is_dir()]
    removed = _emptied(target, changes)
    touched = {TOP}
    for path in (*changes.puts, *changes.removals, *made, *(folder for folder, _ in removed)):
        touched |= {path.rpartition("/")[0] or TOP}
    touched |= {folder for folder, _ in removed}
    times = []
    for folder in sorted(touched - set(made)):
        status = (target / folder).stat()
        times.append(FolderTimes(folder, status.st_atime_ns, status.st_mtime_ns))
    return Journal(tuple(steps), tuple(dict.fromkeys(made)), removed, tuple(times))


def _folders_above(path: str) -> list[str]:
    components = path.split("/")
    return ["/".join(components[:end]) for end in range(1, len(components))]


def _emptied(target: Path, changes: Changes) -> tuple[tuple[str, int], ...]:
    """Folders that are empty once the removals are done and the new files are there, inner before outer."""
    needed = {folder for path in changes.puts for folder in _folders_above(path)}
    gone = set(changes.removals)
    found: list[tuple[str, int]] = []
    candidates = {folder for path in changes.removals for folder in _folders_above(path)} - needed
    for folder in sorted(candidates, key=lambda name: (-name.count("/"), name)):
        if all(f"{folder}/{item.name}" in gone for item in (target / folder).iterdir()):
            gone.add(folder)
            found.append((folder, stat.S_IMODE((target / folder).stat().st_mode)))
    return tuple(found)


def _move(target: Path, journal: Journal) -> None:
    staging = target / TRANSACTION_FOLDER
    removals = [(number, step) for number, step in enumerate(journal.steps) if step.new_sha256 is None]
    for number, step in removals:
        (target / step.path).replace(staging / f"old{number}")
    for folder, _ in journal.removed_folders:
        (target / folder).rmdir()
    for folder in journal.made_folders:
        (target / folder).mkdir()
    for number, step in enumerate(journal.steps):
        if step.new_sha256 is None:
            continue
        if step.replaces and step.path != LEDGER_NAME:
            (target / step.path).replace(staging / f"old{number}")
        (staging / f"new{number}").replace(target / step.path)


def _roll_back(target: Path, journal: Journal) -> None:
    """Undo what was done of journal's moves, last first; each undoing looks at what is really there.

    What someone else has put in the place of a file since is left. What can't be undone stays in the
    transaction's folder, and is named.
    """
    failures: list[OSError] = []
    numbered = list(enumerate(journal.steps))
    for number, step in reversed(numbered):
        if step.new_sha256 is not None:
            _attempt(failures, _undo, target, number, step)
    for folder in reversed(journal.made_folders):
        _attempt(failures, _undo_folder, target, folder)
    for folder, mode in reversed(journal.removed_folders):
        _attempt(failures, _redo_folder, target, folder, mode)
    for number, step in reversed(numbered):
        if step.new_sha256 is None:
            _attempt(failures, _undo, target, number, step)
    staging = target / TRANSACTION_FOLDER
    if failures:
        raise TargetError(
            f"writing failed, and {counted(len(failures), 'previous file')} could not be restored: {failures[0]}",
            where=str(target),
            hint=f"the previous files are in '{staging}'; the next command on this folder tries again",
        )
    (staging / JOURNAL_NAME).unlink(missing_ok=True)
    _clear(target, journal)


def _attempt(failures: list[OSError], undo: Callable[..., None], *arguments: Any) -> None:
    try:
        undo(*arguments)
    except OSError as error:
        failures.append(error)


def _undo(target: Path, number: int, step: Step) -> None:
    staging = target / TRANSACTION_FOLDER
    entry = probe(target, step.path)
    if entry is not None and entry.via is not None:
        raise TargetError(
            f"'{entry.via}' is no longer a folder, so '{step.path}' can't be restored",
            where=str(target),
            hint=f"move '{entry.via}' out of the way",
        )
    ours = entry is None or (entry.kind == "file" and entry.sha256 == step.new_sha256)
    if os.path.lexists(staging / f"old{number}"):
        is_former_ledger = step.path == LEDGER_NAME and os.path.lexists(staging / f"new{number}")
        if ours and not is_former_ledger:
            (target / step.path).parent.mkdir(parents=True, exist_ok=True)
            (staging / f"old{number}").replace(target / step.path)
    elif ours and not step.replaces and not os.path.lexists(staging / f"new{number}"):
        (target / step.path).unlink(missing_ok=True)


def _undo_folder(target: Path, folder: str) -> None:
    entry = probe(target, folder)
    if entry is not None and entry.kind == "folder":
        with contextlib.suppress(OSError):  # not empty: it holds what someone else put there
            (target / folder).rmdir()


def _redo_folder(target: Path, folder: str, mode: int) -> None:
    if probe(target, folder) is None:
        (target / folder).mkdir()
        (target / folder).chmod(mode)


def _clear(target: Path, journal: Journal) -> None:
    """Remove the transaction's folder, and the traces in the folders' times."""
    shutil.rmtree(target / TRANSACTION_FOLDER, ignore_errors=True)
    for each in journal.times:
        entry = probe(target, each.path) if each.path != TOP else None
        if each.path == TOP or (entry is not None and entry.kind == "folder"):
            os.utime(target / each.path, ns=(each.accessed_ns, each.modified_ns))


def _write(place: Path, file: OutputFile, durable: bool) -> None:
    with open(place, "xb") as stream:
        stream.write(file.data)
        if durable:
            stream.flush()
            os.fsync(stream.fileno())
    if file.executable:
        mode = place.stat().st_mode
        place.chmod(mode & 0o7777 | (mode & 0o444) >> 2)


def _sync(folder: Path) -> None:
    """Let the names in folder reach the disk before what is done next does, where the system can."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
