"""Containers: what is read, what is skipped, what is refused before any content is looked at."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from generator.errors import ArchiveError, UsageError
from generator.readers.archive_files import Limits, load_files, parse_tar
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


def test_long_names_are_read_in_both_tar_dialects() -> None:
    long = "src/" + "n" * 150 + "/" + "m" * 120
    for dialect in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=dialect) as tar:
            info = tarfile.TarInfo(long)
            info.size, info.mtime = 3, 1.5
            tar.addfile(info, io.BytesIO(b"abc"))
        assert parse_tar(buffer.getvalue(), "a.tar") == {long: b"abc"}


def test_a_link_inside_a_folder_is_followed(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", FILES, [{"name": "src/link", "link": "tiny.relay"}])
    assert load_files(folder)[2]["src/link"] == FILES["src/tiny.relay"]


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
    with pytest.raises(ArchiveError, match="holds more than"):
        load_files(write_folder(tmp_path / "a", FILES), limits)


def test_a_missing_archive_suggests_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "kws-aot.tar").write_bytes(b"")
    with pytest.raises(UsageError) as caught:
        load_files(tmp_path / "kws-oat.tar")
    assert caught.value.hint == "did you mean kws-aot.tar?"
    with pytest.raises(UsageError) as caught:
        load_files(tmp_path / "nowhere" / "kws.tar")
    assert caught.value.hint == f"there is no folder {tmp_path / 'nowhere'}"


def test_a_name_that_no_path_can_have_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        load_files(tmp_path / "a\0b.tar")


def test_a_member_of_nonsense_size_is_refused_without_reading_on() -> None:
    data = bytearray(tar_bytes(FILES))
    # Base-256: the highest bit set, then 2**88 - 1.
    data[124:136] = b"\x80" + b"\xff" * 11
    data[148:156] = b"%06o\0 " % (sum(data[:512]) - sum(data[148:156]) + 8 * 32)
    with pytest.raises(ArchiveError, match="the member claims"):
        parse_tar(bytes(data), "a.tar")
