"""Two writers in one folder: one after the other."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from emit_trees import FIRST, HEADER, SECOND, tree_of

from generator.emit import lock
from generator.emit.lock import locked
from generator.emit.writer import write_project
from generator.errors import TargetError
from generator.model.output import OutputFile

fcntl = pytest.importorskip("fcntl", reason="locks as POSIX has them")

THIRD = {
    **FIRST,
    "model/src/pools.c": OutputFile(b"pools 3", "generated", "pools"),
    "model/third/deep/more.c": OutputFile(b"more", "generated", "more"),
}
HOLDER = """
import pathlib, sys
from generator.emit.lock import locked
with locked(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_is_refused_by_name_when_the_first_takes_too_long(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        with pytest.raises(TargetError) as caught, locked(tmp_path, wait_s=0.1):
            pytest.fail("both hold it")
        process.kill()
    assert caught.value.what == "another mlfgen is writing to this folder"
    assert caught.value.where == str(tmp_path)
    assert "run the command again" in (caught.value.hint or "")
    # A killed process holds nothing.
    with locked(tmp_path, wait_s=0):
        pass


def test_the_second_waits(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        ended = subprocess.Popen(["sh", "-c", f"sleep 0.3; kill {process.pid}"])
        began_s = time.monotonic()
        with locked(tmp_path):
            assert time.monotonic() - began_s > 0.2
        ended.wait()


def test_nothing_is_left(tmp_path: Path) -> None:
    before = tmp_path.stat().st_mtime_ns
    with locked(tmp_path):
        assert list(tmp_path.iterdir()) == []
    assert tmp_path.stat().st_mtime_ns == before


def test_a_file_stands_in_where_folders_can_not_be_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(descriptor: int, operation: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):  # noqa: PTH112
            raise OSError(errno.EBADF, "Bad file descriptor")
        fcntl.flock(descriptor, operation)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("no /proc")
    fake = SimpleNamespace(flock=flock, LOCK_EX=fcntl.LOCK_EX, LOCK_NB=fcntl.LOCK_NB)
    monkeypatch.setattr(lock, "fcntl", fake)
    with locked(tmp_path):
        assert [item.name for item in tmp_path.iterdir()] == [".mlfgen-lock"]
        with pytest.raises(TargetError, match="another mlfgen"), locked(tmp_path, wait_s=0):
            pytest.fail("both hold it")
    assert list(tmp_path.iterdir()) == []


def race(target: Path, *versions: dict[str, OutputFile]) -> None:
    """Write all versions at once, each in a process of its own; none may fail."""
    start, go = os.pipe()
    processes = []
    for version in versions:
        process = os.fork()
        if process == 0:
            try:
                os.close(go)
                os.read(start, 1)
                write_project(target, version, HEADER)
                os._exit(0)
            finally:
                os._exit(1)
        processes.append(process)
    os.close(start)
    os.close(go)
    assert [os.waitpid(process, 0)[1] for process in processes] == [0] * len(versions)


@pytest.mark.parametrize("exists", [False, True], ids=["new", "regenerated"])
def test_a_hundred_races_of_two(tmp_path: Path, exists: bool) -> None:
    outcomes = []
    for order in ((SECOND, THIRD), (THIRD, SECOND)):
        target = tmp_path / f"in order {len(outcomes)}"
        for version in ((FIRST,) if exists else ()) + order:
            write_project(target, version, HEADER)
        outcomes.append(tree_of(target))
    for number in range(100):
        target = tmp_path / "deep" / f"app{number}"
        if exists:
            write_project(target, FIRST, HEADER)
        race(target, SECOND, THIRD)
        assert tree_of(target) in outcomes
