"""Archive, memory plan, project, files: the first half of the route."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator import __version__, resources
from generator.compose.firmware import firmware_of
from generator.emit.changes import Report
from generator.emit.fileset import FileSet
from generator.emit.ledger import Ledger
from generator.emit.writer import write_project
from generator.errors import UsageError
from generator.model.board import Board
from generator.model.project import Project
from generator.pipeline.host_files import archive_paths, load_host_files
from generator.pipeline.inputs import GenerateRequest, compose_request
from generator.readers.firmware import firmware_json
from generator.render.files import load_runtime, memory_json, render_files


@dataclass(frozen=True)
class GenerateResult:
    project: Project
    target: Path
    report: Report


def generate(request: GenerateRequest) -> GenerateResult:
    """Archives to an application on disk. Raises MlfgenError; then the target is as it was."""
    project, inputs = compose_request(request)
    files = FileSet()
    template = request.template or resources.folder("templates") / project.rtos
    archives: tuple[str, ...] = ()
    if request.served or request.options.host_driven:
        archives = archive_paths(request.models)
        for path, file in load_host_files(request.models, project.rtos):
            files.add(path, file)
    runtime = load_runtime(resources.folder("templates") / "runtime")
    for path, file in render_files(project, template, runtime, request.template_cache):
        files.add(path, file)
    ledger = Ledger(
        generator="mlfgen",
        version=__version__,
        inputs=inputs,
        options=options_json(request, project.board),
        plan={"memory": memory_json(project), "firmware": firmware_json(firmware_of(project, archives))},
    )
    target = request.output or Path(f"{project.slug}-{project.rtos}-{project.board.name}")
    _keep_out_of_archives(target, request.models)
    report = write_project(target, files, ledger, force=request.force, dry_run=request.dry_run)
    return GenerateResult(project, target, report)


def _keep_out_of_archives(target: Path, models: Sequence[Path]) -> None:
    """UsageError for a target in an archive's folder: the next generate would read it as part of the archive."""
    for model in models:
        if model.is_dir() and target.resolve().is_relative_to(model.resolve()):
            raise UsageError(
                f"the application would lie in the archive's folder '{model}'",
                where=str(target),
                hint="choose a folder beside it: --output FOLDER",
            )


def options_json(request: GenerateRequest, board: Board) -> dict[str, Any]:
    """What ``project.json`` keeps of the options: enough to say how the project was made, and no path."""
    options = request.options
    return {
        "rtos": options.rtos,
        "board": board.name,
        "pools": dict(sorted(options.pools.items())),
        "reserved_bytes": dict(sorted(options.reserved_bytes.items())),
        "share_workspace": options.share_workspace,
        "stack_bytes": options.stack_bytes,
        "planner": options.planner,
        "effort": options.effort_percent,
        "kernels": options.kernels,
        "project_type": options.project_type,
        "golden_prefix": request.golden_prefix,
    }
