"""A model as people have it becomes an archive: read where it is one, compiled where it is a .tflite."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from generator import __version__, resources
from generator.model.kernels import OWN
from generator.model.options import DEFAULT_EFFORT_PERCENT
from generator.readers.archive.mlf import load_archive, parse_archive

if TYPE_CHECKING:
    from generator.compiler.compile import Compiled, CompileOptions
    from generator.model.archive import Archive
    from generator.model.network import Network
    from generator.model.tflite import TfliteModel


def load_model(
    path: Path,
    reference: TfliteModel | None = None,
    *,
    planner: str = "portfolio",
    kernels: str = OWN,
    effort_percent: int = DEFAULT_EFFORT_PERCENT,
) -> Archive:
    """Read an archive or compile a .tflite. Raises UsageError and ArchiveError.

    reference: the model that an archive was compiled from, see ``parse_archive``.
    planner, kernels, effort_percent: of a model that is compiled here.
    """
    if not is_tflite(path):
        return load_archive(path, reference)
    # numpy and the schema's accessors take a tenth of a second; an archive needs neither.
    from generator.compiler.compile import CompileOptions
    from generator.readers.tflite_network import load_network

    network = load_network(path)
    options = CompileOptions(planner=planner, kernels=kernels, effort_percent=effort_percent)
    return parse_archive(network.label, network.sha256, compile_model(network, options).files)


def is_tflite(path: Path) -> bool:
    """Whether a file says that it is a .tflite; False also where there is none."""
    return _load_start(path, 8)[4:] == b"TFL3"


def _load_start(path: Path, size_bytes: int) -> bytes:
    """The first bytes of a file; none where it can't be read. A pipe is none: it would wait."""
    try:
        if not path.is_file():
            return b""
        with open(path, "rb") as file:
            return file.read(size_bytes)
    except (OSError, ValueError):
        return b""


def compile_model(network: Network, options: CompileOptions | None = None) -> Compiled:
    """Compile a network with the kernels that this installation ships. Raises ArchiveError, PlanError."""
    from generator.compiler.compile import CompileOptions, compile_network
    from generator.readers.kernels import load_kernels

    kernels = load_kernels(resources.folder("templates") / "runtime" / "kernels")
    return compile_network(network, options or CompileOptions(), kernels, __version__)
