"""The same inputs give the same bytes: in any folder, any process, any time zone and locale."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "samples"


def generate(target: Path, archive: Path, *arguments: str, cwd: Path, **env: str) -> dict[str, bytes]:
    """The whole tree that a process of its own writes."""
    argv = [sys.executable, "-m", "generator", "generate", *arguments, "-o", str(target), str(archive)]
    done = subprocess.run(
        argv, cwd=cwd, capture_output=True, text=True, timeout=60, env={**os.environ, **env}
    )
    assert done.returncode == 0, done.stderr
    return {p.relative_to(target).as_posix(): p.read_bytes() for p in target.rglob("*") if p.is_file()}


def archives() -> list[Path]:
    shared = ROOT.parent / "shared" / "archives" / "two-models-sine-kws.tar"
    return [SAMPLES / "branchy.tar", *([shared] if shared.is_file() else [])]


@pytest.mark.parametrize("archive", archives(), ids=lambda path: path.stem)
@pytest.mark.parametrize("rtos", ["zephyr", "freertos", "none"])
def test_two_folders_two_processes_one_result(archive: Path, rtos: str, tmp_path: Path) -> None:
    arguments = ("--rtos", rtos, "--board", "stm32f746g_disco", "--pool", "io=dtcm")
    other = tmp_path / "größer und\tmit Leerzeichen"
    other.mkdir()
    first = generate(
        tmp_path / "app", archive, *arguments, cwd=tmp_path, PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C"
    )
    second = generate(
        other / "anders",
        archive,
        *arguments,
        cwd=other,
        PYTHONHASHSEED="4242",
        TZ="Pacific/Kiritimati",
        LC_ALL="C.UTF-8",
        XDG_CACHE_HOME=str(other / "cache"),
        SOURCE_DATE_EPOCH="0",
    )
    assert first.keys() == second.keys()
    assert [path for path in first if first[path] != second[path]] == []
    for path, data in first.items():
        assert str(tmp_path).encode() not in data, path


def test_the_order_of_repeated_options_does_not_count(tmp_path: Path) -> None:
    common = ("--rtos", "zephyr", "--board", "stm32f746g_disco", "--reserve")
    one = ("sram=1K", "--reserve", "dtcm=2K", "--pool", "sram=dtcm", "--pool", "io=dtcm")
    two = ("dtcm=2048", "--reserve", "sram=0x400", "--pool", "io=dtcm", "--pool", "sram=dtcm")
    archive = SAMPLES / "sine.tar"
    first = generate(tmp_path / "a", archive, *common, *one, cwd=tmp_path)
    second = generate(tmp_path / "b", archive, *common, *two, cwd=tmp_path)
    assert first == second
