"""Adding models to the library in an existing firmware."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from generator.compose.hooks import check_target
from generator.emit.state import load_state
from generator.errors import NameClashError, TargetError, UsageError
from generator.model.library import LIBRARY, ZEPHYR_MODULE, LibraryOptions
from generator.model.options import ZEPHYR
from generator.model.surroundings import Hook, Surroundings
from generator.pipeline.generate import GenerateResult, prepare
from generator.pipeline.hook_edits import (
    Edit,
    check_edits,
    hook_edits,
    library_hooks,
    missing_hooks,
    obstacles,
    outdated_lines,
    warn_of_collected_sources,
    warn_of_unknown_target,
)
from generator.pipeline.inputs import GenerateRequest, load_archives
from generator.pipeline.kept_options import load_options, request_of_options
from generator.pipeline.library_copies import with_copies
from generator.pipeline.library_options import parse_library, source_names
from generator.pipeline.library_place import library_at, load_around, usual_folder
from generator.pipeline.library_tests import check_tests_folder, tests_at
from generator.pipeline.options import generate_request, option_values
from generator.pipeline.projects import load_is_project
from generator.render.context_library import has_samples
from generator.toolchain.runner import CommandRunner

_LOG = logging.getLogger(__name__)


class AddRequest(Struct, frozen=True):
    """The request for ``add``.

    models: files or folders; none to make the library's lines and options count again.
    to:     the library's folder, or None for the usual one. form: of LIBRARY_FORMS, or None for what is found.
    target: CMake's name of the firmware, or None for what is found.
    given:  options of the stage ``generate``, of the option table's types; the library keeps the others.
    here:   the folder that the command runs in.
    tests:  put tests of the samples into this folder, with "" into the usual one; None to leave them as they are.
    no_tests: take them out.
    apply:  the lines are going to be put in with ``apply_edits``: refuse before anything is written if that would
            be refused. allow_dirty: also into files with uncommitted changes.
    """

    models: tuple[Path, ...]
    to: Path | None
    form: str | None
    target: str | None
    given: Mapping[str, Any]
    here: Path
    force: bool = False
    dry_run: bool = False
    cache: Path | None = None
    tests: str | None = None
    no_tests: bool = False
    apply: bool = False
    allow_dirty: bool = False


class AddResult(Struct, frozen=True):
    """What ``add`` did, or would do.

    generated: the library. hooks: lines for the firmware's build; missing: those that it does not have yet.

    edits: of the firmware's files, that would put them in. obstacles: why others can't be put in, as sentences.

    outdated: lines that edits would take out, by the name of their file.
    """

    around: Surroundings
    library: LibraryOptions
    target: Path
    generated: GenerateResult
    hooks: tuple[Hook, ...] = ()
    missing: tuple[Hook, ...] = ()
    edits: tuple[Edit, ...] = ()
    obstacles: tuple[str, ...] = ()
    outdated: Mapping[str, tuple[str, ...]] = {}


def add(request: AddRequest, *, runner: CommandRunner, env: Mapping[str, str]) -> AddResult:
    """Put models into the library of a firmware, which is made where there is none yet.

    Raises MlfgenError; then the library is as it was. The firmware's own files are not touched: see ``apply_edits``.
    """
    if request.target is not None:
        check_target(request.target)
    if request.tests:
        check_tests_folder(request.tests)
    around = load_around(request.to, request.here)
    if load_is_project(around.root):
        raise TargetError(
            "mlfgen generated this whole folder, so it is not a firmware that a library can be added to",
            where=str(around.root),
            hint="name all models of an application: mlfgen update APP MODEL…; `mlfgen add` is for the folder of the "
            "firmware around a library",
        )
    form = request.form or around.form
    target = request.to or usual_folder(around, form, request.here)
    kept = load_options(target)
    if kept is None:
        _check_free(target)
        if not request.models:
            raise UsageError(
                "no model is given, and there is no library yet", where=str(target), hint="mlfgen add MODEL"
            )
    elif kept.get("library") is None:
        raise TargetError(
            "this is an application, not a library of models",
            where=str(target),
            hint=f"mlfgen update {shlex.quote(str(target))}, or choose another folder with --to FOLDER",
        )
    library = _with_tests(
        request, around, library_at(around, request.form or _kept_form(kept) or form, target), kept
    )
    wanted = _request(request, around, library, target, kept)
    names = () if kept is None else tuple(name for each in source_names(kept, target) for name in each)
    try:
        prepared = prepare(wanted)
    except NameClashError as error:
        if error.name not in names:
            raise
        raise _already_there(error.name, target) from None
    if request.tests is not None and not has_samples(prepared.project):
        raise UsageError(
            "no recorded inputs and outputs are given, so there is nothing to test",
            where=str(target),
            hint="mlfgen add --tests --golden [MODEL=]FILE.npz; `mlfgen verify` compares without a recording",
        )
    warn_of_collected_sources(around, library)
    warn_of_unknown_target(around, library, request.target)
    hooks = library_hooks(around, library, prepared.project, request.target)
    edits = hook_edits(around, hooks, library.folder)
    if request.apply:
        check_edits(around, edits, library.folder, runner, env, allow_dirty=request.allow_dirty)
    generated = prepared.check() if request.dry_run else prepared.write()
    missing = missing_hooks(around, hooks)
    return AddResult(
        around,
        library,
        target,
        generated,
        hooks,
        missing,
        edits,
        obstacles(around, hooks, library.folder),
        outdated_lines(edits, library.folder),
    )


def _with_tests(
    request: AddRequest, around: Surroundings, library: LibraryOptions, kept: Mapping[str, Any] | None
) -> LibraryOptions:
    if request.tests is not None:
        folder = Path(request.tests) if request.tests else None
        return replace(library, tests=tests_at(around, library.form, library.folder, folder))
    before = None if kept is None else parse_library(kept, around.root / library.folder)
    return replace(library, tests=None if request.no_tests or before is None else before.tests)


def _kept_form(kept: Mapping[str, Any] | None) -> str | None:
    record = (kept or {}).get("library")
    form = record.get("as") if isinstance(record, Mapping) else None
    return form if isinstance(form, str) else None


def _check_free(target: Path) -> None:
    """TargetError for a folder that is there and not empty: what is in it is the firmware's."""
    state = load_state(target, ())
    if state.strays:
        raise TargetError(
            f"this folder exists and was not written by mlfgen: it has {', '.join(map(repr, state.strays))}",
            where=str(target),
            hint="choose another folder for the library with --to FOLDER",
        )


def _request(
    request: AddRequest,
    around: Surroundings,
    library: LibraryOptions,
    target: Path,
    kept: Mapping[str, Any] | None,
) -> GenerateRequest:
    rtos = ZEPHYR if library.form == ZEPHYR_MODULE else around.rtos
    if kept is None:
        made = _new_request(request, rtos)
        new = made.models
    else:
        made = _longer_request(request, target, kept)
        new = tuple(
            path for path in request.models if path.resolve() not in {m.resolve() for m in made.models}
        )
        made = replace(made, models=(*made.models, *new))
    made = replace(
        made,
        options=replace(made.options, project_type=LIBRARY, library=library),
        output=target,
        force=request.force,
        dry_run=request.dry_run,
        cache=request.cache,
    )
    return with_copies(made, around.repository, target)


def _new_request(request: AddRequest, rtos: str) -> GenerateRequest:
    given = {name: value for name, value in request.given.items() if value is not None}
    if "board" not in given:
        raise UsageError(
            "no board is given, and the library has none yet",
            hint="mlfgen add --board BOARD MODEL; `mlfgen boards` lists the boards",
        )
    values = option_values({"rtos": rtos, **given})
    return generate_request([str(model) for model in request.models], values)


def _longer_request(request: AddRequest, target: Path, kept: Mapping[str, Any]) -> GenerateRequest:
    """The library's, with what is given put to what it has."""
    given = {name: value for name, value in request.given.items() if value is not None}
    before = request_of_options(target, kept, (), {})
    if len(request.models) == 1:
        given |= _named_files(given, request.models[0], before)
    made = request_of_options(target, kept, (), given)
    options = replace(
        made.options,
        rtos=given.get("rtos", made.options.rtos),
        pools={**before.options.pools, **made.options.pools},
        reserved_bytes={**before.options.reserved_bytes, **made.options.reserved_bytes},
    )
    return replace(
        made,
        options=options,
        # In the order in which the record gives them back.
        tflite=dict(sorted({**before.tflite, **made.tflite}.items())),
        goldens=dict(sorted({**before.goldens, **made.goldens}.items())),
        copies={**before.copies, **made.copies},
    )


def _named_files(given: Mapping[str, Any], model: Path, before: GenerateRequest) -> dict[str, list[str]]:
    """Files that are given for the one new model, with its name, which only the first model needs not have."""
    found = {}
    for option in ("tflite", "golden"):
        files = list(given.get(option, ()))
        unnamed = [index for index, text in enumerate(files) if "=" not in text]
        if unnamed:
            loaded = load_archives((model,), {}, before.options)
            names = [library.name for library in loaded[0].models]
            for index in unnamed if len(names) == 1 else ():
                files[index] = f"{names[0]}={files[index]}"
            found[option] = files
    return found


def _already_there(name: str, target: Path) -> UsageError:
    return UsageError(
        f"the library has a model '{name}' already",
        where=str(target),
        hint=f"to replace it, first run: mlfgen remove {shlex.quote(name)} --to {shlex.quote(str(target))}; "
        "if the same file has changed, run: mlfgen update",
    )
