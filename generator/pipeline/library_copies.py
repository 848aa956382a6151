"""Sources of a library that lie outside of the firmware's repository: it keeps copies, so that a clone is whole."""

from __future__ import annotations

import posixpath
from pathlib import Path

from msgspec.structs import replace

from generator.compose.names import slug
from generator.emit.ledger import sha256_of
from generator.errors import UsageError
from generator.model.output import path_fault
from generator.pipeline.host_files import load_copy
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.library_options import COPIES, sources_of
from generator.readers.text.names import file_name


def with_copies(request: GenerateRequest, repository: Path, target: Path) -> GenerateRequest:
    """request with a place for each source that has to be copied; a source that is there already is named once.

    UsageError for two different files of one name.
    """
    copies = dict(request.copies)
    taken = {place: path for path, place in copies.items()}
    same: dict[Path, Path] = {}
    for path in sources_of(request):
        if path in copies or not path.exists() or path.resolve().is_relative_to(repository):
            continue
        place = _place(path)
        other = taken.get(place)
        if other is None:
            copies[path], taken[place] = place, path
        elif sha256_of(load_copy(other)) == sha256_of(load_copy(path)):
            same[path] = other
        else:
            raise UsageError(
                f"the library already keeps another file called '{posixpath.basename(place)}'",
                where=str(path),
                hint="rename the file; to replace a model, first run: mlfgen remove NAME --to " + str(target),
            )
    return replace(
        request,
        models=tuple(dict.fromkeys(same.get(path, path) for path in request.models)),
        tflite={name: same.get(path, path) for name, path in request.tflite.items()},
        goldens={name: same.get(path, path) for name, path in request.goldens.items()},
        copies=copies,
    )


def _place(path: Path) -> str:
    name = path.resolve().name
    place = posixpath.join(COPIES, f"{slug(name)}.tar" if path.is_dir() else name)
    fault = path_fault(place)
    if fault is not None or not name.isprintable():
        raise UsageError(
            f"the library can't keep a file of this name: {fault or 'it contains unprintable characters'}",
            where=file_name(path),
            hint="rename the file",
        )
    return place
