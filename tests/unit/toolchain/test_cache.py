"""What is kept from one run to the next: in a folder of the user's own, or nowhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from generator.toolchain.cache import KeptResults, cache_folder, code_stamp, kept_in


def test_the_users_cache_is_made_for_the_user_alone(tmp_path: Path) -> None:
    folder = cache_folder({"XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)})
    assert folder == tmp_path / "cache" / "mlfgen"
    assert folder.stat().st_mode & 0o077 == 0
    assert cache_folder({"HOME": str(tmp_path)}) == tmp_path / ".cache" / "mlfgen"


@pytest.mark.parametrize("env", [{}, {"HOME": ""}, {"XDG_CACHE_HOME": "relative"}])
def test_without_an_absolute_place_there_is_none(env: dict[str, str]) -> None:
    assert cache_folder(env) is None


def test_a_place_that_is_not_to_be_written_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    assert cache_folder({"XDG_CACHE_HOME": str(tmp_path / "file")}) is None


@pytest.mark.skipif(not hasattr(os, "chown") or os.getuid() != 0, reason="only root gives files away")
def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    env = {"XDG_CACHE_HOME": str(tmp_path)}
    folder = cache_folder(env)
    assert folder is not None
    os.chown(folder, 12345, -1)
    assert cache_folder(env) is None


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs POSIX permissions")
@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_folder_that_others_write_to_is_not_used(tmp_path: Path, mode: int) -> None:
    """Compiled templates in it are executed."""
    env = {"XDG_CACHE_HOME": str(tmp_path)}
    folder = cache_folder(env)
    assert folder is not None
    folder.chmod(mode)
    assert cache_folder(env) is None
    assert kept_in(tmp_path, "mlfgen") is None


def test_folders_of_a_cache(tmp_path: Path) -> None:
    assert kept_in(tmp_path, "results") == tmp_path / "results"
    assert (tmp_path / "results").is_dir()
    assert kept_in(None, "results") is None


def test_results_come_back_by_their_key(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path)
    assert kept.load("key") is None
    kept.store("key", "älter")
    kept.store("key", "neu")
    kept.store("../other", "elsewhere")
    assert KeptResults(tmp_path).load("key") == "neu"
    assert kept.load("../other") == "elsewhere"
    assert len(list(tmp_path.iterdir())) == 2


def test_damaged_results_are_not_there(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path)
    kept.store("key", "text")
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for damaged in (b"\xff", b"", whole[:-1], whole + b"x", whole.replace(b"text", b"texT"), b"text"):
        path.write_bytes(damaged)
        assert kept.load("key") is None
    path.write_bytes(whole)
    assert kept.load("key") == "text"
    KeptResults(tmp_path / "missing").store("key", "text")
    nowhere = KeptResults(None)
    nowhere.store("key", "text")
    assert nowhere.load("key") is None


def test_the_oldest_results_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.toolchain.cache._MOST_RESULTS", 3)
    kept = KeptResults(tmp_path)
    for number in range(5):
        kept.store(str(number), "text")
        newest = max(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, ns=(number, number))
    assert [kept.load(str(number)) for number in range(5)] == [None, None, "text", "text", "text"]


def test_a_changed_source_has_another_stamp(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    source = tmp_path / "room" / "module.py"
    source.write_text("one = 1\n", "utf-8")
    before = code_stamp([tmp_path])
    assert code_stamp([tmp_path]) == before
    (tmp_path / "room" / "notes.txt").write_text("not code", "utf-8")
    assert code_stamp([tmp_path]) == before
    source.write_text("one = 11\n", "utf-8")
    assert code_stamp([tmp_path]) != before
