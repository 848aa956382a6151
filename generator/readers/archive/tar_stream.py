"""A tar, read as a stream, by someone who does not trust it.

Python's ``tarfile`` takes a damaged header in the middle for the end of the archive, inflates sparse members
and recurses over extension headers; here each of these is an error. Nothing is ever written to disk.

Source: POSIX.1-2017 ``pax``, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from generator.errors import ArchiveError
from generator.wording import counted

BLOCK_BYTES = 512
#: long names and pax records of a whole archive; real ones are below a kilobyte each
MAX_EXTENSION_BYTES = 16 << 20

_REGULAR = frozenset(b"\x007")
_KINDS = {
    ord("1"): "a hard link",
    ord("2"): "a symbolic link",
    ord("3"): "a character device",
    ord("4"): "a block device",
    ord("6"): "a fifo",
    ord("S"): "a sparse file",
}


class Member(Struct, frozen=True):
    """One entry of a tar.

    kind: ``file``, ``folder``, or words for what else it is (``a symbolic link``).
    size_bytes: of the content that follows, as the header claims.
    """

    name: str
    kind: str
    size_bytes: int


class TarStream:
    """The members of a tar in order; the content of each is read or skipped before the next is requested.

    read(n) gives up to n bytes and fewer only at the end of the stream. label names the tar in errors.
    Raises ArchiveError for a damaged or truncated tar.
    """

    def __init__(self, read: Callable[[int], bytes], label: str) -> None:
        self._read = read
        self._label = label
        self._pending_bytes = 0
        self._extension_bytes = 0

    def members(self) -> Iterator[Member]:
        """Member after member; a member's content can be read until the next is asked for.

        Raises ArchiveError for anything that is not a whole tar of files and folders.
        """
        first = True
        while True:
            self.skip()
            header = self._read(BLOCK_BYTES)
            if first and not header:
                raise self._error("is empty", "check that the export or download finished")
            if len(header) < BLOCK_BYTES:
                raise self._not_a_tar() if first else self._truncated()
            if not any(header):
                if first:
                    raise self._error("has no members", "export the model again")
                return
            if first and not _checksum_holds(header):
                raise self._not_a_tar()
            first = False
            yield self._member(header)

    def content(self, limit_bytes: int, where: str) -> bytes:
        """The current member's bytes. Raises ArchiveError before more than limit_bytes of them are read."""
        size = self._pending_bytes
        if size > limit_bytes:
            raise ArchiveError(
                f"the member has {counted(size, 'byte')}; at most {limit_bytes:,} are supported",
                where=where,
                hint="a model library contains only C sources and parameters: export the model again",
            )
        data = self._read(size)
        if len(data) < size:
            raise self._truncated()
        self._pending_bytes = 0
        self._drop(-size % BLOCK_BYTES)
        return data

    def skip(self) -> None:
        """Pass over what is left of the current member."""
        self._drop(self._pending_bytes + -self._pending_bytes % BLOCK_BYTES)
        self._pending_bytes = 0

    def _drop(self, count: int) -> None:
        while count:
            piece = self._read(min(count, 1 << 20))
            if not piece:
                raise self._truncated()
            count -= len(piece)

    def _member(self, header: bytes) -> Member:
        """The member that header begins, after the extension headers (pax, GNU long name) before it."""
        name: str | None = None
        size: int | None = None
        while True:
            if not _checksum_holds(header):
                raise self._error("has a damaged header", "copy or export the archive again")
            claimed = self._number(header[124:136])
            kind = header[156]
            if kind not in b"xgLK":
                break
            # Names are counted too: an empty one costs as much work as a short one.
            self._extension_bytes += claimed + BLOCK_BYTES
            if self._extension_bytes > MAX_EXTENSION_BYTES:
                raise self._error(
                    f"has more than {MAX_EXTENSION_BYTES:,} bytes of extension headers",
                    "pack the archive again with plain tar",
                )
            self._pending_bytes = claimed
            extension = self.content(MAX_EXTENSION_BYTES, self._label)
            if kind == ord("L"):
                name = self._text(extension.split(b"\0", 1)[0])
            elif kind == ord("x"):
                records = self._pax(extension)
                name = records.get("path", name)
                if "size" in records:
                    size = self._decimal(records["size"])
                if any(key.startswith("GNU.sparse") for key in records):
                    kind = ord("S")
                    break
            header = self._read(BLOCK_BYTES)
            if len(header) < BLOCK_BYTES:
                raise self._truncated()
        if name is None:
            name = self._ustar_name(header)
        if kind in _REGULAR or kind == ord("0"):
            # Before ustar a folder was a regular member whose name ends in a slash.
            words = "folder" if name.endswith("/") else "file"
        elif kind == ord("5"):
            words = "folder"
        else:
            words = _KINDS.get(kind, f"of the unknown type {chr(kind)!r}")
        # Links and devices carry no content whatever their size field says.
        self._pending_bytes = 0 if kind in b"123456" else (claimed if size is None else size)
        return Member(name, words, self._pending_bytes)

    def _ustar_name(self, header: bytes) -> str:
        name = header[:100].split(b"\0", 1)[0]
        prefix = header[345:500].split(b"\0", 1)[0]
        if prefix and header[257:263] == b"ustar\0":
            name = prefix + b"/" + name
        return self._text(name)

    def _number(self, field: bytes) -> int:
        if field[0] == 0x80:
            return int.from_bytes(field[1:], "big")
        digits = field.strip(b" \0")
        if not digits:
            return 0
        if len(digits) > 11 or digits.strip(b"01234567"):
            raise self._error("has a header with an invalid size", "copy or export the archive again")
        return int(digits, 8)

    def _decimal(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 20):
            raise self._error(
                f"has a pax size that is not a number: {text[:40]!r}", "export the archive again"
            )
        return int(text)

    def _pax(self, data: bytes) -> dict[str, str]:
        """Records of the form ``<length> <key>=<value>\\n``, the length counting the whole record."""
        records = {}
        at, end = 0, len(data.rstrip(b"\0"))
        while at < end:
            length = data[at : at + 12].partition(b" ")[0]
            record = data[at : at + int(length)] if length.isdigit() else b""
            key, equals, value = record[len(length) + 1 : -1].partition(b"=")
            if not equals or record[-1:] != b"\n":
                raise self._error("has a damaged pax header", "copy or export the archive again")
            records[self._text(key)] = self._text(value) if key in (b"path", b"size") else ""
            at += len(record)
        return records

    def _text(self, raw: bytes) -> str:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise self._error(
                f"has a member whose name is not UTF-8: {raw[:60]!r}",
                "rename the file and pack the archive again",
            ) from None

    def _error(self, what: str, hint: str) -> ArchiveError:
        return ArchiveError(f"the tar {what}", where=self._label, hint=hint)

    def _not_a_tar(self) -> ArchiveError:
        return ArchiveError(
            "not a tar",
            where=self._label,
            hint="pass what TVM's export_model_library_format wrote: a tar (or gz, bz2, xz) or its folder",
        )

    def _truncated(self) -> ArchiveError:
        return self._error("is cut short", "check that the export or download finished")


def _checksum_holds(header: bytes) -> bool:
    field = header[148:156].strip(b" \0")
    if not field or field.strip(b"01234567"):
        return False
    # The checksum counts its own field as blanks.
    return int(field, 8) == sum(header) - sum(header[148:156]) + 8 * ord(" ")
