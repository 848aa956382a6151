"""Tests of a library's samples, kept outside of its folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator import resources
from generator.compose.hooks import check_folder
from generator.emit.beside import BesideChanges, plan_beside
from generator.emit.ledger import sha256_of
from generator.errors import UsageError
from generator.model.library import LibraryOptions, LibraryTests
from generator.model.project import Project
from generator.model.surroundings import Surroundings
from generator.pipeline.library_options import kept_test_files
from generator.readers.tests_place import load_tests
from generator.render.library_tests import library_test_files


def check_tests_folder(folder: str) -> None:
    """UsageError for a model behind ``--tests``, which the option took for a folder."""
    if Path(folder).is_file():
        raise UsageError(
            f"--tests {folder}: this is a file",
            hint="name the models first: mlfgen add MODEL --tests; or give the tests' folder as well",
        )


def tests_at(around: Surroundings, form: str, library: str, folder: Path | None) -> LibraryTests:
    """For a library of a form. library: its folder; folder: that was asked for. UsageError for one that is unfit."""
    place = None if folder is None else Path(os.path.relpath(folder.resolve(), around.root)).as_posix()
    tests = load_tests(around, form, place)
    a, b = f"{tests.folder}/", f"{library}/"
    inside = a.startswith(b) or b.startswith(a)
    if tests.folder == ".." or tests.folder.startswith("../") or tests.folder == "." or inside:
        raise UsageError(
            "the tests need their own folder in the firmware, outside of the library's",
            where=tests.folder,
            hint="for example: --tests tests/mlf",
        )
    check_folder(tests.folder, "tests' folder", "--tests tests/mlf")
    return tests


def rendered_tests(project: Project, library: LibraryOptions | None, cache: Path | None) -> dict[str, bytes]:
    """By path as seen from the firmware's folder."""
    if library is None:
        return {}
    return library_test_files(project, library, resources.folder("templates") / "tests", cache)


def with_records(options: dict[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    """The options that ``project.json`` keeps, with the files of the tests; tests without files are not kept."""
    library = options.get("library")
    if not isinstance(library, dict) or "tests" not in library:
        return options
    tests = {**library["tests"], "files": {path: sha256_of(data) for path, data in sorted(files.items())}}
    rest = {name: value for name, value in library.items() if name != "tests"}
    return {**options, "library": {**rest, "tests": tests} if files else rest}


def plan_tests(
    target: Path, root: str, files: Mapping[str, bytes], kept: Mapping[str, Any] | None, *, force: bool
) -> BesideChanges:
    """What makes files the tests of the library in target. root: the firmware, seen from there. kept: its options."""
    place = Path(os.path.normpath(target.resolve() / root))
    return plan_beside(place, files, kept_test_files(kept, target), force=force)
