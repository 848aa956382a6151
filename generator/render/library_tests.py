"""Tests of a library's samples, in the manner of the repository that they are put into."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any

from generator.model.library import CMAKE, CTEST, LibraryOptions
from generator.model.project import Project
from generator.render.context import project_context
from generator.render.context_library import has_samples, own_sources
from generator.render.tree import render_tree

#: the name that the template gives to Twister's file
_DESCRIPTION = "testcase.yaml"


def library_test_files(
    project: Project, library: LibraryOptions, template: Path, cache: Path | None = None
) -> dict[str, bytes]:
    """By path as seen from the firmware's folder; none for a library without recorded samples."""
    tests = library.tests
    if tests is None or not has_samples(project):
        return {}
    context = {**project_context(project), "tests": _context(project, library)}
    start = f"{tests.manner}/"
    found = {}
    for path, data in render_tree(template, context, cache).items():
        if path.startswith(start):
            name = path.removeprefix(start)
            name = tests.description if name == _DESCRIPTION else name
            found[posixpath.join(tests.folder, name)] = data
    return found


def _context(project: Project, library: LibraryOptions) -> dict[str, Any]:
    """Plain JSON values; paths as seen from the tests' folder."""
    tests = library.tests
    assert tests is not None
    seen = posixpath.relpath(library.folder, tests.folder)
    zephyr = project.board.zephyr
    # Only the form for CMake has a list of its own around that of the models.
    whole = tests.manner == CTEST and library.form == CMAKE
    sources = (*own_sources(project), *(source for model in project.models for source in model.sources))
    return {
        "library": seen,
        "cmake_folder": seen if whole else f"{seen}/model",
        "needs_math": not whole,
        "is_named": not tests.via_module,
        "has_overlay": bool(project.overlays) and not tests.via_module,
        "platform": "" if zephyr is None else zephyr.target,
        "source_names": sorted(posixpath.basename(source) for source in sources),
        "stack_bytes": str(project.stack_bytes),
    }
