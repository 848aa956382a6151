"""What ``project.json`` records of a library beyond what it records of an application."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from msgspec import ValidationError, convert, to_builtins

from generator.compose.hooks import check_folder
from generator.emit.fileset import LEDGER_NAME
from generator.errors import TargetError, UsageError
from generator.model.library import LIBRARY_FORMS, TEST_MANNERS, LibraryOptions, LibraryTests
from generator.pipeline.inputs import GenerateRequest

#: folder of a library for models, and files of models, that lie outside of its repository
COPIES = "models"


def library_json(library: LibraryOptions, names: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
    """The library's part of ``project.json``.

    names: of the models in each source, in the order of the sources.
    """
    tests = {} if library.tests is None else {"tests": to_builtins(library.tests)}
    return {"as": library.form, "root": library.root, "names": [list(each) for each in names], **tests}


def parse_library(kept: Mapping[str, Any], app: Path) -> LibraryOptions | None:
    """None for an application. TargetError for a record that ``library_json`` does not write."""
    record = kept.get("library")
    if record is None:
        return None
    form, root = (record.get(key) if isinstance(record, Mapping) else None for key in ("as", "root"))
    up = isinstance(root, str) and bool(root) and set(root.split("/")) == {".."}
    if form not in LIBRARY_FORMS or not up:
        _damaged(app)
    assert isinstance(form, str) and isinstance(root, str)
    steps = len(root.split("/"))
    folder = "/".join(app.resolve().parts[-steps:])
    return LibraryOptions(form, root, folder, _parse_tests(record.get("tests"), app))


def _parse_tests(record: object, app: Path) -> LibraryTests | None:
    if record is None:
        return None
    try:
        tests = convert(record, LibraryTests)
        check_folder(tests.folder)
    except (ValidationError, UsageError):
        _damaged(app)
    if tests.manner not in TEST_MANNERS or tests.description not in ("testcase.yaml", "tests.yaml"):
        _damaged(app)
    return tests


def kept_test_files(kept: Mapping[str, Any] | None, app: Path) -> dict[str, str]:
    """SHA-256 of each file of a library's tests as mlfgen wrote it, by path as seen from the firmware's folder."""
    record = (kept or {}).get("library")
    tests = record.get("tests") if isinstance(record, Mapping) else None
    files = tests.get("files", {}) if isinstance(tests, Mapping) else {}
    if not isinstance(files, Mapping):
        _damaged(app)
    start = f"{tests.get('folder')}/" if isinstance(tests, Mapping) else ""
    if not all(path.startswith(start) and isinstance(digest, str) for path, digest in files.items()):
        _damaged(app)
    return dict(files)


def source_names(kept: Mapping[str, Any], app: Path) -> tuple[tuple[str, ...], ...]:
    """The names of the models in each source of a library."""
    record = kept.get("library")
    names = record.get("names") if isinstance(record, Mapping) else None
    models = (kept.get("sources") or {}).get("models")
    if not isinstance(names, list) or not isinstance(models, list) or len(names) != len(models):
        _damaged(app)
    assert isinstance(names, list)
    if not all(isinstance(each, list) and all(isinstance(name, str) for name in each) for each in names):
        _damaged(app)
    return tuple(tuple(each) for each in names)


def without_models(kept: Mapping[str, Any], names: Iterable[str], app: Path) -> dict[str, Any]:
    """The options of a library without the sources that hold only these models."""
    gone = set(names)
    sources = dict(kept.get("sources") or {})
    by_source = source_names(kept, app)
    left = [index for index, each in enumerate(by_source) if not set(each) <= gone]
    sources["models"] = [sources["models"][index] for index in left]
    for kind in ("tflite", "golden"):
        files = sources.get(kind) or {}
        sources[kind] = {name: path for name, path in files.items() if name not in gone}
    library = {**kept["library"], "names": [list(by_source[index]) for index in left]}
    return {**kept, "sources": sources, "library": library}


def copies_in(app: Path, request: GenerateRequest) -> dict[Path, str]:
    """The sources of a request that lie in a library's own folder for them, and where."""
    folder = (app / COPIES).resolve()
    found = {}
    for path in sources_of(request):
        if path.resolve().parent == folder:
            found[path] = posixpath.join(COPIES, path.resolve().name)
    return found


def sources_of(request: GenerateRequest) -> tuple[Path, ...]:
    """Every file or folder that the models of a request are made from, each once."""
    paths = (*request.models, *request.tflite.values(), *request.goldens.values())
    return tuple(dict.fromkeys(paths))


def _damaged(app: Path) -> NoReturn:
    raise TargetError(
        "'options.library' is damaged",
        where=str(app / LEDGER_NAME),
        hint=f"restore {LEDGER_NAME} from version control",
    )
