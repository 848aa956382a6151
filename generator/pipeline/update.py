"""All applications and libraries of a repository, generated again: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from generator.errors import MlfgenError
from generator.pipeline.generate import GenerateResult, PreparedProject, prepare
from generator.pipeline.inputs import GenerateRequest


class UpdateResult(Struct, frozen=True):
    """What became of each folder.

    results, errors: by folder, in order; what is in neither was not reached, because writing failed before it.

    written: folders that are now as the result says. With an error of another folder, or in a dry run, a result
    says what would be done.
    """

    results: Mapping[Path, GenerateResult]
    errors: Mapping[Path, MlfgenError]
    written: tuple[Path, ...]


def update_all(
    projects: Sequence[Path], request_of: Callable[[Path], GenerateRequest], *, dry_run: bool = False
) -> UpdateResult:
    """Generate all of projects again; nothing is written unless all can be, and none has edits that would be lost."""
    prepared: dict[Path, PreparedProject] = {}
    results: dict[Path, GenerateResult] = {}
    errors: dict[Path, MlfgenError] = {}
    for project in projects:
        try:
            prepared[project] = prepare(request_of(project))
            results[project] = prepared[project].check()
        except MlfgenError as error:
            errors[project] = error
    if errors or dry_run:
        return UpdateResult(results, errors, ())
    results.clear()
    for project in projects:
        try:
            results[project] = prepared[project].write()
        except MlfgenError as error:
            errors[project] = error
            break
    return UpdateResult(results, errors, tuple(results))
