from __future__ import annotations

import os
from pathlib import Path

import pytest

from generator.emit.single import replace_file, write_file
from generator.errors import UsageError


def test_a_file_is_written_whole_with_the_mode_of_any_other(tmp_path: Path) -> None:
    target = tmp_path / "a.tar"
    target.write_bytes(b"old")
    before = os.umask(0o027)
    try:
        write_file(target, b"new")
    finally:
        os.umask(before)
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]


@pytest.mark.parametrize("where", ["missing/a.tar", "folder"])
def test_what_can_not_be_written_leaves_nothing_behind(where: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError) as caught:
        write_file(tmp_path / where, b"new")
    assert "can't be written" in caught.value.what and caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert list((tmp_path / "folder").iterdir()) == []


def test_an_interrupted_replacement_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        replace_file(target, b"new", 0o600)
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "missing" / "a.txt", b"new", 0o600)
