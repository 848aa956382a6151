"""Models for an existing firmware: put into its library, and taken out of it."""

from __future__ import annotations

import logging
import os
import posixpath
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from generator.compose.hooks import check_folder, hooks_of
from generator.emit.changes import Report
from generator.emit.edit import edit_file
from generator.emit.fileset import LEDGER_NAME
from generator.emit.state import load_state
from generator.emit.writer import remove_project
from generator.errors import NameClashError, TargetError, UnknownPoolError, UsageError, did_you_mean
from generator.model.library import LIBRARY, PLATFORMIO, LibraryOptions
from generator.model.surroundings import Hook, Surroundings
from generator.pipeline.generate import GenerateResult, generate
from generator.pipeline.hook_edits import Edit, hook_edits, unhook_edits, warn_of_collected_sources
from generator.pipeline.inputs import GenerateRequest, load_archives
from generator.pipeline.kept_options import load_options, request_of_options
from generator.pipeline.library_copies import with_copies
from generator.pipeline.library_options import source_names, without_models
from generator.pipeline.options import generate_request, option_values
from generator.readers.surroundings import load_surroundings

_LOG = logging.getLogger(__name__)
_FOLDER = "mlf"


@dataclass(frozen=True)
class AddRequest:
    """What ``add`` is asked for.

    models: files or folders; none to make the library's lines and options count again.
    to:     the library's folder, or None for the usual one. form: of LIBRARY_FORMS, or None for what is found.
    target: CMake's name of the firmware, or None for what is found.
    given:  options of the stage ``generate``, of the option table's types; the library keeps the others.
    here:   the folder that the command runs in.
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


@dataclass(frozen=True)
class AddResult:
    """generated: the library. hooks: lines for the firmware's build; edits: of its files, that would put them in."""

    around: Surroundings
    library: LibraryOptions
    target: Path
    generated: GenerateResult
    hooks: tuple[Hook, ...] = ()
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True)
class RemoveResult:
    """left: names of the models that the library still holds; without any it is gone, and edits are what is taken out
    of the firmware's files."""

    target: Path
    report: Report
    removed: tuple[str, ...]
    left: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = field(default=())


def add(request: AddRequest) -> AddResult:
    """Put models into the library of a firmware, which is made where there is none yet.

    Raises MlfgenError; then the library is as it was. The firmware's own files are not touched: see ``apply_edits``.
    """
    around = load_surroundings(request.to.parent if request.to else request.here, request.here)
    form = request.form or around.form
    target = request.to or _usual_folder(around, form, request.here)
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
    library = _library(around, request.form or _kept_form(kept) or form, target)
    wanted = _request(request, around, library, target, kept)
    names = () if kept is None else tuple(name for each in source_names(kept, target) for name in each)
    try:
        generated = generate(wanted)
    except NameClashError as error:
        if error.name not in names:
            raise
        raise _already_there(error.name, target) from None
    overlay = bool(generated.project.overlays)
    hooks = hooks_of(around, library, overlay=overlay, target=request.target)
    warn_of_collected_sources(around, library)
    return AddResult(around, library, target, generated, hooks, hook_edits(around, hooks, library.folder))


def remove(
    names: tuple[str, ...], to: Path | None, here: Path, *, force: bool = False, dry_run: bool = False
) -> RemoveResult:
    """Take models out of a library; with no names, or with all of them, the library itself.

    Raises MlfgenError; then the library is as it was.
    """
    around = load_surroundings(to.parent if to else here, here)
    target = to or _existing_folder(around, here)
    kept = load_options(target)
    if kept is None or kept.get("library") is None:
        raise TargetError(
            "this is not a library of models",
            where=str(target),
            hint="give the folder that `mlfgen add` wrote with --to FOLDER",
        )
    by_source = source_names(kept, target)
    known = tuple(name for each in by_source for name in each)
    _check_names(names, known, by_source, target)
    left = tuple(name for name in known if names and name not in names)
    if left:
        report = _generate_without(kept, target, names, force=force, dry_run=dry_run).report
        return RemoveResult(target, report, names, left)
    edits = unhook_edits(around, _folder_of(around, target))
    report = remove_project(target, force=force, dry_run=dry_run)
    return RemoveResult(target, report, known, (), edits)


def apply_edits(edits: Iterable[Edit]) -> None:
    """Change the firmware's own files as shown. TargetError for one that has changed meanwhile."""
    for edit in edits:
        edit_file(edit.path, edit.before.encode("utf-8", "surrogateescape"), edit.after_bytes)


def _usual_folder(around: Surroundings, form: str, here: Path) -> Path:
    folder = f"lib/{_FOLDER}" if form == PLATFORMIO else _FOLDER
    return Path(os.path.relpath(around.root / folder, here.resolve()))


def _existing_folder(around: Surroundings, here: Path) -> Path:
    places = [_usual_folder(around, form, here) for form in (PLATFORMIO, around.form)]
    return next((place for place in places if (place / LEDGER_NAME).is_file()), places[-1])


def _folder_of(around: Surroundings, target: Path) -> str:
    return posixpath.join(*Path(os.path.relpath(target.resolve(), around.root)).parts)


def _library(around: Surroundings, form: str, target: Path) -> LibraryOptions:
    folder = _folder_of(around, target)
    if folder in (".", "..") or folder.startswith("../"):
        raise UsageError(
            "the library needs a folder of its own inside the firmware",
            where=str(target),
            hint=f"for example: --to {_FOLDER}",
        )
    check_folder(folder)
    return LibraryOptions(form, "/".join([".."] * len(folder.split("/"))), folder)


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
    if kept is None:
        made = _new_request(request, around)
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


def _new_request(request: AddRequest, around: Surroundings) -> GenerateRequest:
    given = {name: value for name, value in request.given.items() if value is not None}
    if "board" not in given:
        raise UsageError(
            "no board is given, and the library has none yet",
            hint="mlfgen add --board BOARD MODEL; `mlfgen boards` lists the boards",
        )
    values = option_values({"rtos": around.rtos, **given})
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
        tflite={**before.tflite, **made.tflite},
        goldens={**before.goldens, **made.goldens},
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
