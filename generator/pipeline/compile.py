"""A .tflite becomes a Model Library Format archive on disk."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from generator.compiler.archive import pack
from generator.compiler.compile import Compiled, CompileOptions
from generator.emit.single import write_file
from generator.errors import UsageError
from generator.model.network import Network
from generator.pipeline.models import compile_model, is_tflite
from generator.readers.tflite_network import load_network


class CompileRequest(Struct, frozen=True):
    """The request for ``compile_file``.

    model: a .tflite. output: the archive to write, or None to write nothing.
    """

    model: Path
    output: Path | None
    options: CompileOptions


class CompileResult(Struct, frozen=True):
    """What was compiled. archive_bytes: size of the tar."""

    network: Network
    compiled: Compiled
    archive_bytes: int


def compile_file(request: CompileRequest) -> CompileResult:
    """Compile a .tflite and write the archive, if an output is given.

    Raises UsageError, ArchiveError and PlanError; then nothing is written.
    """
    if not is_tflite(request.model) and request.model.exists():
        raise UsageError(
            "not a .tflite model: the identifier TFL3 is missing",
            where=str(request.model),
            hint="if it is an archive, it is compiled already: pass it to `mlfgen generate`",
        )
    network = load_network(request.model)
    compiled = compile_model(network, request.options)
    data = pack(compiled.files)
    if request.output is not None:
        write_file(request.output, data)
    return CompileResult(network, compiled, len(data))
