"""``mlfgen build``, ``run`` and ``verify`` around the route: what is printed, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.cli.main import main
from generator.errors import BuildError
from generator.model.running import RunResult
from generator.pipeline.build import BuildResult
from generator.pipeline.firmware import load_firmware
from generator.readers.golden import load_golden
from generator.toolchain.elf import MemoryUse

SAMPLES = Path(__file__).parents[3] / "samples"
SINE = str(SAMPLES / "sine.tar")
GOLDEN = str(SAMPLES / "sine.npz")
VERIFY = ["verify", "--rtos", "zephyr", "--board", "mps2_an500", SINE, "--golden", GOLDEN]

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


def console(wrong: int = 0) -> str:
    """What a firmware prints that is right but for the first sets."""
    lines = []
    for number, recorded in enumerate(load_golden(Path(GOLDEN), "tvm_out").sets):
        data = recorded.outputs[0].data
        shown = bytes([data[0] ^ 0x80]) if number < wrong else data
        lines += [
            f"mlf: hello_world_int8 set {number} output 0: {shown.hex()}",
            f"mlf: hello_world_int8 set {number}: 7 us, {'DIFFERS' if number < wrong else 'as expected'}",
        ]
    lines.append("mlf: hello_world_int8 workspace: 48 of 64 bytes touched")
    return "\n".join([*lines, f"mlf: end, {wrong} failures", ""])


@pytest.fixture
def world(monkeypatch: Patch) -> Callable[..., list[Path]]:
    """world(console, ended_by) -> the applications that were built; nothing is really built or run."""

    def make(text: str, ended_by: str = "marker", **outcome: Any) -> list[Path]:
        built: list[Path] = []

        def build(app: Path, **_: object) -> None:
            assert (app / "project.json").is_file()
            built.append(app)

        def run(app: Path, **_: object) -> RunResult:
            return RunResult(text.encode(), ended_by, 0.5, **outcome)

        monkeypatch.setattr("generator.pipeline.verify.build", build)
        monkeypatch.setattr("generator.pipeline.verify.run", run)
        monkeypatch.setattr("generator.cli.run.run_app", run)
        return built

    return make


# ---- verify


def test_verify_tells_set_by_set_and_cleans_up(world: Callable[..., list[Path]], capsys: Capture) -> None:
    built = world(console())
    assert main(VERIFY) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[0].split() == ["model", "set", "outputs", "us", "on", "the", "target"]
    assert printed.count("equal") == 5 and "all equal: 4 sets on mps2_an500, zephyr" in printed
    assert "48 of 64 workspace bytes touched" in printed
    assert len(built) == 1 and not built[0].exists()


def test_verify_ends_with_1_where_numbers_differ(world: Callable[..., list[Path]], capsys: Capture) -> None:
    world(console(wrong=2))
    assert main(VERIFY) == 1
    printed = capsys.readouterr()
    assert printed.out.count("DIFFERS") == 2 and "1 of 1 elements differ, first at 0" in printed.out
    assert "2 of 4 sets differ from the recorded outputs" in printed.err and "--golden-prefix" in printed.err
    assert "all equal" not in printed.out


def test_verify_as_json(world: Callable[..., list[Path]], capsys: Capture) -> None:
    for wrong in (0, 1):
        world(console(wrong))
        assert main([*VERIFY, "--json"]) == wrong
        document = json.loads(capsys.readouterr().out)
        assert document["equal"] is (wrong == 0) and len(document["sets"]) == 4
        assert len(document["mismatches"]) == wrong
        assert document["workspace_bytes"] == {"hello_world_int8": {"touched": 48, "reserved": 64}}


def test_verify_keeps_the_application_where_asked_and_edits_in_it(
    world: Callable[..., list[Path]], tmp_path: Path, capsys: Capture
) -> None:
    built = world(console())
    work = tmp_path / "kept"
    assert main([*VERIFY, "--work", str(work)]) == 0
    assert main([*VERIFY, "--work", str(work)]) == 0
    assert built == [work, work]
    edited = work / "model" / "src" / "mlf_pools.c"
    edited.write_text("/* an experiment */\n", "utf-8")
    assert main([*VERIFY, "--work", str(work)]) == 2
    assert edited.read_text("utf-8") == "/* an experiment */\n"


def test_sources_that_are_missing_are_got_by_one_command(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path
) -> None:
    monkeypatch.delenv("MLF_WORKSPACE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert main([word.replace("zephyr", "freertos") for word in VERIFY]) == 1
    told = capsys.readouterr().err
    assert (
        f"mlfgen's workspace: no deps/FreeRTOS-Kernel in '{tmp_path / 'data' / 'mlfgen' / 'workspace'}'"
        in told
    )
    assert "hint: mlfgen workspace --rtos freertos;" in told


def test_verify_without_an_emulator_is_refused(
    world: Callable[..., list[Path]], capsys: Capture, tmp_path: Path
) -> None:
    board = tmp_path / "mine.yaml"
    text = (
        (SAMPLES.parent / "boards" / "mps2_an500.yaml")
        .read_text("utf-8")
        .replace("mps2_an500\n", "mine\n", 1)
    )
    board.write_text(text[: text.index("\nrun:")] + "\n", "utf-8")
    assert not world(console())
    assert main(["verify", "--rtos", "zephyr", "--board", str(board), SINE, "--golden", GOLDEN]) == 2
    assert "board 'mine'" in capsys.readouterr().err


@pytest.mark.parametrize("ended_by", ["timeout", "exit"])
def test_a_firmware_that_does_not_end_is_exit_code_1(
    ended_by: str, world: Callable[..., list[Path]], capsys: Capture
) -> None:
    world("*** Booting ***\n", ended_by)
    assert main(VERIFY) == 1
    assert "its last output was: *** Booting ***" in capsys.readouterr().err
    assert main(["run", "app"]) == 1


# ---- run


@pytest.mark.parametrize("port", ["kws", "65536", "-1"])
def test_a_word_behind_gdb_that_is_not_a_port_is_reported(port: str, capsys: Capture) -> None:
    assert main(["run", f"--gdb={port}", "app"]) == 2
    assert f"'{port}' is not a TCP port (0 to 65535)" in capsys.readouterr().err


def test_a_debugger_s_run_needs_no_end_marker(world: Callable[..., list[Path]], capsys: Capture) -> None:
    world("half a line", "closed", instructions=12)
    assert main(["run", "app", "--gdb"]) == 0
    assert "12 instructions" in capsys.readouterr().out


def test_run_counts_failures_and_instructions(world: Callable[..., list[Path]], capsys: Capture) -> None:
    world(console(), instructions=1_000_000, notes=("3 read(s) are not modelled",))
    assert main(["run", "app"]) == 0
    printed = capsys.readouterr().out
    assert (
        "1,000,000 instructions in 0.50 s (2 million per second)" in printed and "note: 3 read(s)" in printed
    )
    world(console(), instructions=221_420)
    assert main(["run", "app"]) == 0
    assert "221,420 instructions in 0.50 s\n" in capsys.readouterr().out
    world(console(wrong=3))
    assert main(["run", "app"]) == 1
    capsys.readouterr()
    assert main(["run", "app", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["failures"] == 3


# ---- build


def test_build_tells_region_by_region(tmp_path: Path, capsys: Capture, monkeypatch: Patch) -> None:
    app = tmp_path / "app"
    assert main(["generate", "--rtos", "zephyr", "--board", "mps2_an500", SINE, "-o", str(app)]) == 0
    capsys.readouterr()

    def build(_: Path, **options: Any) -> BuildResult:
        assert options["defines"] == {"CONFIG_X": "y"}
        options["on_line"]("[1/2] Building C object x.c")
        uses = {"flash": MemoryUse(10_000, 500, 4), "sram": MemoryUse(0, 0, 4, 2000, 3000)}
        return BuildResult(load_firmware(app), app / "build" / "zephyr" / "zephyr.elf", uses)

    monkeypatch.setattr("generator.cli.build.build", build)
    arguments = ["build", str(app), "-D", "CONFIG_X=y"]
    assert main(arguments) == 0
    printed = capsys.readouterr()
    assert "checked against the plan: 3 buffers" in printed.out
    assert "10,504" in printed.out and "5,004" in printed.out
    assert "building: 1 of 2" in printed.err
    assert main([*arguments, "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["regions"]["sram"]["noinit_bytes"] == 3000
    assert printed.err == ""


def test_a_build_that_fails_is_exit_code_1(tmp_path: Path, capsys: Capture, monkeypatch: Patch) -> None:
    def build(_: Path, **__: Any) -> BuildResult:
        raise BuildError("it does not link", where="main.c", hint="read main.c")

    monkeypatch.setattr("generator.cli.build.build", build)
    assert main(["build", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "error: main.c: it does not link\n hint: read main.c\n"
