"""The same inputs give the same bytes: in any folder, any process, any time zone and locale."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from generator.pipeline.board_names import board_names
from generator.pipeline.boards import find_board

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "samples"
#: RAM that the larger sample takes on a board that also serves a host
_BRANCHY_BYTES = 160_000


def generate(target: Path, archive: Path, *arguments: str, cwd: Path, **env: str) -> dict[str, bytes]:
    """The whole tree that a process of its own writes."""
    argv = [sys.executable, "-m", "generator", "generate", *arguments, "-o", str(target), str(archive)]
    done = subprocess.run(
        argv, cwd=cwd, capture_output=True, text=True, timeout=60, env={**os.environ, **env}
    )
    assert done.returncode == 0, done.stderr
    return {p.relative_to(target).as_posix(): p.read_bytes() for p in target.rglob("*") if p.is_file()}


def modes(target: Path) -> dict[str, int]:
    """Permission bits of every file and folder."""
    return {p.relative_to(target).as_posix(): stat.S_IMODE(p.stat().st_mode) for p in target.rglob("*")}


def archives() -> list[Path]:
    shared = ROOT.parent / "shared" / "archives" / "two-models-sine-kws.tar"
    return [SAMPLES / "branchy.tar", *([shared] if shared.is_file() else [])]


@pytest.mark.parametrize("archive", archives(), ids=lambda path: path.stem)
@pytest.mark.parametrize("rtos", ["zephyr", "freertos", "none"])
def test_two_folders_two_processes_one_result(archive: Path, rtos: str, tmp_path: Path) -> None:
    arguments = ("--rtos", rtos, "--board", "stm32f746g_disco", "--pool", "io=dtcm")
    other = tmp_path / "größer und\tmit Leerzeichen"
    other.mkdir()
    # project.json keeps where the archive lies, as seen from the project.
    here, there = (Path(shutil.copy(archive, folder)) for folder in (tmp_path, other))
    first = generate(
        tmp_path / "app", here, *arguments, cwd=tmp_path, PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C"
    )
    second = generate(
        other / "anders",
        there,
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


def applications() -> list[tuple[str, str, str]]:
    """(board, RTOS, project type): all that can be generated. A program for this computer is not host-driven."""
    return [
        (board.name, rtos, kind)
        for board in map(find_board, board_names())
        for rtos in board.rtoses
        for kind in (("standalone",) if board.core.hosted else ("standalone", "host_driven"))
    ]


@pytest.mark.parametrize(("board", "rtos", "kind"), applications())
def test_every_board_and_rtos_whoever_generates_and_wherever(
    board: str, rtos: str, kind: str, tmp_path: Path
) -> None:
    """Another folder, umask, locale, time zone, hash seed, home and user name; with a file's permissions."""
    found = find_board(board)
    ram = found.region(found.pool(found.workspace_pool).region)
    archive = SAMPLES / ("branchy.tar" if ram.size_bytes > _BRANCHY_BYTES else "sine.tar")
    arguments = ("--rtos", rtos, "--board", board, "--project-type", kind, "--stack-bytes", "2048")
    places = [tmp_path / "first", tmp_path / "zweiter Ort, größer"]
    people: list[dict[str, str]] = [
        {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C", "USER": "one", "PYTHONUTF8": "0"},
        {"PYTHONHASHSEED": "9", "TZ": "America/Caracas", "LC_ALL": "C.UTF-8", "USER": "two", "COLUMNS": "40"},
    ]
    trees = []
    before = os.umask(0o022)
    try:
        for place, person in zip(places, people, strict=True):
            place.mkdir()
            home = {"HOME": str(place), "XDG_CACHE_HOME": str(place / "cache"), "LOGNAME": person["USER"]}
            trees.append(generate(place / "app", archive, *arguments, cwd=place, **person, **home))
            os.umask(0o077)
    finally:
        os.umask(before)
    assert trees[0].keys() == trees[1].keys()
    assert [path for path in trees[0] if trees[0][path] != trees[1][path]] == []
    first, second = (modes(place / "app") for place in places)
    assert {path: mode & 0o700 for path, mode in first.items()} == second
    assert {mode & 0o077 for mode in second.values()} == {0}
    runs = {path for path, mode in first.items() if mode & 0o111 and (places[0] / "app" / path).is_file()}
    assert {first[path] for path in runs} <= {0o755}
    assert {mode for path, mode in first.items() if path in trees[0] and path not in runs} == {0o644}


def test_the_order_of_repeated_options_does_not_count(tmp_path: Path) -> None:
    common = ("--rtos", "zephyr", "--board", "stm32f746g_disco", "--reserve")
    one = ("sram=1K", "--reserve", "dtcm=2K", "--pool", "sram=dtcm", "--pool", "io=dtcm")
    two = ("dtcm=2048", "--reserve", "sram=0x400", "--pool", "io=dtcm", "--pool", "sram=dtcm")
    archive = SAMPLES / "sine.tar"
    first = generate(tmp_path / "a", archive, *common, *one, cwd=tmp_path)
    second = generate(tmp_path / "b", archive, *common, *two, cwd=tmp_path)
    assert first == second
