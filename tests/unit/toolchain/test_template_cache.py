"""Where compiled templates may be kept: a folder of the user's own, or nowhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from generator.toolchain.template_cache import cache_folder


def test_the_users_cache_is_made_for_the_user_alone(tmp_path: Path) -> None:
    folder = cache_folder({"XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)})
    assert folder == tmp_path / "cache" / "mlfgen" / "templates"
    assert folder.stat().st_mode & 0o077 == 0
    assert cache_folder({"HOME": str(tmp_path)}) == tmp_path / ".cache" / "mlfgen" / "templates"


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
