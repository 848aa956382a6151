"""What a project holds for the programs that drive it: the archive, and where they start the server."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from generator import resources
from generator.compose.names import slug
from generator.model.host_driven import ARCHIVE_PATH, SERVER_SHIM
from generator.model.output import OutputFile
from generator.readers.archive.files import load_files
from generator.readers.text.names import file_name

#: below ``templates``: a folder for each RTOS that clients of the Project API take for a template project
TEMPLATE_PROJECTS = "projectapi"


def archive_paths(models: tuple[Path, ...]) -> tuple[str, ...]:
    """Where the archives are kept in a project, in the order given."""
    return tuple(ARCHIVE_PATH.format(name=f"{slug(path.resolve().name)}") for path in models)


def load_host_files(models: tuple[Path, ...], rtos: str) -> list[tuple[str, OutputFile]]:
    """The archives, and the file that TVM's clients start. Raises UsageError and ArchiveError."""
    files = [
        (place, OutputFile(load_copy(path), "generated", f"archive:{file_name(path)}"))
        for place, path in zip(archive_paths(models), models, strict=True)
    ]
    shim = resources.folder("templates") / TEMPLATE_PROJECTS / rtos / SERVER_SHIM
    files.append((SERVER_SHIM, OutputFile(shim.read_bytes(), "seeded", f"template:{TEMPLATE_PROJECTS}")))
    return files


def load_copy(path: Path) -> bytes:
    """A file, byte for byte; of an archive's folder, a tar that depends on its contents alone."""
    if path.is_file():
        return path.read_bytes()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in sorted(load_files(path)[2].items()):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()
