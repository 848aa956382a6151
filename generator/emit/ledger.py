"""``project.json``: what a project was made from and what was written. The only state a project has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NoReturn, cast

from msgspec import Struct, field

from generator.emit.fileset import LEDGER_NAME
from generator.errors import TargetError
from generator.model.output import FileKind, path_fault

#: Raised when a reader of the former version would misread the file.
FORMAT_VERSION = 1
_KINDS = ("generated", "seeded", "user")
_HINT = f"restore {LEDGER_NAME} from version control, or generate into an empty folder"


class InputRecord(Struct, frozen=True):
    """A file the project was made from. label: without folders; sha256: hex."""

    label: str
    sha256: str


class FileRecord(Struct, frozen=True):
    """A file as the generator last wrote it (the user's: as it would be written), whatever became of it since.

    sha256: hex.
    """

    sha256: str
    origin: str
    kind: FileKind


class Ledger(Struct, frozen=True):
    """A project's state.

    options, plan: JSON values, opaque here.
    files:         by path relative to the project; the ledger itself is not among them.
    """

    generator: str
    version: str
    inputs: tuple[InputRecord, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    plan: Any = None
    files: Mapping[str, FileRecord] = field(default_factory=dict)


def sha256_of(data: bytes) -> str:
    """Hex."""
    return hashlib.sha256(data).hexdigest()


def dump_ledger(ledger: Ledger) -> str:
    """JSON text with a newline at its end; equal ledgers give equal text.

    Raises ValueError or TypeError when options or plan hold something JSON does not know.
    """
    document = {
        "format": FORMAT_VERSION,
        "generator": {"name": ledger.generator, "version": ledger.version},
        "inputs": [{"label": record.label, "sha256": record.sha256} for record in ledger.inputs],
        "options": dict(ledger.options),
        "plan": ledger.plan,
        "files": {
            path: {"sha256": record.sha256, "origin": record.origin, "kind": record.kind}
            for path, record in ledger.files.items()
        },
    }
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def parse_ledger(text: str) -> Ledger:
    """The ledger of a project. Raises TargetError when the text is broken or of a newer format."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TargetError(f"it is not JSON: {error}", where=LEDGER_NAME, hint=_HINT) from error
    if not isinstance(document, dict):
        _broken("its top level is not an object")
    _check_format(document.get("format"))
    generator = _object(document, "generator")
    inputs = document.get("inputs")
    if not isinstance(inputs, list):
        _broken("'inputs' is not a list")
    return Ledger(
        generator=_string(generator, "name", "generator."),
        version=_string(generator, "version", "generator."),
        inputs=tuple(_input(item, index) for index, item in enumerate(inputs)),
        options=_object(document, "options"),
        plan=document.get("plan"),
        files={path: _file(path, item) for path, item in _object(document, "files").items()},
    )


def _check_format(version: object) -> None:
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        _broken("'format' is not a version number; the file may be from another program")
    if version > FORMAT_VERSION:
        raise TargetError(
            f"it has format {version}, but this version of mlfgen reads formats up to {FORMAT_VERSION}",
            where=LEDGER_NAME,
            hint="a newer mlfgen wrote this file: upgrade mlfgen",
        )


def _input(item: object, index: int) -> InputRecord:
    if not isinstance(item, dict):
        _broken(f"'inputs[{index}]' is not an object")
    return InputRecord(
        label=_string(item, "label", f"inputs[{index}]."), sha256=_digest(item, f"inputs[{index}].")
    )


def _file(path: str, item: object) -> FileRecord:
    # Records decide what is removed: a path that leaves the project must not get that far.
    fault = path_fault(path)
    if fault is not None:
        _broken(f"'files' lists {path!r}: {fault}")
    if not isinstance(item, dict):
        _broken(f"'files.{path}' is not an object")
    kind = _string(item, "kind", f"files.{path}.")
    if kind not in _KINDS:
        _broken(f"'files.{path}.kind' is {kind!r}, not one of {', '.join(_KINDS)}")
    return FileRecord(
        sha256=_digest(item, f"files.{path}."),
        origin=_string(item, "origin", f"files.{path}."),
        kind=cast(FileKind, kind),
    )


def _object(parent: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = parent.get(key)
    if not isinstance(value, dict):
        _broken(f"'{key}' is not an object")
    return value


def _string(parent: Mapping[str, Any], key: str, prefix: str) -> str:
    value = parent.get(key)
    if not isinstance(value, str):
        _broken(f"'{prefix}{key}' is not a string")
    return value


def _digest(parent: Mapping[str, Any], prefix: str) -> str:
    value = _string(parent, "sha256", prefix)
    if len(value) != 64 or set(value) - set("0123456789abcdef"):
        _broken(f"'{prefix}sha256' is not a sha256 in lower-case hex")
    return value


def _broken(what: str) -> NoReturn:
    raise TargetError(what, where=LEDGER_NAME, hint=_HINT)
