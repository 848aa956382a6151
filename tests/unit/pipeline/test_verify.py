"""The whole route of verify, without a face: what is kept, what is asked for, what is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from generator.errors import RunError, ToolMissingError, UsageError
from generator.model.options import GenerateOptions
from generator.model.running import RunResult
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.verify import VerifyRequest, verify
from generator.readers.golden import load_golden

SAMPLES = Path(__file__).parents[3] / "samples"


class NoRunner:
    """Nothing is really built or run."""

    def run(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str], *_: Any) -> Any:
        raise AssertionError(f"{argv} is called")

    def start(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> Any:
        raise AssertionError(f"{argv} is started")


def request(
    output: Path | None = None, *, golden: bool = True, rtos: str = "zephyr", board: str = "mps2_an500"
) -> VerifyRequest:
    options = GenerateOptions(rtos, {}, {}, False, 4096, "portfolio")
    goldens = {"": SAMPLES / "sine.npz"} if golden else {}
    return VerifyRequest(
        GenerateRequest((SAMPLES / "sine.tar",), board, options, goldens=goldens, output=output)
    )


def console(wrong: int) -> bytes:
    lines = []
    for number, recorded in enumerate(load_golden(SAMPLES / "sine.npz", "tvm_out").sets):
        data = recorded.outputs[0].data
        shown = bytes([data[0] ^ 1]) if number < wrong else data
        lines.append(f"mlf: hello_world_int8 set {number} output 0: {shown.hex()}\n")
    return "".join([*lines, f"mlf: end, {wrong} failures\n"]).encode()


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders of applications that were built."""
    folders: list[Path] = []
    monkeypatch.setattr("generator.pipeline.verify.build", lambda app, **_: folders.append(app))
    return folders


def printing(monkeypatch: pytest.MonkeyPatch, text: bytes, ended_by: str = "marker") -> None:
    monkeypatch.setattr("generator.pipeline.verify.run", lambda app, **_: RunResult(text, ended_by, 0.1))


@pytest.mark.parametrize("wrong", [0, 2])
def test_what_the_firmware_prints_is_judged(
    wrong: int, built: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    printing(monkeypatch, console(wrong))
    result = verify(request(tmp_path / "app"), runner=NoRunner(), env={})
    assert len(result.verdict.sets) == 4 and len(result.verdict.mismatches) == wrong
    assert result.verdict.equal is (wrong == 0)
    assert result.project.board.name == "mps2_an500"
    assert built == [tmp_path / "app"] and (tmp_path / "app" / "project.json").is_file()


def test_without_a_place_nothing_stays(built: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    printing(monkeypatch, console(0))
    assert verify(request(), runner=NoRunner(), env={}).verdict.equal
    assert len(built) == 1 and not built[0].exists()


def test_a_run_that_does_not_end_is_not_a_verdict(built: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    printing(monkeypatch, b"*** Booting ***\n", "timeout")
    with pytest.raises(RunError, match="did not finish in time"):
        verify(request(), runner=NoRunner(), env={})


def test_recorded_outputs_are_needed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="verify needs recorded outputs for an archive") as caught:
        verify(request(tmp_path / "app", golden=False), runner=NoRunner(), env={})
    assert "--golden" in str(caught.value.hint) and not (tmp_path / "app").exists()


def test_sources_that_are_missing_are_got_by_one_command(tmp_path: Path) -> None:
    """Which needs no project: one that was made aside is gone when the hint is read."""
    for app in (None, tmp_path / "app"):
        with pytest.raises(ToolMissingError) as caught:
            verify(
                request(app, rtos="freertos") if app else request(rtos="freertos"), runner=NoRunner(), env={}
            )
        assert str(caught.value.hint).startswith("mlfgen workspace --rtos freertos;")
        assert caught.value.where is None
