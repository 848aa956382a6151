"""The fuzzer finds faults where there are some, and none where there are not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="its time limit needs POSIX signals")


def fuzz(*arguments: str, folder: Path, engine: str = "own") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.fuzz", *arguments, "--engine", engine, "--findings", str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_a_planted_fault_is_noticed_in_every_reader(tmp_path: Path) -> None:
    done = fuzz("all", "--plant", "--runs", "5000", folder=tmp_path)
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert len(lines) == 19, done.stderr
    missed = [line for line in lines[:-1] if not line.endswith(", a fault")]
    assert not missed


def test_a_planted_fault_is_noticed_with_coverage_too(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="the extra 'fuzz' is not installed")
    done = fuzz("params", "--plant", "--runs", "20000", folder=tmp_path, engine="atheris")
    assert done.returncode != 0
    assert "AttributeError: planted" in done.stdout + done.stderr
    assert list(tmp_path.glob("params-crash-*"))


@pytest.mark.slow
def test_nothing_is_found_in_a_minute(tmp_path: Path) -> None:
    done = fuzz("all", "--seconds", "60", folder=tmp_path)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    total = re.search(r"^([\d,]+) inputs, 0 faults$", done.stdout, re.MULTILINE)
    assert total and int(total[1].replace(",", "")) > 10_000


def device(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    for tool in ("clang", "llvm-cov"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    return subprocess.run(
        [sys.executable, "-m", "tests.fuzz.device", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_the_devices_server_stands_random_sessions(tmp_path: Path) -> None:
    """Inputs that look up and call functions reach nine tenths of each file's lines."""
    done = device("--runs", "50000", "--seconds", "120", folder=tmp_path)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    reached = dict(re.findall(r"^(rpc_\w+\.c): .* ([\d.]+) %$", done.stdout, re.MULTILINE))
    assert set(reached) == {path.name for path in (ROOT / "templates/runtime/src").glob("rpc_*.c")}
    assert {name: percent for name, percent in reached.items() if float(percent) < 90} == {}


@pytest.mark.slow
def test_a_planted_fault_is_noticed_in_the_devices_server(tmp_path: Path) -> None:
    done = device("--plant", "--runs", "1000000", "--seconds", "120", folder=tmp_path)
    assert done.returncode == 1
    assert "AddressSanitizer: global-buffer-overflow" in done.stdout
    assert list(tmp_path.glob("crash-*"))


def test_an_unknown_target_lists_them(tmp_path: Path) -> None:
    done = fuzz("archiv", "--runs", "1", folder=tmp_path)
    assert done.returncode == 2 and "archive, graph, relay" in done.stderr
