"""Removing models from the library in a firmware, and the library itself."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from generator.emit.beside import put_beside
from generator.emit.changes import Report
from generator.emit.writer import remove_project
from generator.errors import Mistakes, TargetError, UnknownPoolError, UsageError, did_you_mean
from generator.model.library import LibraryOptions
from generator.model.surroundings import Surroundings
from generator.pipeline.generate import GenerateResult, generate
from generator.pipeline.hook_edits import Edit, apply_edits, changed_hooks, pasted_lines, unhook_edits
from generator.pipeline.kept_options import load_options, request_of_options
from generator.pipeline.library_options import parse_library, source_names, without_models
from generator.pipeline.library_place import existing_folder, folder_of, load_around
from generator.pipeline.library_tests import plan_tests


class RemoveResult(Struct, frozen=True):
    """What ``remove`` did, or would do.

    left: names of the models that the library still holds; without any it is gone.

    edits: of the firmware's files, that would take out what was put in for it. tests: what becomes of them.

    pasted: lines for the library that are in the firmware's files by hand, by file, and stay there.
    """

    target: Path
    report: Report
    removed: tuple[str, ...]
    left: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    tests: Report = Report()
    pasted: Mapping[str, tuple[str, ...]] = {}


def plan_removal(names: tuple[str, ...], to: Path | None, here: Path, *, force: bool = False) -> RemoveResult:
    """What ``remove`` would do; raises what it would, where that can be known before."""
    return _remove(names, to, here, force=force, dry_run=True)


def remove(
    names: tuple[str, ...], to: Path | None, here: Path, edits: tuple[Edit, ...] = (), *, force: bool = False
) -> RemoveResult:
    """Remove models from a library; with no names, or with all of them, the library itself.

    edits: those of ``plan_removal``, which are made as well. Raises MlfgenError; then everything is as it was.
    """
    apply_edits(edits)
    try:
        return _remove(names, to, here, force=force, dry_run=False)
    except BaseException:
        apply_edits(edit.undone for edit in reversed(edits))
        raise


def _remove(
    names: tuple[str, ...], to: Path | None, here: Path, *, force: bool, dry_run: bool
) -> RemoveResult:
    around, target, kept = _library(to, here)
    by_source = source_names(kept, target)
    known = tuple(name for each in by_source for name in each)
    _check_names(names, known, by_source, target)
    left = tuple(name for name in known if names and name not in names)
    if left:
        done = _generate_without(kept, target, names, force=force, dry_run=dry_run)
        return RemoveResult(target, done.report, names, left, changed_hooks(done), done.tests)
    folder = folder_of(around, target)
    edits = unhook_edits(around, folder)
    library = parse_library(kept, target)
    pasted = {} if library is None else _pasted(around, replace(library, folder=folder))
    root = library.root if library is not None else ".."
    tests = plan_tests(target, root, {}, kept, force=force)
    undo = None if dry_run else put_beside(tests)
    try:
        report = remove_project(target, around.root, force=force, dry_run=dry_run)
    except BaseException:
        if undo is not None:
            put_beside(undo)
        raise
    return RemoveResult(target, report, known, (), edits, tests.report, pasted)


def _pasted(around: Surroundings, library: LibraryOptions) -> dict[str, tuple[str, ...]]:
    """Lines for a library that are not between markers, by file.

    TargetError for a marker alone: what belongs to it can't be told from the user's lines.
    """
    found = pasted_lines(around, library)
    damaged = {
        name: next((line for line in lines if "mlfgen:" in line), None) for name, lines in found.items()
    }
    mistakes = Mistakes()
    for name, marker in damaged.items():
        if marker is not None:
            mistakes.errors.append(
                TargetError(
                    f"the lines for {library.folder} can't be removed: of the two comments around them, only "
                    f"'{marker}' is left",
                    where=name,
                    hint="remove these lines and the comment by hand, then run the command again",
                )
            )
    mistakes.tell()
    return found


def library_names(to: Path | None, here: Path) -> tuple[str, ...]:
    """The names of a library's models. MlfgenError where there is none."""
    _, target, kept = _library(to, here)
    return tuple(name for each in source_names(kept, target) for name in each)


def _library(to: Path | None, here: Path) -> tuple[Surroundings, Path, Mapping[str, Any]]:
    """The firmware, the library's folder, and the options that it keeps."""
    # A folder that is no library may be anywhere: what is around it is not looked at.
    target = to or existing_folder(load_around(None, here), here)
    kept = load_options(target)
    if kept is None or kept.get("library") is None:
        raise TargetError(
            "this is not a library of models",
            where=str(target),
            hint="give the folder that `mlfgen add` wrote with --to FOLDER",
        )
    return load_around(to, here), target, kept


def _check_names(
    names: tuple[str, ...], known: tuple[str, ...], by_source: tuple[tuple[str, ...], ...], target: Path
) -> None:
    for name in names:
        if name not in known:
            raise UsageError(
                f"the library has no model '{name}'",
                where=str(target),
                hint=did_you_mean(name, known, most=3),
            )
    for each in by_source:
        stay = [name for name in each if name not in names]
        if names and stay and len(stay) < len(each):
            raise UsageError(
                f"'{stay[0]}' is in the same archive as '{next(name for name in each if name in names)}', so that "
                "they can only be removed together",
                where=str(target),
                hint="mlfgen remove " + " ".join(shlex.quote(name) for name in each),
            )


def _generate_without(
    kept: Mapping[str, Any], target: Path, names: tuple[str, ...], *, force: bool, dry_run: bool
) -> GenerateResult:
    made = request_of_options(target, without_models(kept, names, target), (), {})
    made = replace(made, force=force, dry_run=dry_run)
    while True:
        try:
            return generate(made)
        except UnknownPoolError as error:
            # It was a pool of a model that goes.
            pools = {name: pool for name, pool in made.options.pools.items() if name != error.pool}
            made = replace(made, options=replace(made.options, pools=pools))
