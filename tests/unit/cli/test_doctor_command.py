"""``mlfgen doctor``: what it prints for each RTOS, and when it fails."""

from __future__ import annotations

import json

import pytest

from generator.cli import doctor
from generator.cli.main import main
from generator.model.options import FREERTOS, NONE, RTOSES, ZEPHYR
from generator.toolchain.doctor import Finding

CMAKE = Finding("cmake", True, "every build", RTOSES, version="3.25.1", path="/usr/bin/cmake")
NINJA = Finding(
    "ninja", False, "every build", RTOSES, problem="not in PATH", install="apt-get install ninja-build"
)
SOURCES = Finding("Zephyr", False, "Zephyr projects", (ZEPHYR,), problem="none", install="mlfgen workspace")
KERNEL = Finding(
    "FreeRTOS", False, "FreeRTOS projects", (FREERTOS,), problem="none", install="mlfgen workspace"
)
QEMU = Finding("qemu", True, "running", runs=RTOSES)
NO_QEMU = Finding(
    "qemu", False, "running", runs=RTOSES, problem="not in PATH", install="apt-get install qemu"
)

Capture = pytest.CaptureFixture[str]


def run(monkeypatch: pytest.MonkeyPatch, *findings: Finding, json_output: bool = False) -> int:
    monkeypatch.setattr(doctor, "check_computer", lambda *_: findings)
    return main(["doctor", "--json"] if json_output else ["doctor"])


def test_bare_metal_alone_is_enough(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    assert run(monkeypatch, CMAKE, SOURCES, KERNEL, QEMU) == 0
    printed = capsys.readouterr().out
    assert "--rtos none (bare metal): ready\n" in printed
    assert "--rtos zephyr: missing Zephyr\n  mlfgen workspace\n" in printed


@pytest.mark.parametrize(
    ("findings", "line"),
    [
        ((CMAKE, NINJA, QEMU), "--rtos none (bare metal): missing ninja\n  apt-get install ninja-build\n"),
        ((CMAKE, NO_QEMU), "builds, but can't run here without one of qemu\n  apt-get install qemu\n"),
    ],
)
def test_it_fails_when_no_rtos_is_ready(
    findings: tuple[Finding, ...], line: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    assert run(monkeypatch, *findings) == 1
    assert line in capsys.readouterr().out


def test_as_json(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    assert run(monkeypatch, CMAKE, SOURCES, QEMU, json_output=True) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] and document["rtoses"][NONE]["runs"]
    assert document["rtoses"][ZEPHYR] == {
        "builds": False,
        "runs": False,
        "missing": ["Zephyr"],
        "install": ["mlfgen workspace"],
    }
    assert document["findings"][1]["required_by"] == [ZEPHYR]
