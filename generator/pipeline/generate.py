"""Archive, memory plan, project, files: the first half of the route."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from generator import __version__, resources
from generator.compose.firmware import firmware_of
from generator.emit.beside import BesideChanges, put_beside
from generator.emit.changes import Report
from generator.emit.fileset import FileSet
from generator.emit.ledger import Ledger
from generator.emit.writer import write_project
from generator.errors import TargetError, UsageError
from generator.model.library import LIBRARY
from generator.model.output import OutputFile
from generator.model.project import Project
from generator.pipeline.host_files import archive_paths, load_copy, load_host_files
from generator.pipeline.inputs import GenerateRequest, compose_named
from generator.pipeline.kept_options import OptionChanges, compare_options, load_options, options_json
from generator.pipeline.library_tests import plan_tests, rendered_tests, with_records
from generator.readers.firmware import firmware_json
from generator.readers.text.names import file_name
from generator.render.files import load_runtime, memory_json, render_files
from generator.toolchain.cache import kept_in


class GenerateResult(Struct, frozen=True):
    """What was generated, or would be.

    options: how they differ from those that the application was generated with before; None for a new one.

    tests: what becomes of a library's tests, by path as seen from the firmware's folder.

    kept: the options that its project.json keeps.
    """

    project: Project
    target: Path
    report: Report
    options: OptionChanges | None = None
    tests: Report = Report()
    kept: Mapping[str, Any] = {}


class PreparedProject(Struct, frozen=True):
    """All that ``generate`` would write to target. options: see GenerateResult. tests: of a library, else None."""

    project: Project
    target: Path
    files: FileSet
    ledger: Ledger
    options: OptionChanges | None
    force: bool
    tests: BesideChanges | None = None

    def check(self) -> GenerateResult:
        """What ``write`` would do. TargetError where it would be refused."""
        return self._written(dry_run=True)

    def write(self) -> GenerateResult:
        """On any exception the target is as it was."""
        return self._written(dry_run=False)

    def _written(self, *, dry_run: bool) -> GenerateResult:
        undo = None if dry_run or self.tests is None else put_beside(self.tests)
        try:
            report = write_project(self.target, self.files, self.ledger, force=self.force, dry_run=dry_run)
        except BaseException:
            if undo is not None:
                put_beside(undo)
            raise
        tests = Report() if self.tests is None else self.tests.report
        return GenerateResult(self.project, self.target, report, self.options, tests, self.ledger.options)


def generate(
    request: GenerateRequest, on_options: Callable[[Path, OptionChanges], None] = lambda target, changes: None
) -> GenerateResult:
    """Archives to an application on disk. Raises MlfgenError; then the target is as it was.

    on_options: called, before anything is written, with what becomes of an existing application's options.
    """
    prepared = prepare(request)
    if prepared.options is not None:
        on_options(prepared.target, prepared.options)
    return prepared.check() if request.dry_run else prepared.write()


def prepare(request: GenerateRequest) -> PreparedProject:
    """Archives to the files of an application; nothing is written. Raises MlfgenError."""
    project, inputs, names = compose_named(request)
    target = request.output or Path(f"{project.slug}-{project.rtos}-{project.board.name}")
    library = request.options.library
    tests = rendered_tests(project, library, kept_in(request.cache, "templates"))
    options = with_records(options_json(request, project.board, target, names), tests)
    files = FileSet()
    kind = LIBRARY if request.options.is_library else project.rtos
    template = request.template or resources.folder("templates") / kind
    archives: tuple[str, ...] = ()
    if request.served or request.options.host_driven:
        archives = archive_paths(request.models)
        for path, file in load_host_files(request.models, project.rtos):
            files.add(path, file)
    for source, place in request.copies.items():
        files.add(place, OutputFile(load_copy(source), "generated", f"source:{file_name(source)}"))
    runtime = load_runtime(resources.folder("templates") / "runtime")
    for path, file in render_files(project, template, runtime, kept_in(request.cache, "templates")):
        files.add(path, file)
    ledger = Ledger(
        generator="mlfgen",
        version=__version__,
        inputs=inputs,
        options=options,
        plan={"memory": memory_json(project), "firmware": firmware_json(firmware_of(project, archives))},
    )
    _keep_out_of_archives(target, request.models)
    before = load_options(target)
    _keep_library(target, before, request)
    changes = None if before is None else compare_options(before, options)
    beside = None if library is None else plan_tests(target, library.root, tests, before, force=request.force)
    return PreparedProject(project, target, files, ledger, changes, request.force, beside)


def _keep_out_of_archives(target: Path, models: Sequence[Path]) -> None:
    """UsageError for a target in an archive's folder: the next generate would read it as part of the archive."""
    for model in models:
        if model.is_dir() and target.resolve().is_relative_to(model.resolve()):
            raise UsageError(
                f"the output folder is inside the archive's folder '{model}'",
                where=str(target),
                hint="choose a folder outside it with --output FOLDER",
            )


def _keep_library(target: Path, before: Mapping[str, Any] | None, request: GenerateRequest) -> None:
    """TargetError for an application in the folder of a library, whose firmware it would break."""
    if before is not None and before.get("library") is not None and not request.options.is_library:
        raise TargetError(
            "this is a library of models that `mlfgen add` wrote, not an application",
            where=str(target),
            hint="choose another folder with --output FOLDER",
        )
