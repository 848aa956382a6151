"""A firmware of somebody's own, whose linker script knows no model: placement holds there too, or is reported."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from generator.cli import main as cli
from generator.model.options import GenerateOptions
from generator.model.project import Project
from generator.pipeline.boards import find_board
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.verify import judge
from generator.readers.console import parse_console
from generator.toolchain.elf import read_elf
from generator.virtual import run_elf

ROOT = Path(__file__).parents[2]
FOREIGN = Path(__file__).parent / "firmware" / "foreign"
BOARD = "stm32f746g_disco"
#: a RAM that begins where the board file has another memory, and one that begins where its SRAM does
DTCM, SRAM = "0x20000000", "0x20010000"
SINE, BRANCHY = "mlf_hello_world_int8_sram", "mlf_branchy_int8_sram"

pytestmark = [pytest.mark.firmware]
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="session", autouse=True)
def tools() -> None:
    for tool in ("arm-none-eabi-gcc", "cmake", "ninja"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


class Firmware:
    """A copy of the foreign firmware with a model in it."""

    def __init__(self, folder: Path, pools: Mapping[str, str], archive: str = "sine") -> None:
        self.folder = folder
        shutil.copytree(FOREIGN, folder)
        self.model = folder / "lib"
        options = GenerateOptions("none", pools, {}, False, 4096, "portfolio")
        golden = ROOT / "samples" / f"{archive}.npz"
        path = ROOT / "samples" / f"{archive}.tar"
        request = GenerateRequest((path,), BOARD, options, output=self.model, goldens={"": golden})
        self.project: Project = generate(request).project

    def build(self, *defines: str, ram: str = DTCM) -> Path:
        """The linked image; AssertionError, with the linker's words, where it does not link."""
        build = self.folder / "build"
        arguments = [f"-D{define}" for define in (*defines, f"RAM_ORIGIN={ram}")]
        self.done("cmake", "-GNinja", "-S", str(self.folder), "-B", str(build), *arguments)
        self.done("cmake", "--build", str(build), "--target", "firmware")
        return build / "firmware.elf"

    def done(self, *command: str) -> None:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path}
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr

    def console(self, image: Path) -> str:
        """What the image prints on the virtual board."""
        pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
        run = find_board(BOARD).run
        assert run is not None and run.virtual is not None
        done = run_elf(image, run.virtual, end_marker=" failures\n", instruction_budget=100_000_000)
        return done.console.decode()


def stored_bytes(image: Path) -> int:
    """Size of what is written to flash, other memories included."""
    return sum(segment.file_bytes for segment in read_elf(image).segments)


def address_of(image: Path, symbol: str) -> int:
    (found,) = read_elf(image).symbols[symbol]
    return found.address


def section_is_stored(image: Path, symbol: str) -> bool:
    elf = read_elf(image)
    (found,) = elf.symbols[symbol]
    return next(section.stored for section in elf.sections if section.name == found.section)


@pytest.mark.parametrize("ram", [DTCM, SRAM])
def test_ordinary_ram_may_be_wherever_the_firmware_has_it(ram: str, tmp_path: Path, capsys: Capture) -> None:
    firmware = Firmware(tmp_path / "firmware", {}, "branchy")
    image = firmware.build(ram=ram)
    elf = read_elf(image)
    (heap,) = [section for section in elf.sections if section.name == "._user_heap_stack"]
    # Before the heap, which takes all that follows.
    assert int(ram, 16) <= address_of(image, BRANCHY) < heap.address
    assert not section_is_stored(image, BRANCHY)
    assert stored_bytes(image) < 60_000
    assert judge(firmware.project, parse_console(firmware.console(image))).equal
    assert cli.main(["check", str(image), "--model", str(firmware.model)]) == 0
    printed = capsys.readouterr().out
    assert "sram or other RAM" in printed and "as planned: 4 buffers" in printed


@pytest.mark.parametrize(
    ("archive", "symbol", "pool", "said"),
    [
        ("sine", SINE, "dtcm", "must lie in dtcm 0x20000000 to 0x20010000: "),
        ("branchy", BRANCHY, "sdram", "must lie in sdram 0xC0000000 to 0xC0800000: "),
    ],
)
def test_a_memory_that_the_linker_script_lacks(
    archive: str, symbol: str, pool: str, said: str, tmp_path: Path, capsys: Capture
) -> None:
    firmware = Firmware(tmp_path / "firmware", {"sram": pool}, archive)
    with pytest.raises(AssertionError) as refused:
        firmware.build(ram=SRAM)
    advice = f"link with -T model/sections.ld, or place the sections .noinit.mlf_{pool}.* there"
    assert f"mlf: buffer '{symbol}' {said}{advice}" in str(refused.value)

    image = firmware.build("WITH_SECTIONS=ON", ram=SRAM)
    bases = {"dtcm": 0x20000000, "sdram": 0xC0000000}
    assert address_of(image, symbol) == bases[pool]
    assert not section_is_stored(image, symbol)
    assert judge(firmware.project, parse_console(firmware.console(image))).equal
    assert cli.main(["check", str(image), "--model", str(firmware.model / "model")]) == 0
    assert f"{pool:<6}" in capsys.readouterr().out


def test_a_library_linked_by_name_is_found_out_by_init_and_by_check(tmp_path: Path, capsys: Capture) -> None:
    """Without CMake's knowledge of the library nothing is said at link time."""
    firmware = Firmware(tmp_path / "firmware", {"sram": "sdram"}, "branchy")
    image = firmware.build("BY_NAME=ON", ram=SRAM)
    assert not section_is_stored(image, BRANCHY) and stored_bytes(image) < 60_000
    assert "branchy_int8 set 0: error: wrong placement (sram)\n" in firmware.console(image)

    argv = ["check", str(image), "--model", str(firmware.model), "--json"]
    assert cli.main(argv) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["as_planned"] is False
    wrong = {b["symbol"]: b for b in document["models"][0]["buffers"] if b["faults"]}
    assert list(wrong) == [BRANCHY]
    assert (
        wrong[BRANCHY]["memory"] == "sram"
        and "outside 0xc0000000 to 0xc0800000" in wrong[BRANCHY]["faults"][0]
    )
    fault = document["error"]
    assert fault["what"] == f"1 of 4 buffers is not as planned: {BRANCHY}" and fault["exit_code"] == 1
    assert fault["hint"].startswith(f"link with -T {firmware.model}/model/sections.ld, or place")


def test_a_model_that_is_not_called_asks_for_no_place(tmp_path: Path, capsys: Capture) -> None:
    firmware = Firmware(tmp_path / "firmware", {"sram": "sdram"})
    main = firmware.folder / "main.c"
    main.write_text(
        main.read_text().replace("(void)mlf_sample_run_all(mlf_samples, mlf_num_samples, &io);", "(void)io;")
    )
    image = firmware.build(ram=SRAM)
    assert SINE not in read_elf(image).symbols
    assert cli.main(["check", str(image), "--model", str(firmware.model)]) == 1
    assert "contains no buffer of the models in" in capsys.readouterr().err


def test_another_linker_reads_the_checks_as_well(tmp_path: Path) -> None:
    lld = shutil.which("ld.lld") or shutil.which("ld.lld-14")
    if lld is None:
        pytest.skip("ld.lld is not installed")
    firmware = Firmware(tmp_path / "firmware", {"sram": "sdram"})
    firmware.build("WITH_SECTIONS=ON", ram=SRAM)
    build = firmware.folder / "build"
    objects = [*build.glob("CMakeFiles/firmware.dir/*.obj"), *build.glob("lib/model/libmlf_model.a")]
    assert len(objects) == 2
    script, checks = build / "foreign.ld", firmware.model / "model" / "placement.ld"
    argv = [
        lld,
        "--unresolved-symbols=ignore-all",
        "-T",
        *map(str, (script, *objects, checks)),
        "-o",
        f"{build}/lld.elf",
    ]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert f"mlf: buffer '{SINE}' must lie in sdram" in done.stderr
    # With a place in a memory of the firmware's own, as docs/c-api.md says for other linkers.
    text = script.read_text().replace(
        "FLASH (rx)", "SDRAM (rw) : ORIGIN = 0xC0000000, LENGTH = 8M\n  FLASH (rx)"
    )
    script.write_text(
        text.replace("  .bss :", "  .sdram (NOLOAD) : { *(.noinit.mlf_sdram.*) } >SDRAM\n  .bss :")
    )
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert address_of(build / "lld.elf", SINE) == 0xC0000000
