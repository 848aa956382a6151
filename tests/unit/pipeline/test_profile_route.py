"""Profiling: what is asked of an application, and of what its board printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.cli.main import main
from generator.errors import BoardError, RunError
from generator.model.options import GenerateOptions
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.profile import ProfileRequest, profile
from generator.readers.console import PrintedCount, parse_profile
from generator.toolchain.elf import ElfImage, Symbol

SAMPLES = Path(__file__).parents[3] / "samples"
DENSE = "tvmgen_hello_world_int8_fused_nn_contrib_dense_pack_add_fixed_point_multiply_add_clip_cast"
INVOKE = "mlf_hello_world_int8_invoke"


def application(folder: Path, board: str) -> Path:
    options = GenerateOptions("freertos", {}, {}, False, 4096, "portfolio")
    generate(GenerateRequest((SAMPLES / "sine.tar",), board, options, output=folder))
    return folder


@pytest.fixture(autouse=True)
def linked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every image has these functions."""
    places = {INVOKE: 0x0800_0200, f"{DENSE}.isra.0": 0x0800_0300}
    symbols = {name: (Symbol(name, place, 16, ".text", True),) for name, place in places.items()}
    image = ElfImage(0, (), symbols, ())
    monkeypatch.setattr("generator.pipeline.profile.read_elf", lambda path: image)


def test_what_a_board_printed_gets_the_images_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = application(tmp_path / "app", "stm32f746g_disco")
    console = (
        "junk\r\nmlf: profile 8000201: 2 calls, 500 cycles\r\nmlf: profile 8000301: 4 calls, 400 cycles\r\n"
    )
    result = profile(ProfileRequest(app, console=console))
    assert result.unit == "cycles" and result.instructions is None
    (model,) = result.models
    assert (model.runs, model.instructions, model.between) == (2, 500, 100)
    assert [(o.record.function, o.count.calls, o.count.instructions) for o in model.operators] == [
        (DENSE, 4, 400)
    ]
    (tmp_path / "console.log").write_text(console, "utf-8")
    assert main(["profile", str(app), "--console", str(tmp_path / "console.log"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["unit"] == "cycles" and document["models"]["hello_world_int8"]["between_cycles"] == 100


def test_of_several_profiles_the_last_counts() -> None:
    lines = ("a1: 1 calls, 2 cycles", "b1: 3 calls, 4 cycles", "a1: 5 calls, 6 cycles")
    text = "".join(f"mlf: profile {line}\n" for line in lines)
    assert parse_profile(text) == (PrintedCount(0xA1, 5, 6), PrintedCount(0xB1, 3, 4))


@pytest.mark.parametrize(
    ("console", "message", "hint"),
    [
        ("mlf: end, 0 failures\n", "the console output contains no profile", "-D MLF_PROFILE=ON"),
        (
            "mlf: profile 8000901: 1 calls, 1 cycles\n",
            "0x08000901, where the image has no function",
            "flashed",
        ),
        ("mlf: profile 8000301: 1 calls, 1 cycles\n", "the firmware ran no model", "--golden"),
    ],
)
def test_a_console_that_tells_nothing_is_refused(
    console: str, message: str, hint: str, tmp_path: Path
) -> None:
    app = application(tmp_path / "app", "stm32f746g_disco")
    with pytest.raises(RunError) as caught:
        profile(ProfileRequest(app, console=console))
    assert message in caught.value.what and hint in str(caught.value.hint)


def test_a_board_without_the_virtual_microcontroller_is_reported(tmp_path: Path) -> None:
    app = application(tmp_path / "app", "mps2_an500")
    with pytest.raises(BoardError) as caught:
        profile(ProfileRequest(app))
    assert "no virtual microcontroller to count instructions on" in caught.value.what
    assert "--console" in str(caught.value.hint) and "mlfgen boards" in str(caught.value.hint)


def test_a_console_that_can_not_be_read_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = application(tmp_path / "app", "stm32f746g_disco")
    assert main(["profile", str(app), "--console", str(tmp_path / "none.log")]) == 2
    assert "can't be read: No such file" in capsys.readouterr().err
