"""What a request names becomes archives, golden files and a project; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from generator.advice.fit import check_fits
from generator.compose.emulated import emulated_boards, may_be_emulated
from generator.compose.project import compose
from generator.emit.ledger import InputRecord, sha256_of
from generator.errors import DoesNotFitError, Mistakes, UsageError, did_you_mean
from generator.model.kernels import OWN, SMALL
from generator.pipeline.analyses import analyse_archives
from generator.pipeline.boards import find_board_and_notes, load_simulated_boards
from generator.pipeline.models import is_tflite, load_model
from generator.readers.text.names import file_name

if TYPE_CHECKING:
    from generator.model.archive import Archive, ModelLibrary
    from generator.model.board import Board
    from generator.model.golden import Golden
    from generator.model.options import GenerateOptions
    from generator.model.project import Project


class GenerateRequest(Struct, frozen=True):
    """The request for ``generate``.

    models:   archives (files or folders). board: a name or the path of a board file.
    tflite, goldens: model name -> file; the key "" means the only model.
    golden_prefix: of the golden file's outputs; None chooses by the kind of archive.
    output:   the application's folder; None names one after archive, RTOS and board.
    template: folder of a cookiecutter template, or None for the built-in one.
    template_source: what led to it, a folder or an address.
    copies:   of sources that the project keeps a copy of, where in it.
    served:   add what clients of the Project API need, as every host-driven project has it.
    cache:    existing folder for cached data, or None; it does not change any result.
    """

    models: tuple[Path, ...]
    board: str
    options: GenerateOptions
    tflite: Mapping[str, Path] = field(default_factory=dict)
    goldens: Mapping[str, Path] = field(default_factory=dict)
    golden_prefix: str | None = None
    output: Path | None = None
    template: Path | None = None
    template_source: str | None = None
    cache: Path | None = None
    copies: Mapping[Path, str] = field(default_factory=dict)
    served: bool = False
    force: bool = False
    dry_run: bool = False


class _Draft(Struct, frozen=True):
    """A project, whether it fits or not, and what it was made from. short: what the first fence says of it."""

    archives: tuple[Archive, ...]
    inputs: tuple[InputRecord, ...]
    project: Project
    short: DoesNotFitError | None


def compose_request(request: GenerateRequest) -> tuple[Project, tuple[InputRecord, ...]]:
    """Everything up to the project; nothing is written. DoesNotFitError when the memories are too small."""
    project, inputs, _ = compose_named(request)
    return project, inputs


def compose_named(
    request: GenerateRequest,
) -> tuple[Project, tuple[InputRecord, ...], tuple[tuple[str, ...], ...]]:
    """``compose_request``, with the names of the models in each of the request's archives.

    Raises DoesNotFitError when the project does not fit its board.
    """
    draft = _draft(request)
    if draft.short is not None:
        raise draft.short
    names = tuple(tuple(library.name for library in archive.models) for archive in draft.archives)
    return draft.project, draft.inputs, names


def inspect_models(request: GenerateRequest) -> tuple[tuple[Archive, ...], Project, DoesNotFitError | None]:
    """The archives, the project they would make, and what the first fence says when it does not fit."""
    draft = _draft(request)
    return draft.archives, draft.project, draft.short


def _draft(request: GenerateRequest) -> _Draft:
    """With the requested kernels; if these do not fit but smaller ones do, with those and a note."""
    board, notes = find_board_and_notes(request.board)
    draft = _with_notes(_drafted(request, board), notes)
    if draft.short is None or request.options.kernels != OWN or not any(map(is_tflite, request.models)):
        return draft
    smaller = _drafted(replace(request, options=replace(request.options, kernels=SMALL)), board)
    if smaller.short is not None:
        return draft
    note = "weights take one byte each (--kernels small), which is slower: the model does not fit otherwise"
    return _with_notes(smaller, (*notes, note))


def _with_notes(draft: _Draft, notes: tuple[str, ...]) -> _Draft:
    report = draft.project.report
    return replace(
        draft, project=replace(draft.project, report=replace(report, notes=(*report.notes, *notes)))
    )


def _drafted(request: GenerateRequest, board: Board) -> _Draft:
    archives, tflite_inputs = _load_archives(request.models, request.tflite, request.options)
    goldens = _load_goldens(archives, request)
    inputs = (
        *(InputRecord(archive.label, archive.sha256) for archive in archives),
        *tflite_inputs,
        *(InputRecord(golden.label, golden.sha256) for golden in goldens.values()),
    )
    project = _composed(archives, board, request.options, goldens, request.cache)
    try:
        check_fits(project.report, board, request.options)
    except DoesNotFitError as error:
        return _Draft(archives, inputs, project, error)
    return _Draft(archives, inputs, project, None)


def load_archives(
    paths: tuple[Path, ...], tflite: Mapping[str, Path], options: GenerateOptions | None = None
) -> tuple[Archive, ...]:
    """Archives with what their .tflite models add; a .tflite in their place is compiled as options say."""
    return _load_archives(paths, tflite, options)[0]


def _composed(
    archives: tuple[Archive, ...],
    board: Board,
    options: GenerateOptions,
    goldens: Mapping[str, Golden],
    cache: Path | None,
) -> Project:
    analyses = analyse_archives(archives, options, cache)
    project = compose(archives, board, options, goldens, analyses)
    if not may_be_emulated(project):
        return project
    return replace(project, emulated=emulated_boards(project, archives, load_simulated_boards()))


def _by_model(archives: tuple[Archive, ...], files: Mapping[str, Path], flag: str) -> dict[str, Path]:
    """Resolves the key "" to the only model. UsageError when there are several."""
    names = [library.name for archive in archives for library in archive.models]
    resolved: dict[str, Path] = {}
    for key, path in files.items():
        if key == "" and len(names) > 1:
            raise UsageError(
                f"{flag} {path}: it is not clear which of the {len(names)} models this is for",
                hint=f"name the model: {flag} {names[0]}={path.name}",
            )
        name = key or names[0]
        if name not in names:
            raise UsageError(f"{flag} {name}=…: no model is named '{name}'", hint=did_you_mean(name, names))
        resolved[name] = path
    return resolved


def _load_archives(
    paths: tuple[Path, ...], files: Mapping[str, Path], options: GenerateOptions | None
) -> tuple[tuple[Archive, ...], list[InputRecord]]:
    load = load_model
    if options is not None:
        load = partial(
            load_model,
            planner=options.planner,
            kernels=options.kernels,
            effort_percent=options.effort_percent,
        )
    mistakes = Mistakes()
    if not files:
        found = [mistakes.by(load, path) for path in paths]
        mistakes.tell()
        return tuple(filter(None, found)), []
    from generator.readers.tflite import attach_quantization, load_tflite

    read = {path: mistakes.by(load_tflite, path) for path in dict.fromkeys(files.values())}
    # Archives of TVM 0.8 to 0.10 often lack their outputs' types; the model they were made from has them.
    reference = read[files[""]] if len(paths) == 1 and "" in files else None
    found = [mistakes.by(load, path, reference) for path in paths]
    mistakes.tell()
    archives = tuple(filter(None, found))
    loaded = {path: model for path, model in read.items() if model is not None}
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
    return attached, [
        InputRecord(file_name(path), sha256_of(path.read_bytes())) for path in by_model.values()
    ]


def _load_goldens(archives: tuple[Archive, ...], request: GenerateRequest) -> dict[str, Golden]:
    if not request.goldens:
        return {}
    from generator.readers.golden import load_golden

    prefixes = {library.name: _golden_prefixes(library) for archive in archives for library in archive.models}
    by_model = _by_model(archives, request.goldens, "--golden")
    mistakes = Mistakes()
    goldens = {
        name: mistakes.by(
            load_golden, path, *((request.golden_prefix,) if request.golden_prefix else prefixes[name])
        )
        for name, path in by_model.items()
    }
    mistakes.tell()
    return {name: golden for name, golden in goldens.items() if golden is not None}


def _golden_prefixes(library: ModelLibrary) -> tuple[str, ...]:
    """Whose outputs the model's C gives: TVM's, the reference kernels', TensorFlow Lite Micro's."""
    if library.compiled is not None:
        return ("tflm_out", "out")
    return ("out",) if library.cmsis_nn else ("tvm_out",)
