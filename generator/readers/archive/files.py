"""The files of an archive in memory: a tar, a compressed tar or an unpacked folder, treated as hostile."""

from __future__ import annotations

import hashlib
import io
import stat
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from msgspec import Struct

from generator.errors import ArchiveError, UsageError, did_you_mean
from generator.readers.archive.tar_stream import TarStream
from generator.readers.text.names import file_name

METADATA = "metadata.json"
#: TVM's standalone C runtime and its templates travel in the archive; the project has its own
_SKIPPED = frozenset({"runtime", "templates"})
_OWN_FOLDERS = frozenset({"codegen", "executor-config", "parameters", "src"})


class Limits(Struct, frozen=True):
    """How much of an archive is read before it is refused: decompressed bytes and members."""

    total_bytes: int = 256 << 20
    member_bytes: int = 64 << 20
    members: int = 20_000


def load_files(path: Path, limits: Limits | None = None) -> tuple[str, str, dict[str, bytes]]:
    """Read an archive without ever unpacking it to disk.

    Returns (label, sha256, files): label is the last part of the path; sha256 is hex, of the archive file
    or, for a folder, of its sorted (path, content) list; files maps a POSIX path relative to the archive's
    root to the content, without TVM's own ``runtime/`` and ``templates/``.

    Raises UsageError when there is nothing to read at path, ArchiveError for everything a hostile or broken
    archive can be.
    """
    limits = limits or Limits()
    label = file_name(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            files = _strip_top(label, _folder_files(path, label, limits))
            return label, _tree_sha256(files), files
        if not stat.S_ISREG(mode):
            raise UsageError(
                "neither a file nor a folder",
                where=str(path),
                hint="pass a model library archive or its folder",
            )
        data = _read_bounded(path, label, limits.total_bytes)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError("no such file or folder", where=str(path), hint=_neighbours(path)) from None
    except (OSError, ValueError) as fault:
        reason = (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
        raise UsageError(
            f"can't be read: {reason}", where=str(path), hint="check the path and its permissions"
        ) from None
    return label, hashlib.sha256(data).hexdigest(), _strip_top(label, parse_tar(data, label, limits))


def parse_tar(data: bytes, label: str, limits: Limits | None = None) -> dict[str, bytes]:
    """{relative POSIX path: content} of a tar, plain or compressed (gzip, bzip2, xz). Raises ArchiveError."""
    limits = limits or Limits()
    _refuse_other_formats(data, label)
    tar = TarStream(_bounded(_opened(data, label), label, limits.total_bytes), label)
    files: dict[str, bytes] = {}
    for number, member in enumerate(tar.members(), 1):
        if number > limits.members:
            raise _too_many(label, limits)
        name = _checked_name(member.name, label)
        if name is None or _skipped(name):
            continue
        where = f"{label}: {name}"
        if member.kind == "folder":
            continue
        if member.kind != "file":
            raise ArchiveError(
                f"the member is {member.kind}",
                where=where,
                hint="a model library contains only regular files",
            )
        if name in files:
            raise ArchiveError(
                "the archive contains this member twice", where=where, hint="export the model again"
            )
        files[name] = tar.content(limits.member_bytes, where)
    return files


def _folder_files(root: Path, label: str, limits: Limits) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    total = 0
    for number, path in enumerate(_walk(root, label), 1):
        if number > limits.members:
            raise _too_many(label, limits)
        name = path.relative_to(root).as_posix()
        _checked_name(name, label)
        data = _read_bounded(path, f"{label}: {name}", min(limits.member_bytes, limits.total_bytes - total))
        total += len(data)
        files[name] = data
    return files


def _walk(top: Path, label: str) -> Iterator[Path]:
    """Regular files below top; a link is followed only to a file that stays inside."""
    root = top.resolve()
    folders = [top]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            name = path.relative_to(top).as_posix()
            if _skipped(name):
                continue
            fault = None
            if path.is_symlink() and not path.is_file():
                fault = "the link does not point to a file"
            elif path.is_symlink() and root not in path.resolve().parents:
                fault = "the link points outside the folder"
            elif path.is_dir():
                folders.append(path)
            elif path.is_file():
                yield path
            else:
                fault = "the member is neither a file nor a folder"
            if fault:
                raise ArchiveError(
                    fault,
                    where=f"{label}: {name}",
                    hint="a model library contains only regular files: export it again",
                )


def _checked_name(name: str, label: str) -> str | None:
    """The name without ``./`` and doubled slashes, or None for the root itself. Raises ArchiveError."""
    where = f"{label}: {name[:200]!r}"
    if not name.isprintable() or "\\" in name:
        raise ArchiveError(
            "the member's name has an unprintable character or a backslash",
            where=where,
            hint="rename the file and pack the archive again",
        )
    path = PurePosixPath(name)
    if path.is_absolute() or name[1:2] == ":":
        raise ArchiveError(
            "the member's name is absolute", where=where, hint="don't use this archive: it may be an attack"
        )
    if ".." in path.parts:
        raise ArchiveError(
            "the member's name leads outside the archive",
            where=where,
            hint="don't use this archive: it may be an attack",
        )
    return None if not path.parts else str(path)


def _skipped(name: str) -> bool:
    parts = name.split("/", 2)
    if parts[0] in _SKIPPED:
        return True
    return len(parts) > 1 and parts[0] not in _OWN_FOLDERS and parts[1] in _SKIPPED


def _strip_top(label: str, files: dict[str, bytes]) -> dict[str, bytes]:
    """Without the one folder that everything is packed in, where there is one."""
    if METADATA in files:
        return files
    tops = {name.partition("/")[0] for name in files}
    if len(tops) == 1 and f"{next(iter(tops))}/{METADATA}" in files:
        return {name.partition("/")[2]: data for name, data in files.items()}
    raise ArchiveError(
        f"not a Model Library Format archive: no {METADATA}",
        where=label,
        hint="pass an archive that TVM's export_model_library_format wrote",
    )


def _tree_sha256(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        # Lengths in front keep two different trees from hashing the same bytes.
        digest.update(f"{len(name.encode())}:{name}{len(files[name])}:".encode())
        digest.update(files[name])
    return digest.hexdigest()


def _read_bounded(path: Path, where: str, limit_bytes: int) -> bytes:
    with open(path, "rb") as file:
        data = file.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise _too_big(where, limit_bytes)
    return data


def _refuse_other_formats(data: bytes, label: str) -> None:
    if data[4:8] == b"TFL3":
        raise ArchiveError(
            "a .tflite model, not an archive",
            where=label,
            hint="compile it with TVM (docs/archives.md shows how) and pass the archive; the .tflite is for "
            "--tflite, and `mlfgen plan` reads it directly",
        )
    if data[:4] == b"PK\x03\x04":
        raise ArchiveError(
            "a zip, not a tar", where=label, hint="unzip it and pass the folder; an .npz file is for --golden"
        )


def _opened(data: bytes, label: str) -> Callable[[int], bytes]:
    stream: io.BufferedIOBase
    faults: tuple[type[Exception], ...]
    if data[:2] == b"\x1f\x8b":
        import gzip
        import zlib

        stream, faults = gzip.GzipFile(fileobj=io.BytesIO(data)), (OSError, zlib.error)
    elif data[:3] == b"BZh":
        import bz2

        stream, faults = bz2.BZ2File(io.BytesIO(data)), (OSError,)
    elif data[:6] == b"\xfd7zXZ\0":
        import lzma

        # The reading function that is returned owns the stream, and there is no file below it to close.
        stream = lzma.LZMAFile(io.BytesIO(data))  # noqa: SIM115
        faults = (lzma.LZMAError, MemoryError)
    else:
        return io.BytesIO(data).read

    def read(count: int) -> bytes:
        try:
            return stream.read(count)
        except EOFError:
            fault = "cut short"
        except faults as reason:
            fault = f"damaged: {reason}"
        raise ArchiveError(
            f"the compressed tar is {fault}", where=label, hint="check that the export or download finished"
        )

    return read


def _bounded(read: Callable[[int], bytes], label: str, limit_bytes: int) -> Callable[[int], bytes]:
    """read, counting: headers may lie about sizes, the counter can't."""
    left = limit_bytes

    def counted(count: int) -> bytes:
        nonlocal left
        data = read(min(count, left + 1))
        left -= len(data)
        if left < 0:
            raise _too_big(label, limit_bytes)
        return data

    return counted


def _too_big(where: str, limit_bytes: int) -> ArchiveError:
    return ArchiveError(
        f"is larger than {limit_bytes:,} bytes",
        where=where,
        hint="no microcontroller has room for such a model; if the archive is yours, export it again",
    )


def _too_many(label: str, limits: Limits) -> ArchiveError:
    return ArchiveError(
        f"has more than {limits.members:,} members", where=label, hint="export the model again"
    )


def _neighbours(path: Path) -> str:
    try:
        names = [neighbour.name for neighbour in path.parent.iterdir()]
    except OSError:
        return f"the folder {path.parent} does not exist"
    return did_you_mean(path.name, names, f"list the files with: ls {path.parent}", most=3)
