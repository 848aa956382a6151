"""Bytes to disk: everything or nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec.structs import replace

from generator.emit.changes import Changes, Report, plan_changes
from generator.emit.fileset import LEDGER_NAME, FileSet
from generator.emit.ledger import Ledger
from generator.emit.lock import locked
from generator.emit.state import TargetState, check_place, load_state
from generator.emit.transaction import carry_out, recover, recover_locked, system_errors_named
from generator.errors import TargetError
from generator.model.output import OutputFile

_ATTEMPTS = 100

__all__ = [
    "Changes",
    "Report",
    "TargetState",
    "load_state",
    "plan_changes",
    "recover",
    "remove_project",
    "write_project",
]


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
    from it. Locks the target against other processes. On any exception the target is as it was;
    after a kill the next command that uses it brings it back to that (see ``recover``).
    """
    files = FileSet(files)
    if dry_run:
        recover(target)
        return plan_changes(load_state(target, files), files, ledger, force=force).report
    # Before any folder is made. What is in the folder is only read under the lock.
    check_place(target)
    with system_errors_named(target, "it can't be written"), _held(target):
        recover_locked(target)
        changes = plan_changes(load_state(target, files), files, ledger, force=force)
        if changes.puts or changes.removals:
            carry_out(target, changes)
    return changes.report


def remove_project(target: Path, top: Path, *, force: bool = False, dry_run: bool = False) -> Report:
    """Take away the project in target: every file of its ledger and the ledger, then the folder if it is empty.

    top: a folder above target; folders between the two that end up empty go as well.
    See ``plan_changes`` for what happens to edited files and what is raised; the user's are left. On any exception
    the target is as it was, also after a kill (see ``recover``).
    """
    if dry_run:
        recover(target)
        return _plan_removal(target, force).report
    with system_errors_named(target, "it can't be removed"), locked(target):
        recover_locked(target)
        changes = _plan_removal(target, force)
        carry_out(target, changes)
    with contextlib.suppress(OSError):  # what is not mlfgen's is still there
        for folder in (target.resolve(), *target.resolve().parents):
            if folder == top.resolve() or not folder.is_relative_to(top.resolve()):
                break
            folder.rmdir()
    return changes.report


def _plan_removal(target: Path, force: bool) -> Changes:
    state = load_state(target, ())
    if state.ledger is None:
        raise TargetError(f"not a generated project: no {LEDGER_NAME}", where=str(target))
    changes = plan_changes(state, {}, state.ledger, force=force)
    removals = (*changes.removals, LEDGER_NAME)
    report = replace(changes.report, updated=(), unchanged=(), removed=tuple(sorted(removals)))
    return Changes(puts={}, removals=removals, report=report)


@contextlib.contextmanager
def _held(target: Path) -> Iterator[None]:
    """Lock target, a new folder if there is none; one that was made goes away again on an exception."""
    made: list[Path] = []
    try:
        with contextlib.ExitStack() as stack:
            for attempt in range(_ATTEMPTS):
                try:
                    _make(target, made)
                    stack.enter_context(locked(target))
                    break
                except FileNotFoundError:
                    # Another process that gave up has removed the folders it had made, and these with them.
                    if attempt == _ATTEMPTS - 1:
                        raise
            yield
    except BaseException:
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def _make(target: Path, made: list[Path]) -> None:
    missing = [folder for folder in (target, *target.parents) if not os.path.lexists(folder)]
    for folder in reversed(missing):
        if folder not in made:
            made.append(folder)
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
