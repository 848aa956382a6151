"""What is no file is not read: a pipe would never end, nor would a device."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from generator.cli.main import main
from generator.emit import plain_file
from generator.emit.plain_file import load_plain

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")


def test_a_file_and_a_link_to_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("file")
    assert load_plain(tmp_path / "file") == load_plain(tmp_path / "link") == b"content"
    with pytest.raises(FileNotFoundError):
        load_plain(tmp_path / "absent")


def test_what_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(OSError, match="not a regular file"):
            load_plain(place)
    with pytest.raises(IsADirectoryError):
        load_plain(tmp_path)
    monkeypatch.setattr(plain_file, "MOST_BYTES", 3)
    (tmp_path / "file").write_bytes(b"long")
    with pytest.raises(OSError, match="too large"):
        load_plain(tmp_path / "file")


@pytest.mark.parametrize("command", ["run", "flash", "update", "debug", "build"])
def test_a_project_with_a_pipe_for_a_record_is_refused(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "project.json")
    assert main([command, str(tmp_path)]) == 2
    assert "not a regular file" in capsys.readouterr().err


def test_an_image_that_is_a_pipe_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "project.json")
    os.mkfifo(tmp_path / "x.elf")
    assert main(["check", str(tmp_path / "x.elf"), "--model", str(tmp_path)]) == 1
    assert "it can't be read: not a regular file" in capsys.readouterr().err


def test_a_pipe_is_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "m.tar")
    assert main(["inspect", str(tmp_path / "m.tar")]) == 2
    assert "neither a file nor a folder" in capsys.readouterr().err
