"""Archive, memory plan, project, files: the first half of the route."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from generator import __version__, resources
from generator.compose.project import compose, draft_project
from generator.compose.report import check_fits
from generator.emit.changes import Report
from generator.emit.fileset import FileSet
from generator.emit.ledger import InputRecord, Ledger, sha256_of
from generator.emit.writer import write_project
from generator.errors import DoesNotFitError, UsageError
from generator.model.archive import Archive
from generator.model.board import Board
from generator.model.golden import Golden
from generator.model.options import GenerateOptions
from generator.model.project import Project
from generator.pipeline.firmware import firmware_json, firmware_of
from generator.pipeline.host_files import archive_paths, host_files
from generator.readers.board import load_board
from generator.readers.fields import did_you_mean
from generator.readers.mlf import load_archive
from generator.render.files import load_runtime, memory_json, render_files


@dataclass(frozen=True)
class GenerateRequest:
    """What ``generate`` is asked for.

    models:   archives (files or folders). board: a name or the path of a board file.
    tflite, goldens: model name -> file; the key "" means the only model.
    golden_prefix: of the golden file's outputs; None chooses by the kind of archive.
    output:   the application's folder; None names one after archive, RTOS and board.
    template: folder of a cookiecutter template, or None for the built-in one.
    served:   put in what clients of the Project API need, as every host-driven project has it.
    template_cache: existing folder for compiled templates, or None to compile them each time.
    """

    models: tuple[Path, ...]
    board: str
    options: GenerateOptions
    tflite: Mapping[str, Path] = field(default_factory=dict)
    goldens: Mapping[str, Path] = field(default_factory=dict)
    golden_prefix: str | None = None
    output: Path | None = None
    template: Path | None = None
    template_cache: Path | None = None
    served: bool = False
    force: bool = False
    dry_run: bool = False


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
        for path, file in host_files(request.models, project.rtos):
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
    report = write_project(target, files, ledger, force=request.force, dry_run=request.dry_run)
    return GenerateResult(project, target, report)


def compose_request(request: GenerateRequest) -> tuple[Project, tuple[InputRecord, ...]]:
    """Everything up to the project; nothing is written."""
    board = find_board(request.board)
    archives, tflite_inputs = _load_archives(request.models, request.tflite)
    inputs = [InputRecord(archive.label, archive.sha256) for archive in archives]
    goldens = _load_goldens(archives, request)
    inputs += tflite_inputs
    inputs += [InputRecord(golden.label, golden.sha256) for golden in goldens.values()]
    return compose(archives, board, request.options, goldens), tuple(inputs)


def load_archives(paths: tuple[Path, ...], tflite: Mapping[str, Path]) -> tuple[Archive, ...]:
    """Archives with what their .tflite models add."""
    return _load_archives(paths, tflite)[0]


def inspect(request: GenerateRequest) -> tuple[tuple[Archive, ...], Project, DoesNotFitError | None]:
    """The archives, the project they would make, and what the first fence says when it does not fit."""
    archives = load_archives(request.models, request.tflite)
    board = find_board(request.board)
    goldens = _load_goldens(archives, request)
    draft = draft_project(archives, board, request.options, goldens)
    try:
        check_fits(draft.report, board, request.options)
    except DoesNotFitError as error:
        return archives, draft, error
    return archives, draft, None


def find_board(name: str) -> Board:
    """A built-in board by name, or a board file by path (anything with a slash or a YAML ending)."""
    if "/" in name or name.endswith((".yaml", ".yml")):
        return load_board(Path(name))
    root = resources.folder("boards")
    path = root / f"{name}.yaml"
    if not path.is_file():
        known = board_names()
        raise UsageError(
            f"no built-in board is called '{name}'",
            hint=f"{did_you_mean(name, known)} Another board: give its file's path",
        )
    return load_board(path)


def board_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in resources.folder("boards").glob("*.yaml")))


def _by_model(archives: tuple[Archive, ...], files: Mapping[str, Path], flag: str) -> dict[str, Path]:
    """Resolves the key "" to the only model. UsageError when there are several."""
    names = [library.name for archive in archives for library in archive.models]
    resolved: dict[str, Path] = {}
    for key, path in files.items():
        if key == "" and len(names) > 1:
            raise UsageError(
                f"{flag} {path}: there are {len(names)} models",
                hint=f"say which: {flag} {names[0]}={path.name}",
            )
        name = key or names[0]
        if name not in names:
            raise UsageError(f"{flag} {name}=…: no model is called '{name}'", hint=did_you_mean(name, names))
        resolved[name] = path
    return resolved


def _load_archives(
    paths: tuple[Path, ...], files: Mapping[str, Path]
) -> tuple[tuple[Archive, ...], list[InputRecord]]:
    if not files:
        return tuple(load_archive(path) for path in paths), []
    from generator.readers.tflite import attach_quantization, load_tflite

    loaded = {path: load_tflite(path) for path in dict.fromkeys(files.values())}
    # Archives of TVM 0.8 to 0.10 often do not tell their outputs' types; the model they were made from does.
    reference = loaded[files[""]] if len(paths) == 1 and "" in files else None
    archives = tuple(load_archive(path, reference) for path in paths)
    by_model = _by_model(archives, files, "--tflite")
    attached = tuple(
        replace(
            archive,
            models=tuple(
                attach_quantization(library, loaded[by_model[library.name]])
                if library.name in by_model
                else library
                for library in archive.models
            ),
        )
        for archive in archives
    )
    return attached, [InputRecord(path.name, sha256_of(path.read_bytes())) for path in by_model.values()]


def _load_goldens(archives: tuple[Archive, ...], request: GenerateRequest) -> dict[str, Golden]:
    if not request.goldens:
        return {}
    from generator.readers.golden import load_golden

    cmsis = {library.name for archive in archives for library in archive.models if library.cmsis_nn}
    by_model = _by_model(archives, request.goldens, "--golden")
    return {
        name: load_golden(path, request.golden_prefix or ("out" if name in cmsis else "tvm_out"))
        for name, path in by_model.items()
    }


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
        "project_type": options.project_type,
        "golden_prefix": request.golden_prefix,
    }
