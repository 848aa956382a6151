"""An image that somebody else linked, beside the plan of the models in it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.cli import main as cli
from generator.errors import BuildError, TargetError
from generator.model.options import GenerateOptions
from generator.pipeline.check import check, load_model_folders
from generator.pipeline.firmware import load_firmware
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest

SAMPLES = Path(__file__).parents[3] / "samples"
BUFFER = "mlf_hello_world_int8_sram"
Capture = pytest.CaptureFixture[str]
Link = Callable[..., Path]


def application(folder: Path, rtos: str = "none", board: str = "stm32f746g_disco", **pools: str) -> Path:
    options = GenerateOptions(rtos, pools, {}, False, 4096, "portfolio")
    generate(GenerateRequest((SAMPLES / "sine.tar",), board, options, output=folder))
    return folder


@pytest.fixture
def link(tmp_path: Path) -> Link:
    """link(app, address, …) -> an image in which the application's buffers lie there."""
    compiler = shutil.which("arm-none-eabi-gcc")
    if compiler is None:
        pytest.skip("arm-none-eabi-gcc is not installed")

    def make(app: Path, address: str, *, content: str = "", also: str = "", size_change: int = 0) -> Path:
        buffers = load_firmware(app).buffers
        lines = [
            f'__attribute__((section(".pools"), aligned(32))) unsigned char {b.symbol}[{b.size_bytes + size_change}]'
            f"{content};\n"
            for b in buffers
        ]
        (tmp_path / "a.c").write_text("void _start(void) {}\n" + also + "".join(lines), "utf-8")
        kind = "" if content else "(NOLOAD)"
        (tmp_path / "a.ld").write_text(
            f"SECTIONS {{ .text 0x08000000 : {{ *(.text*) }} .pools {address} {kind} : {{ *(.pools) }} "
            ".other 0x20010010 (NOLOAD) : { *(.other) } }",
            "utf-8",
        )
        argv = [
            compiler,
            "-mcpu=cortex-m7",
            "-mthumb",
            "-nostdlib",
            "-Wl,--no-check-sections",
            "-T",
            "a.ld",
            "a.c",
        ]
        subprocess.run([*argv, "-o", "image.elf"], cwd=tmp_path, check=True, capture_output=True)
        return tmp_path / "image.elf"

    return make


def test_ordinary_buffers_may_lie_in_any_ram(tmp_path: Path, link: Link, capsys: Capture) -> None:
    app = application(tmp_path / "app")
    for address, memory in (("0x20010000", "sram"), ("0x20000100", "dtcm"), ("0xC0000000", "sdram")):
        (result,) = check(link(app, address), (app,))
        assert result.as_planned
        assert {buffer.memory for buffer in result.buffers} == {memory}
    assert cli.main(["check", str(link(app, "0x20000100")), "--model", str(app)]) == 0
    printed = capsys.readouterr()
    assert "sram or other RAM" in printed.out and not printed.err


@pytest.mark.parametrize(
    ("pool", "address", "said"),
    [
        ("dtcm", "0x20010000", "outside 0x20000000 to 0x20010000"),
        ("dtcm", "0x2000ff80", "it is at 0x2000ffc0 to 0x20010020, outside 0x20000000 to 0x20010000"),
        ("sram", "0x60000000", "outside 0x20000000 to 0x20050000 and 0xc0000000 to 0xc0800000"),
    ],
)
def test_a_misplaced_buffer_is_reported(
    pool: str, address: str, said: str, tmp_path: Path, link: Link, capsys: Capture
) -> None:
    app = application(tmp_path / "app", sram=pool)
    image = link(app, address)
    (result,) = check(image, (app,))
    assert not result.as_planned
    assert said in {buffer.expected.symbol: "; ".join(buffer.faults) for buffer in result.buffers}[BUFFER]
    assert cli.main(["check", str(image), "--model", str(app)]) == 1
    printed = capsys.readouterr()
    assert said in printed.out
    assert "not as planned: " in printed.err and BUFFER in printed.err
    hint = "sections.ld" if pool == "dtcm" else "in an output section marked (NOLOAD)"
    assert hint in printed.err


def test_a_buffer_that_flash_stores_is_reported(tmp_path: Path, link: Link) -> None:
    app = application(tmp_path / "app")
    (result,) = check(link(app, "0x20010000", content=" = {1}"), (app,))
    assert "section '.pools' stores its 96 bytes in flash needlessly" in result.buffers[-1].faults


def test_an_image_of_another_version_is_reported(tmp_path: Path, link: Link, capsys: Capture) -> None:
    app = application(tmp_path / "app")
    assert cli.main(["check", str(link(app, "0x20010000", size_change=32)), "--model", str(app)]) == 1
    assert "the image was built from other sources: build it again from those in" in capsys.readouterr().err


def test_only_sections_that_hold_a_buffer_are_compared_with_one_another(tmp_path: Path, link: Link) -> None:
    app = application(tmp_path / "app")
    also = '__attribute__((section(".other"))) unsigned char other[64];\n'
    (result,) = check(link(app, "0x20010000", also=also), (app,))
    assert not result.as_planned
    assert len(result.faults) == 1 and "0x20010010 inside section '.pools'" in result.faults[0]
    (result,) = check(link(app, "0x20020000", also=also), (app,))
    assert result.as_planned


def test_models_that_nobody_calls(tmp_path: Path, link: Link, capsys: Capture) -> None:
    """Of several models one may be left out, not all."""
    app, other = application(tmp_path / "app"), application(tmp_path / "other")
    document = json.loads((other / "project.json").read_text())
    buffers = document["plan"]["firmware"]["buffers"]
    document["plan"]["firmware"]["buffers"] = {f"{name}_of_other": value for name, value in buffers.items()}
    (other / "project.json").write_text(json.dumps(document))
    image = link(app, "0x20010000")
    (result,) = check(image, (other,))
    assert not result.linked and not result.as_planned
    assert cli.main(["check", str(image), "--model", str(app), "--model", str(other), "--json"]) == 1
    printed = json.loads(capsys.readouterr().out)
    assert [all(b["faults"] == [] for b in model["buffers"]) for model in printed["models"]] == [True, True]
    assert "contains no buffer of the models in" in printed["error"]["what"]
    assert "nothing in it calls these models" in printed["error"]["hint"]


def test_where_the_plan_is_looked_for(tmp_path: Path) -> None:
    one = application(tmp_path / "repository" / "lib" / "one")
    two = application(tmp_path / "repository" / "lib" / "two")
    image = tmp_path / "elsewhere" / "image.elf"
    assert load_model_folders(image, (), tmp_path / "repository") == (one, two)
    assert load_model_folders(one / "build" / "firmware.elf", (), tmp_path) == (one,)
    assert load_model_folders(image, (two, two / "model"), tmp_path) == (two,)
    (tmp_path / "elsewhere").mkdir()
    # other programs keep files of that name as well
    for folder in (tmp_path, tmp_path / "repository", tmp_path / "elsewhere"):
        (folder / "project.json").write_text('{"name": "web"}', "utf-8")
    assert load_model_folders(image, (), tmp_path / "repository") == (one, two)
    assert load_model_folders(one / "build" / "firmware.elf", (), tmp_path) == (one,)
    with pytest.raises(TargetError, match=r"no folder with a project\.json here or below") as caught:
        load_model_folders(image, (), one / "src")
    assert "--model FOLDER" in str(caught.value.hint)


def test_what_can_not_be_compared(tmp_path: Path, link: Link) -> None:
    app = application(tmp_path / "app")
    (tmp_path / "text").write_text("no image")
    with pytest.raises(BuildError, match="not a valid ELF file"):
        check(tmp_path / "text", (app,))
    image = link(app, "0x20010000")
    with pytest.raises(TargetError, match=r"no project\.json"):
        check(image, (tmp_path,))
    hosted = application(tmp_path / "hosted", "zephyr", "native_sim")
    with pytest.raises(TargetError, match="board 'native_sim' is this computer") as caught:
        check(image, (hosted,))
    assert "a board with memories of its own" in str(caught.value.hint)
