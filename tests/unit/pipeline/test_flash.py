"""Which program writes an image, and with which words."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from generator.errors import BoardError, RunError, UsageError
from generator.model.options import GenerateOptions
from generator.pipeline.flash import flash
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest
from generator.toolchain.runner import CompletedCommand

SAMPLE = Path(__file__).parents[3] / "samples" / "sine.tar"


class Runner:
    def __init__(self, returncode: int = 0, output: str = "") -> None:
        self.argv: tuple[str, ...] = ()
        self._answer = CompletedCommand(returncode, output)

    def run(self, argv, cwd, env, on_line=None, timeout_s=None):  # type: ignore[no-untyped-def]
        self.argv = tuple(argv)
        return self._answer


@pytest.fixture
def app(tmp_path: Path) -> Path:
    options = GenerateOptions("freertos", {}, {}, False, 4096, "portfolio", "host_driven")
    generate(GenerateRequest((SAMPLE,), "stm32f746g_disco", options, output=tmp_path / "app"))
    (tmp_path / "app" / "build").mkdir()
    (tmp_path / "app" / "build" / "firmware.elf").write_bytes(b"elf")
    return tmp_path / "app"


def test_the_boards_first_runner_is_taken(app: Path) -> None:
    runner = Runner()
    flash(app, runner=runner, env={})
    elf = (app / "build" / "firmware.elf").absolute()
    assert runner.argv[:3] == ("openocd", "-f", "board/stm32f746g-disco.cfg")
    assert runner.argv[-1] == f"program {{{elf}}} verify reset exit"


def test_an_image_older_than_its_sources_is_reported(app: Path, caplog: pytest.LogCaptureFixture) -> None:
    flash(app, runner=Runner(), env={})
    assert caplog.messages == []
    os.utime(app / "build" / "firmware.elf", (0, 0))
    flash(app, runner=Runner(), env={})
    assert caplog.messages[0].startswith("the image is older than model/")
    assert f"mlfgen build {app}" in caplog.messages[0]


def test_another_runner_and_a_probe_can_be_chosen(app: Path) -> None:
    runner = Runner()
    flash(app, runner=runner, env={}, program="st-flash", serial_number="066E")
    binary = str((app / "build" / "firmware.bin").absolute())
    assert runner.argv == ("st-flash", "--serial", "066E", "--reset", "write", binary, "0x08000000")
    flash(app, runner=runner, env={}, program="stm32cubeprogrammer")
    assert runner.argv[0] == "STM32_Programmer_CLI" and runner.argv[-1] == "-rst"


@pytest.mark.parametrize("program", [None, "st-flash", "stm32cubeprogrammer"])
@pytest.mark.parametrize("number", ["x; exec touch x", "[exec id]", "-x", "", "1 2", "a\nb"])
def test_a_serial_number_is_not_a_program_for_a_runner(app: Path, program: str | None, number: str) -> None:
    """A settings file may name one, and OpenOCD runs what it is given."""
    runner = Runner()
    with pytest.raises(UsageError, match="not a serial number") as caught:
        flash(app, runner=runner, env={}, program=program, serial_number=number)
    assert runner.argv == ()
    assert caught.value.hint == "give it as the system lists it: letters, digits and .:_-"


def test_a_runner_that_the_board_has_not_is_refused(app: Path) -> None:
    with pytest.raises(BoardError, match="'jlink' is not a runner of this board") as caught:
        flash(app, runner=Runner(), env={}, program="jlink")
    assert "openocd, stm32cubeprogrammer" in str(caught.value.hint)


def test_a_runner_of_one_memory_does_not_lose_what_another_stores(app: Path) -> None:
    record = json.loads((app / "project.json").read_text("utf-8"))
    regions, buffers = (record["plan"]["firmware"][key] for key in ("regions", "buffers"))
    regions["store"] = {"base": 0x90000000, "size_bytes": 4096, "writable": False}
    buffers["kept"] = {"pool": "p", "size_bytes": 4, "alignment_bytes": 4, "region": "store", "stored": True}
    (app / "project.json").write_text(json.dumps(record), "utf-8")
    with pytest.raises(
        BoardError, match="st-flash writes only the memory of the code, but 'p' is stored in 'store'"
    ) as caught:
        flash(app, runner=Runner(), env={}, program="st-flash")
    assert "openocd" in str(caught.value.hint)
    flash(app, runner=Runner(), env={}, program="openocd")


def test_a_failure_tells_the_programs_last_line(app: Path) -> None:
    with pytest.raises(RunError, match="'openocd' failed with exit code 1: Error: open failed"):
        flash(app, runner=Runner(1, "Info: x\nError: open failed\n\n"), env={})


def test_there_must_be_an_image(app: Path) -> None:
    (app / "build" / "firmware.elf").unlink()
    with pytest.raises(RunError, match="the image does not exist"):
        flash(app, runner=Runner(), env={})


@pytest.mark.parametrize("program", ["st-flash", "stm32cubeprogrammer"])
def test_constants_in_external_flash_need_a_runner_that_writes_there(program: str, tmp_path: Path) -> None:
    app = tmp_path / "app"
    options = GenerateOptions("none", {"constants": "qspi"}, {}, False, 4096, "portfolio")
    generate(GenerateRequest((SAMPLE.parent / "branchy.tflite",), "stm32f746g_disco", options, output=app))
    (app / "build").mkdir()
    (app / "build" / "firmware.elf").write_bytes(b"elf")
    with pytest.raises(BoardError, match="the models' constants are stored in 'qspi'") as caught:
        flash(app, runner=Runner(), env={}, program=program)
    assert "--runner openocd" in str(caught.value.hint)
    runner = Runner()
    flash(app, runner=runner, env={})
    assert runner.argv[0] == "openocd"
