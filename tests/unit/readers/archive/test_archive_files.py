"""Containers: what is read, what is skipped, what is refused before any content is looked at."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from generator.errors import ArchiveError, UsageError
from generator.readers.archive.files import Limits, load_files, parse_tar
from readers.archive_builder import base_files, compressed, tar_bytes, write_folder

FILES = base_files("aot_c")


@pytest.mark.parametrize("container", ["tar", "tar.gz", "tar.bz2", "tar.xz"])
def test_every_container_gives_the_same_files(container: str, tmp_path: Path) -> None:
    path = tmp_path / f"kws.{container}"
    path.write_bytes(compressed(tar_bytes(FILES), container))

    label, sha256, files = load_files(path)

    assert label == path.name
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert files == FILES


@pytest.mark.parametrize("top", ["", "./", "kws/", "./some folder/"])
def test_a_top_folder_does_not_count(top: str) -> None:
    archive = tar_bytes(FILES, top=top)
    assert set(parse_tar(archive, "a.tar")) == {f"{top.removeprefix('./')}{path}" for path in FILES}


def test_a_single_top_folder_is_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "kws.tar"
    path.write_bytes(tar_bytes(FILES, top="kws/"))
    assert load_files(path)[2] == FILES


def test_a_folder_is_read_like_a_tar(tmp_path: Path) -> None:
    first, second = write_folder(tmp_path / "a", FILES), write_folder(tmp_path / "b", FILES)
    (second / "src" / "extra").write_bytes(b"")

    assert load_files(first)[0] == "a"
    assert load_files(first)[2] == FILES
    assert load_files(first)[1] != load_files(second)[1]
    (second / "src" / "extra").unlink()
    assert load_files(first)[1] == load_files(second)[1]


def test_the_hash_of_a_folder_tells_names_from_content(tmp_path: Path) -> None:
    first = write_folder(tmp_path / "a", FILES | {"src/a": b"bc"})
    second = write_folder(tmp_path / "b", FILES | {"src/ab": b"c"})
    assert load_files(first)[1] != load_files(second)[1]


@pytest.mark.parametrize("top", ["", "kws/"])
def test_the_runtime_in_the_archive_is_not_read(top: str, tmp_path: Path) -> None:
    brought = {"runtime/include/tvm.h": b"x" * 5000, "templates/crt_config.h.template": b"y"}
    path = tmp_path / "kws.tar"
    path.write_bytes(tar_bytes(FILES | brought, top=top))
    folder = write_folder(tmp_path / "kws", FILES | brought)

    assert load_files(path, Limits(member_bytes=4000))[2] == FILES
    assert load_files(folder, Limits(member_bytes=4000))[2] == FILES


def pack(name: str, data: bytes, dialect: int, pax: dict[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=dialect) as tar:
        info = tarfile.TarInfo(name)
        info.size, info.pax_headers = len(data), pax or {}
        tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


@pytest.mark.parametrize("dialect", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_read_in_every_dialect(dialect: int) -> None:
    name = "src/" + "n" * 100 + "/" + "m" * 80
    assert parse_tar(pack(name, b"abc", dialect), "a.tar") == {name: b"abc"}


def test_pax_tells_the_size_where_the_header_does_not() -> None:
    archive = bytearray(pack("a", b"abc", tarfile.PAX_FORMAT, {"size": "3", "mtime": "1.5"}))
    header = archive[1024:1536]
    header[124:136] = b"0" * 11 + b"\0"
    header[148:156] = b"%06o\0 " % (sum(header) - sum(header[148:156]) + 8 * 32)
    archive[1024:1536] = header
    assert parse_tar(bytes(archive), "a.tar") == {"a": b"abc"}


@pytest.mark.parametrize(
    ("pax", "message"),
    [
        ({"size": "-3"}, "a pax size that is not a number"),
        ({"GNU.sparse.realsize": "9999999999"}, "the member is a sparse file"),
        ({"path": "../a"}, "leads outside the archive"),
    ],
)
def test_pax_headers_are_no_way_around_the_rules(pax: dict[str, str], message: str) -> None:
    with pytest.raises(ArchiveError, match=message):
        parse_tar(pack("a", b"", tarfile.PAX_FORMAT, pax), "a.tar")


def forge(archive: bytes, place: slice, value: bytes) -> bytes:
    """archive with a field of its first header changed, and the checksum made right again."""
    header = bytearray(archive[:512])
    header[place] = value
    header[148:156] = b"%06o\0 " % (sum(header) - sum(header[148:156]) + 8 * 32)
    return bytes(header) + archive[512:]


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        # Base-256, the highest bit set: 2**88 - 1.
        (slice(124, 136), b"\x80" + b"\xff" * 11, "the member has"),
        (slice(124, 136), b"\xff" * 12, "a header with an invalid size"),
        (slice(124, 136), b"9" * 11 + b"\0", "a header with an invalid size"),
        (slice(0, 4), b"\xff\xfe\xfd\xfc", "a member whose name is not UTF-8"),
        (slice(156, 157), b"x", "a damaged pax header"),
    ],
)
def test_forged_headers_are_refused(place: slice, value: bytes, message: str) -> None:
    with pytest.raises(ArchiveError, match=message):
        parse_tar(forge(tar_bytes(FILES), place, value), "a.tar")


def test_an_extension_header_at_the_end_is_a_cut() -> None:
    with pytest.raises(ArchiveError, match="cut short"):
        parse_tar(pack("n" * 150, b"", tarfile.GNU_FORMAT)[:1024], "a.tar")


def test_a_link_inside_a_folder_is_followed(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", FILES, [{"name": "src/link", "link": "tiny.relay"}])
    assert load_files(folder)[2]["src/link"] == FILES["src/tiny.relay"]


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", FILES, [{"name": "src/link", "link": "link"}])
    with pytest.raises(ArchiveError, match="does not point to a file"):
        load_files(folder)


def test_a_fifo_in_a_folder_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", FILES)
    os.mkfifo(folder / "src" / "pipe")
    with pytest.raises(ArchiveError, match="neither a file nor a folder"):
        load_files(folder)


def test_a_fifo_instead_of_an_archive_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tar")
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        load_files(tmp_path / "pipe.tar")


@pytest.mark.parametrize("limits", [Limits(total_bytes=2000), Limits(member_bytes=500), Limits(members=2)])
def test_limits_hold_for_folders_too(limits: Limits, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"(is larger|has more) than"):
        load_files(write_folder(tmp_path / "a", FILES), limits)


def test_a_missing_archive_suggests_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "kws-aot.tar").write_bytes(b"")
    with pytest.raises(UsageError) as caught:
        load_files(tmp_path / "kws-oat.tar")
    assert caught.value.hint == "did you mean 'kws-aot.tar'?"
    with pytest.raises(UsageError) as caught:
        load_files(tmp_path / "nowhere" / "kws.tar")
    assert caught.value.hint == f"the folder {tmp_path / 'nowhere'} does not exist"


def test_a_name_that_no_path_can_have_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        load_files(tmp_path / "a\0b.tar")
