"""Model Library Format archives: files -> Archive.

Source: ``python/tvm/micro/model_library_format.py`` in TVM 0.8 to 0.18.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from generator.errors import ArchiveError
from generator.model.archive import Archive, SourceFile
from generator.readers.archive.c_scan import CSource, scan
from generator.readers.archive.files import METADATA, load_files
from generator.readers.archive.library import read_library
from generator.readers.archive.metadata import parse_metadata
from generator.readers.text.json_tree import decode_text, parse_json

if TYPE_CHECKING:
    from generator.model.tflite import TfliteModel

_CODE = "codegen/host/"
_MACHINE_CODE = (".o", ".a", ".so", ".obj", ".bc", ".ll")
_FOREIGN_CODE = (".cc", ".cpp", ".cxx", ".cu", ".cl", ".s", ".S", ".rs")


def load_archive(path: Path, reference: TfliteModel | None = None) -> Archive:
    """Read an archive: a tar, a compressed tar or its folder. Raises UsageError and ArchiveError."""
    return parse_archive(*load_files(path), reference)


def parse_archive(
    label: str, sha256: str, files: Mapping[str, bytes], reference: TfliteModel | None = None
) -> Archive:
    """Check and resolve an archive's files (relative POSIX path -> content).

    reference: the model it was compiled from. It gives the outputs' types if the archive does not: before
    TVM 0.11 most archives with a header don't. An archive of several models gets no use of it.
    Raises ArchiveError.
    """
    if METADATA not in files:
        raise ArchiveError(
            f"not a Model Library Format archive: no {METADATA}",
            where=label,
            hint="pass an archive that TVM's export_model_library_format wrote",
        )
    _refuse_machine_code(label, files)
    version, models = parse_metadata(parse_json(files[METADATA], f"{label}: {METADATA}"))
    code = _shared_out(label, files, [model.name for model in models])
    headers = frozenset(
        path.removeprefix(f"{_CODE}include/").removeprefix(f"{_CODE}src/")
        for path in files
        if path.endswith(".h")
    )
    scanned = {name: [_scan(label, file) for file in own] for name, own in code.items()}
    _refuse_twins(scanned.values())
    source_model = reference if len(models) == 1 else None
    libraries = tuple(
        read_library(
            label, version, files, model, code[model.name], scanned[model.name], headers, source_model
        )
        for model in models
    )
    tvm_version = next((model.tvm_version for model in models if model.tvm_version), None)
    return Archive(label, sha256, version, tvm_version, libraries)


def _scan(label: str, file: SourceFile) -> CSource:
    where = f"{label}: {_CODE}{file.path}"
    return scan(decode_text(file.data, where), where)


def _refuse_machine_code(label: str, files: Mapping[str, bytes]) -> None:
    for path in sorted(files):
        if path.startswith("codegen/") and path.endswith(_MACHINE_CODE):
            raise ArchiveError(
                "the model is compiled to machine code by LLVM",
                where=f"{label}: {path}",
                hint="compile it to C: target c, or cmsis-nn,c",
            )
        if path.startswith("codegen/") and path.endswith(_FOREIGN_CODE):
            raise ArchiveError(
                "the model has code that is not C",
                where=f"{label}: {path}",
                hint="compile the model without the code generator that wrote it",
            )


def _shared_out(label: str, files: Mapping[str, bytes], models: Sequence[str]) -> dict[str, list[SourceFile]]:
    """The C of each model; what belongs to no single model goes to the first, so that nothing is built twice."""
    code: dict[str, list[SourceFile]] = {model: [] for model in models}
    owners = {f"include/tvmgen_{model}.h": model for model in models}
    for path in sorted(files):
        if not (path.startswith(_CODE) and path.endswith((".c", ".h"))):
            continue
        inner = path.removeprefix(_CODE)
        own = re.fullmatch(r"src/(\w+)_lib[0-9]+\.c", inner)
        owner = own[1] if own else owners.get(inner)
        code[owner if owner in code else models[0]].append(SourceFile(inner, files[path]))
    for model, sources in code.items():
        if not any(source.path.endswith(".c") for source in sources):
            raise ArchiveError(
                f"no C code for the model {model!r}",
                where=f"{label}: {_CODE}src/{model}_lib0.c",
                hint="export the model again",
            )
    return code


def _refuse_twins(groups: Iterable[Sequence[CSource]]) -> None:
    """Refuse C that can't be linked because two files define the same function of TVM's."""
    seen: dict[str, str] = {}
    for sources in groups:
        for source in sources:
            for function in source.functions:
                other = seen.setdefault(function.name, source.path)
                if other != source.path and function.name.startswith("tvmgen_"):
                    raise ArchiveError(
                        f"defines {function.name}, which {other} also defines",
                        where=source.path,
                        hint="export the models to separate archives",
                    )
