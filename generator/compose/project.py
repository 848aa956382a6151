"""Archives, board and options become a ``Project``. Pure: the same inputs give the same project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from generator.compose.board_pools import check_rtos
from generator.compose.constants import place_constants
from generator.compose.ides import project_ides
from generator.compose.library import compose_library
from generator.compose.model import compose_model
from generator.compose.names import model_ident, slug
from generator.compose.option_checks import check_region, check_stack
from generator.compose.placement import place_workspace
from generator.compose.platforms import Needs, platform_parts
from generator.compose.pools import PoolMap, io_buffers, share_workspace, static_buffer, workspace_buffers
from generator.compose.project_type import project_type
from generator.compose.report import memory_report
from generator.compose.samples import golden_samples, ramp_sample
from generator.compose.symbols import check_symbols
from generator.compose.workspace import Workspace, overwrite_notes, workspace_notes
from generator.errors import BoardError, NameClashError, UsageError
from generator.model.project import PoolBuffer, Project, SampleSet
from generator.planner.api import BUILT_IN, find_planner
from generator.wording import counted

if TYPE_CHECKING:
    from generator.model.archive import Archive, ModelLibrary
    from generator.model.board import Board
    from generator.model.golden import Golden
    from generator.model.liveness import Analysis
    from generator.model.options import GenerateOptions


def compose(
    archives: tuple[Archive, ...],
    board: Board,
    options: GenerateOptions,
    goldens: Mapping[str, Golden],
    analyses: Mapping[str, Analysis],
) -> Project:
    """The project, whether it fits its board or not.

    goldens: model name -> its recorded runs. analyses: model name -> what its C shows.

    Raises UsageError for options that do not fit the archives, BoardError for what the board can't do,
    PlanError from the planner.
    """
    libraries = tuple(library for archive in archives for library in archive.models)
    _check_names(archives)
    _check_board(libraries, board, options)
    kind = project_type(options, analyses)
    kind.check_board(board, options)
    _check_goldens(libraries, goldens)

    places = PoolMap(board, options)
    workspaces: dict[str, Workspace] = {}
    own: dict[str, list[PoolBuffer]] = {}
    running = tuple(library for library in libraries if options.on_device(library))
    for library in running:
        ident = model_ident(library.name)
        own[library.name] = [
            *workspace_buffers(library, ident, places),
            *io_buffers(library, ident, places),
        ]
    # Last, because what is planned here takes the memory that the others leave.
    for library in running:
        taken = [buffer for group in own.values() for buffer in group]
        workspace, arrays = place_workspace(library, analyses[library.name], places, options, taken)
        if workspace is not None:
            workspaces[library.name] = workspace
            own[library.name][:0] = [
                static_buffer(
                    f"{model_ident(library.name)}_{name}",
                    name,
                    "workspace",
                    size,
                    arrays[name],
                    options.rtos,
                    models=(library.name,),
                )
                for name, size in workspace.arrays
            ]
    buffers = [buffer for library in running for buffer in own[library.name]]
    buffers += kind.session_buffers(libraries, places)
    constants = place_constants(running, places)
    places.check_all_used(buffers, constants)

    renamed: dict[str, str] = {}
    all_buffers = tuple(buffers)
    if options.share_workspace:
        all_buffers, renamed = share_workspace(all_buffers)
    samples: list[SampleSet] = []
    for library in libraries:
        if library.name in goldens:
            samples += golden_samples(library, goldens[library.name])
        elif not options.is_library:
            samples.append(ramp_sample(library))

    uses_float = any(library.uses_float for library in libraries)
    notes = _notes(libraries, workspaces, analyses, board, places)
    built_in = kind.built_in(tuple(samples))
    server = kind.server_bytes(libraries)
    report = memory_report(
        libraries, workspaces, all_buffers, constants, built_in, board, options, notes, server
    )
    spare = kind.spare_buffers(all_buffers, report, places)
    if spare:
        all_buffers += spare
        report = memory_report(
            libraries, workspaces, all_buffers, constants, built_in, board, options, notes, server
        )
    models = tuple(
        compose_model(
            archive,
            library,
            all_buffers,
            renamed,
            workspaces.get(library.name),
            on_device=options.on_device(library),
        )
        for archive in archives
        for library in archive.models
    )
    check_symbols(models, all_buffers)
    uses_cmsis_nn = any(library.cmsis_nn for library in libraries)
    parts = platform_parts(board, options, Needs(all_buffers, constants, uses_float, uses_cmsis_nn))
    return Project(
        slug=slug(archives[0].label),
        rtos=options.rtos,
        board=board,
        models=models,
        buffers=all_buffers,
        samples=tuple(samples),
        settings=parts.settings,
        overlays=parts.overlays,
        stack_bytes=options.stack_bytes,
        uses_float=uses_float,
        report=report,
        plans=tuple((name, each.plan) for name, each in workspaces.items() if each.plan is not None),
        timelines=tuple((n, each.liveness) for n, each in workspaces.items() if each.liveness is not None),
        placed=tuple((name, each.placed) for name, each in analyses.items() if each.placed is not None),
        files=_codegen_files(archives),
        zephyr=parts.zephyr,
        port=parts.port,
        freertos=parts.freertos,
        host=kind.host(libraries, all_buffers),
        ides=project_ides(board, options),
        library=compose_library(board, options),
        constants=constants,
    )


def _check_names(archives: tuple[Archive, ...]) -> None:
    seen: dict[str, str] = {}
    for archive in archives:
        for library in archive.models:
            if library.name in seen or library.c_prefix in seen:
                other = seen.get(library.name, seen.get(library.c_prefix))
                raise NameClashError(
                    f"two models are named '{library.name}' ({other} and {archive.label}); "
                    "their C symbols would collide",
                    name=library.name,
                    hint="compile one of them with another mod_name (tvmc: --module-name)",
                )
            seen[library.name] = seen[library.c_prefix] = archive.label


def _check_board(libraries: tuple[ModelLibrary, ...], board: Board, options: GenerateOptions) -> None:
    check_rtos(board, options.rtos)
    if options.planner not in BUILT_IN:
        find_planner(options.planner)
    check_stack(options.stack_bytes)
    for region in options.reserved_bytes:
        check_region(board, region)
    for library in libraries:
        if "dsp" in library.instructions and not board.core.dsp:
            raise BoardError(
                f"model '{library.name}' uses Arm DSP instructions, which {board.core.cpu} does not have",
                where=board.name,
                hint="compile it for this core (TVM target c -mcpu=…), or choose a Cortex-M4, M7 or M33 board",
            )


def _check_goldens(libraries: tuple[ModelLibrary, ...], goldens: Mapping[str, Golden]) -> None:
    names = tuple(library.name for library in libraries)
    for name in goldens:
        if name not in names:
            raise UsageError(
                f"--golden {name}=…: no model is named '{name}'", hint="models: " + ", ".join(names)
            )


def _notes(
    libraries: tuple[ModelLibrary, ...],
    workspaces: Mapping[str, Workspace],
    analyses: Mapping[str, Analysis],
    board: Board,
    places: PoolMap,
) -> tuple[str, ...]:
    notes = list(places.notes)
    for library in libraries:
        if library.name in workspaces:
            notes += workspace_notes(library, workspaces[library.name])
        notes += overwrite_notes(library, analyses[library.name])
        digits = {t.quantization.digits for t in (*library.inputs, *library.outputs) if t.quantization} - {
            None
        }
        if digits:
            notes.append(
                f"model '{library.name}': the scales have {min(filter(None, digits))} digits, from the archive's "
                "Relay text; --tflite takes them exactly from the model"
            )
        if library.uses_float and board.core.fpu == "none":
            notes.append(
                f"model '{library.name}' computes in floats, but {board.core.cpu} has no FPU: in software"
            )
        for pool in library.internal_pools:
            if not pool.constant:
                notes.append(
                    f"model '{library.name}' declares its workspace in its own C ({pool.symbol}, "
                    f"{counted(pool.size_bytes, 'byte')}): it can't be placed elsewhere"
                )
    return tuple(notes)


def _codegen_files(archives: tuple[Archive, ...]) -> tuple[tuple[str, bytes, str], ...]:
    return tuple(
        (f"model/codegen/{source.path}", source.data, f"{archive.label}:codegen/host/{source.path}")
        for archive in archives
        for library in archive.models
        for source in library.sources
    )
