"""Running: the emulator a board names, with the arguments it names; and who is asked for which file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from generator.errors import BoardError, RunError, TargetError, UsageError
from generator.model.options import GenerateOptions
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest, compose_request
from generator.pipeline.run import run

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "samples"


@dataclass
class Program:
    """Prints its lines and ends."""

    chunks: list[bytes]
    returncode: int | None = None
    closed: bool = False

    def read(self, timeout_s: float) -> bytes | None:
        if self.chunks:
            return self.chunks.pop(0)
        self.returncode = 0
        return None

    def write(self, data: bytes) -> None:
        raise AssertionError("nobody talks to it")

    def close(self) -> None:
        self.closed = True


@dataclass
class Starter:
    chunks: list[bytes]
    started: list[tuple[tuple[str, ...], Path]] = field(default_factory=list)
    program: Program | None = None

    def start(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> Any:
        self.started.append((tuple(argv), cwd))
        self.program = Program(list(self.chunks))
        return self.program


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A PATH on which there is a QEMU, by name at least."""
    tool = tmp_path / "bin" / "qemu-system-arm"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\n", "utf-8")
    tool.chmod(0o755)
    return {"PATH": str(tool.parent)}


def built(folder: Path, board: str) -> Path:
    """An application with something where its image would be."""
    options = GenerateOptions("zephyr", {}, {}, False, 4096, "portfolio")
    generate(GenerateRequest((SAMPLES / "sine.tar",), board, options, output=folder))
    zephyr = folder / "build" / "zephyr"
    zephyr.mkdir(parents=True)
    for name in ("zephyr.elf", "zephyr.exe"):
        (zephyr / name).write_bytes(b"\x7fELF")
    return folder


def test_an_emulated_board_runs_in_the_machine_it_names(tmp_path: Path, env: dict[str, str]) -> None:
    app = built(tmp_path / "app", "mps2_an500")
    starter = Starter([b"*** Booting\r\nmlf: e", b"nd, 0 failures\r\nand more"])
    lines: list[str] = []
    outcome = run(app, starter=starter, env=env, on_line=lines.append)
    ((argv, _),) = starter.started
    assert argv[0] == f"{env['PATH']}/qemu-system-arm" and argv[argv.index("-M") + 1] == "mps2-an500"
    assert argv[-2:] == ("-kernel", str(app / "build" / "zephyr" / "zephyr.elf"))
    assert outcome.ended_by == "marker" and outcome.instructions is None
    assert "mlf: end, 0 failures" in outcome.text and lines[0] == "*** Booting"
    assert starter.program is not None and starter.program.closed


def test_a_program_for_this_computer_is_started_as_it_is(tmp_path: Path, env: dict[str, str]) -> None:
    app = built(tmp_path / "app", "native_sim")
    starter = Starter([b"hello\n"])
    outcome = run(app, starter=starter, env=env, just_built=True)
    ((argv, _),) = starter.started
    assert argv == (str(app / "build" / "zephyr" / "zephyr.exe"),)
    assert outcome.ended_by == "exit"


def test_what_a_host_drives_is_not_waited_for(tmp_path: Path, env: dict[str, str]) -> None:
    options = GenerateOptions("zephyr", {}, {}, False, 4096, "portfolio", project_type="host_driven")
    app = tmp_path / "my app"
    generate(GenerateRequest((SAMPLES / "sine.tar",), "mps2_an500", options, output=app))
    with pytest.raises(TargetError) as caught:
        run(app, starter=Starter([]), env=env)
    assert caught.value.hint == f"mlfgen session '{app}'"


def test_an_image_that_is_out_of_date_is_noted(tmp_path: Path, env: dict[str, str]) -> None:
    app = built(tmp_path / "app", "mps2_an500")
    said = [b"mlf: end, 0 failures\n"]
    assert run(app, starter=Starter(said), env=env).notes == ()
    image = app / "build" / "zephyr" / "zephyr.elf"
    os.utime(app / "src" / "main.c", ns=(0, image.stat().st_mtime_ns + 1))
    note = f"the image is older than src/main.c; to rebuild it: mlfgen build {app}"
    assert run(app, starter=Starter(said), env=env).notes == (note,)


def test_another_build_folder(tmp_path: Path, env: dict[str, str]) -> None:
    app = built(tmp_path / "app", "native_sim")
    (app / "build").rename(tmp_path / "elsewhere")
    starter = Starter([b"mlf: end, 0 failures\n"])
    run(app, starter=starter, env=env, build_folder=tmp_path / "elsewhere", just_built=True)
    assert starter.started[0][0] == (str(tmp_path / "elsewhere" / "zephyr" / "zephyr.exe"),)
    with pytest.raises(RunError, match="the image does not exist"):
        run(app, starter=starter, env=env)


def test_an_image_that_another_tool_has_built(tmp_path: Path, env: dict[str, str]) -> None:
    app = built(tmp_path / "app", "mps2_an500")
    image = app / "Debug" / "app.elf"
    with pytest.raises(TargetError, match="there is no such image") as caught:
        run(app, starter=Starter([]), env=env, other_image=image)
    assert (caught.value.where, caught.value.hint) == (str(image), "build it first")
    image.parent.mkdir()
    (app / "build" / "zephyr" / "zephyr.elf").rename(image)
    starter = Starter([b"mlf: end, 0 failures\n"])
    run(app, starter=starter, env=env, other_image=image)
    assert str(image) in starter.started[0][0]


def run_section(app: Path, section: dict[str, Any]) -> None:
    document = json.loads((app / "project.json").read_text("utf-8"))
    document["plan"]["firmware"]["run"] = section
    (app / "project.json").write_text(json.dumps(document), "utf-8")


@pytest.mark.parametrize(
    ("section", "message", "hint"),
    [
        ({}, "board 'mps2_an500'", "docs/boards.md"),
        ({"emulator": "qemo"}, "run: 'emulator' is 'qemo'", "did you mean 'qemu'?"),
        ({"emulator": "qemu", "machine": "x"}, "run: key 'binary' is missing", "add 'binary"),
        ({"emulator": "qemu", "binary": "qemu-system-arm", "machine": "x", "k": 1}, "unknown key 'k'", ""),
        ({"emulator": "virtual", "instruction_budget": 1}, "key 'machine' is missing", "virtual-mcu.md"),
    ],
)
def test_a_run_section_that_is_wrong_is_reported(
    section: dict[str, Any], message: str, hint: str, tmp_path: Path, env: dict[str, str]
) -> None:
    app = built(tmp_path / "app", "mps2_an500")
    run_section(app, section)
    with pytest.raises(BoardError) as caught:
        run(app, starter=Starter([]), env=env)
    assert message in str(caught.value) and hint in str(caught.value.hint)


def test_a_debugger_is_refused_where_another_emulator_runs_the_board(
    tmp_path: Path, env: dict[str, str]
) -> None:
    app = built(tmp_path / "app", "mps2_an500")
    with pytest.raises(BoardError) as caught:
        run(app, starter=Starter([]), env=env, gdb_port=0)
    assert "--gdb needs the virtual microcontroller, but this board's emulator is 'qemu'" in str(caught.value)
    assert "'emulator: virtual'" in str(caught.value.hint)


# ---- files for models


@pytest.mark.parametrize("flag", ["goldens", "tflite"])
def test_a_file_for_one_of_several_models_must_say_which(flag: str) -> None:
    options = GenerateOptions("zephyr", {}, {}, False, 4096, "portfolio")
    models = (SAMPLES / "sine.tar", SAMPLES / "branchy.tar")
    ending = {"goldens": "npz", "tflite": "tflite"}[flag]
    files = {"": SAMPLES / f"sine.{ending}"}
    with pytest.raises(UsageError, match="which of the 2 models") as caught:
        compose_request(GenerateRequest(models, "mps2_an500", options, **{flag: files}))  # type: ignore[arg-type]
    assert "hello_world_int8=sine." in str(caught.value.hint)
    named = {"hello_world_int8": SAMPLES / f"sine.{ending}"}
    project, inputs = compose_request(
        GenerateRequest(models, "mps2_an500", options, **{flag: named})  # type: ignore[arg-type]
    )
    assert [record.label for record in inputs] == ["sine.tar", "branchy.tar", f"sine.{ending}"]
    assert len(project.models) == 2
