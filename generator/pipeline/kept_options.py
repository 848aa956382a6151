"""The options that ``project.json`` records of an application, and requests made from them.

Paths are kept relative to the application, with slashes. One that leads through the root of the file system would
say where a computer keeps its files, so it is left out: it has to be named again.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from generator.emit.fileset import LEDGER_NAME
from generator.emit.ledger import parse_ledger
from generator.emit.plain_file import load_plain
from generator.emit.writer import recover
from generator.errors import Mistakes, TargetError, UsageError
from generator.model.board import Board
from generator.model.host_driven import STANDALONE
from generator.model.ides import ALL_IDES, DEFAULT_IDES, IDES, NO_IDE
from generator.model.kernels import OWN
from generator.model.options import DEFAULT_EFFORT_PERCENT, DEFAULT_STACK_BYTES, GenerateOptions
from generator.pipeline.board_names import is_board_file
from generator.pipeline.host_files import archive_paths
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.library_options import copies_in, library_json, parse_library
from generator.pipeline.options import generate_request, option_values
from generator.readers.text.mapping import MappingReader

_MOST = 1 << 32
#: option -> field of GenerateOptions, and of GenerateRequest, that it sets
_OF_OPTIONS = {
    "project_type": ("project_type",),
    "pool": ("pools",),
    "reserve": ("reserved_bytes",),
    "pools_file": ("pools", "reserved_bytes"),
    "share_workspace": ("share_workspace",),
    "stack_bytes": ("stack_bytes",),
    "planner": ("planner",),
    "effort": ("effort_percent",),
    "kernels": ("kernels",),
    "ide": ("ides",),
}
_OF_REQUEST = {"tflite": "tflite", "golden": "goldens", "golden_prefix": "golden_prefix"}


class OptionChanges(Struct, frozen=True):
    """Options of an application, as the command line writes them, before and after it is generated again."""

    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    added: tuple[str, ...]


def options_json(
    request: GenerateRequest, board: Board, target: Path, names: tuple[tuple[str, ...], ...] = ()
) -> dict[str, Any]:
    """The options of a request as JSON values, for ``project.json``.

    target: the application's folder. names: of the models in each archive, which a library keeps as well.
    """
    options = request.options

    def kept(path: Path) -> str | None:
        return _kept_path(target / request.copies[path] if path in request.copies else path, target)

    # A library may get a second model, so that the only one of today has to be named.
    only = names[0][0] if options.library is not None and sum(map(len, names)) == 1 else ""
    of_library = {} if options.library is None else {"library": library_json(options.library, names)}
    return {
        **of_library,
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
        "ide": list(options.ides),
        "golden_prefix": request.golden_prefix,
        "served": request.served,
        "sources": {
            "board": _kept_path(Path(request.board), target)
            if is_board_file(request.board)
            else request.board,
            # A client's archive is a passing file, and its copy in the project is kept.
            "models": list(archive_paths(request.models))
            if request.served
            else [kept(path) for path in request.models],
            "tflite": {name or only: kept(path) for name, path in sorted(request.tflite.items())},
            "golden": {name or only: kept(path) for name, path in sorted(request.goldens.items())},
            "template": _template_json(request.template_source, target),
        },
    }


def _template_json(source: str | None, target: Path) -> dict[str, str | None] | None:
    if source is None:
        return None
    if Path(source).is_dir():
        return {"folder": _kept_path(Path(source), target)}
    return {"address": source}


def _kept_path(path: Path, target: Path) -> str | None:
    file, folder = path.resolve(), target.resolve()
    try:
        shared = Path(os.path.commonpath([file, folder]))
    except ValueError:  # on different drives
        return None
    if shared.parent == shared:
        return None
    kept = PurePosixPath(*Path(os.path.relpath(file, folder)).parts).as_posix()
    # JSON can't represent bytes that are not UTF-8 text, and control characters must not reach a terminal.
    return kept if kept.isprintable() else None


def load_options(app: Path) -> dict[str, Any] | None:
    """The options that an application was generated with; None where there is no application.

    Raises TargetError if ``project.json`` can't be read or was damaged. Undoes first what a killed generate left
    half-written.
    """
    recover(app)
    path = app / LEDGER_NAME
    try:
        text = load_plain(path).decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise TargetError(f"can't be read: {error}", where=str(path)) from None
    return dict(parse_ledger(text).options)


def updated_request(
    app: Path,
    models: tuple[str, ...],
    given: Mapping[str, Any],
    *,
    force: bool = False,
    dry_run: bool = False,
) -> GenerateRequest:
    """The request that made an application, with other models where some are named and other options where given.

    given: options of the stage ``generate``, of the option table's types. Raises TargetError for what is no
    application, UsageError for a source that is not kept.
    """
    kept = load_options(app)
    if kept is None:
        raise TargetError(
            f"not a generated application: no {LEDGER_NAME}",
            where=str(app),
            hint="mlfgen generate --rtos RTOS --board BOARD MODEL -o " + shlex.quote(str(app)),
        )
    if models and kept.get("library") is not None:
        raise UsageError(
            "the models of a library are named one by one",
            where=str(app),
            hint=f"to put one in or take one out: mlfgen add or mlfgen remove, with --to {shlex.quote(str(app))}",
        )
    request = request_of_options(app, kept, models, given)
    return replace(request, force=force, dry_run=dry_run)


def request_of_options(
    app: Path, kept: Mapping[str, Any], models: tuple[str, ...], given: Mapping[str, Any]
) -> GenerateRequest:
    """``updated_request`` for options that have been loaded."""
    made = _parse(app, kept, models, given)
    asked = generate_request(
        [str(model) for model in made.models],
        option_values({"rtos": made.options.rtos, "board": made.board, **given}),
    )
    options = {
        field: getattr(asked.options, field)
        for name, names in _OF_OPTIONS.items()
        if name in given
        for field in names
    }
    others = {field: getattr(asked, field) for name, field in _OF_REQUEST.items() if name in given}
    request = replace(made, options=replace(made.options, **options), output=app, **others)
    return replace(request, copies=copies_in(app, request)) if request.options.is_library else request


def _parse(
    app: Path, kept: Mapping[str, Any], models: tuple[str, ...], given: Mapping[str, Any]
) -> GenerateRequest:
    reader = MappingReader(kept, error=TargetError, where=LEDGER_NAME, path="options")
    sources = reader.raw("sources")
    if not isinstance(sources, Mapping):
        raise TargetError(
            "does not record what the application was generated from",
            where=str(app / LEDGER_NAME),
            hint="it was written by an older version: generate the application once more with all its options",
        )
    pools, reserved = kept.get("pools"), kept.get("reserved_bytes")
    options = GenerateOptions(
        rtos=reader.text("rtos"),
        pools=_mapping(pools, str, "pools"),
        reserved_bytes=_mapping(reserved, int, "reserved_bytes"),
        share_workspace=reader.flag("share_workspace"),
        stack_bytes=reader.number("stack_bytes", low=0, high=_MOST),
        planner=reader.text("planner"),
        effort_percent=reader.number("effort", low=0, high=_MOST),
        kernels=reader.text("kernels"),
        project_type=reader.text("project_type"),
        library=parse_library(kept, app),
        ides=_ides(kept),
    )
    take_out = f"restore it, or remove its models: mlfgen remove NAME --to {shlex.quote(str(app))}"
    hint = None if kept.get("library") is None else take_out
    mistakes = Mistakes()
    named = models or [
        mistakes.by(_found, app, path, "model", "MODEL", hint) for path in sources.get("models") or [None]
    ]
    board = given["board"] if "board" in given else mistakes.by(_board, app, kept, sources)
    tflite = {} if "tflite" in given else mistakes.by(_files, app, sources, "tflite")
    goldens = {} if "golden" in given else mistakes.by(_files, app, sources, "golden")
    template = given["template"] if "template" in given else mistakes.by(_template, app, sources)
    mistakes.tell()
    prefix = kept.get("golden_prefix")
    return GenerateRequest(
        models=tuple(Path(model) for model in named if model is not None),
        board=board or "",
        options=options,
        tflite=tflite or {},
        goldens=goldens or {},
        golden_prefix=prefix if isinstance(prefix, str) else None,
        template_source=template,
        served=kept.get("served") is True,
    )


def _ides(kept: Mapping[str, Any]) -> tuple[str, ...]:
    names = kept.get("ide", list(DEFAULT_IDES))  # older versions had no choice
    if not isinstance(names, list) or not all(name in (*IDES, ALL_IDES) for name in names):
        raise TargetError(
            "'options.ide' is damaged", where=LEDGER_NAME, hint="generate the application again"
        )
    return tuple(names)


def _mapping(value: object, kind: type, name: str) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(type(entry) is kind for entry in value.values()):
        raise TargetError(
            f"'options.{name}' is damaged", where=LEDGER_NAME, hint="generate the application again"
        )
    return dict(value)


def _board(app: Path, kept: Mapping[str, Any], sources: Mapping[str, Any]) -> str:
    board = sources.get("board")
    if isinstance(board, str) and not is_board_file(board):
        return board
    # A path keeps its slash, which distinguishes it from the name of a built-in board.
    return f"./{_found(app, board, 'board file', '--board FILE')}"


def _files(app: Path, sources: Mapping[str, Any], name: str) -> dict[str, Path]:
    kept = sources.get(name)
    if not isinstance(kept, Mapping):
        return {}
    mistakes = Mistakes()
    found = {
        model: mistakes.by(_found, app, path, f"{name} file", f"--{name} FILE")
        for model, path in kept.items()
    }
    mistakes.tell()
    return {model: Path(path) for model, path in found.items() if path is not None}


def _template(app: Path, sources: Mapping[str, Any]) -> str | None:
    template = sources.get("template")
    if not isinstance(template, Mapping):
        return None
    address = template.get("address")
    if isinstance(address, str):
        return address
    return _found(app, template.get("folder"), "template", "--template FOLDER")


def _found(app: Path, path: object, what: str, how: str, hint: str | None = None) -> str:
    """A recorded path, relative to the working folder. UsageError if it was not recorded or does not exist."""
    again = hint or f"give its path: mlfgen update {shlex.quote(str(app))} {how}"
    if not isinstance(path, str):
        raise UsageError(
            f"{LEDGER_NAME} does not record where the {what} is: it shares no parent folder with the application",
            where=str(app),
            hint=again,
        )
    file = Path(os.path.normpath(app / path))
    if not file.exists():
        raise UsageError(f"the {what} no longer exists", where=str(file), hint=again)
    return str(file)


def compare_options(before: Mapping[str, Any], after: Mapping[str, Any]) -> OptionChanges:
    """Both as ``options_json`` makes them; options at their defaults count as not given."""
    old, new = option_texts(before), option_texts(after)
    return OptionChanges(
        tuple(text for text in old if text in new),
        tuple(text for text in old if text not in new),
        tuple(text for text in new if text not in old),
    )


def option_texts(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Kept options as the command line writes them."""
    texts = [f"--rtos {options.get('rtos')}", f"--board {options.get('board')}"]
    texts += [f"--pool {name}={pool}" for name, pool in (options.get("pools") or {}).items()]
    texts += [f"--reserve {name}={size}" for name, size in (options.get("reserved_bytes") or {}).items()]
    sources = options.get("sources") or {}
    for flag in ("tflite", "golden"):
        for name, path in (sources.get(flag) or {}).items():
            texts.append(f"--{flag} {f'{name}=' if name else ''}{path or 'FILE'}")
    for name, usual in (
        ("golden_prefix", None),
        ("share_workspace", False),
        ("stack_bytes", DEFAULT_STACK_BYTES),
        ("planner", "portfolio"),
        ("effort", DEFAULT_EFFORT_PERCENT),
        ("kernels", OWN),
        ("project_type", STANDALONE),
    ):
        value = options.get(name, usual)
        if value != usual:
            flag = "--" + name.replace("_", "-")
            texts.append(flag if value is True else f"{flag} {value}")
    ides = tuple(options.get("ide", DEFAULT_IDES))
    if ides != DEFAULT_IDES:
        texts.append(f"--ide {','.join(ides) or NO_IDE}")
    template = sources.get("template")
    if isinstance(template, Mapping):
        texts.append(f"--template {template.get('address') or template.get('folder') or 'FOLDER'}")
    return tuple(texts)
