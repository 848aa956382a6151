"""Bare-metal applications: generated, built without any source from elsewhere, run in QEMU and on virtual boards."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

import pytest

from generator.errors import RunError
from generator.model.options import GenerateOptions
from generator.model.project import Project
from generator.pipeline.build import build
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.run import run
from generator.pipeline.verify import judge
from generator.readers.console import parse_console
from generator.toolchain import port_build
from generator.toolchain.elf import read_elf
from generator.toolchain.runner import SystemRunner

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
FIRMWARE = Path(__file__).parent / "firmware"
STOPS = FIRMWARE / "none" / "stops.c"
#: board -> what runs its images
EMULATORS = {
    "mps2_an500": "qemu-system-arm",
    "mps2_an385": "qemu-system-arm",
    "stm32f746g_disco": "unicorn",
    "nucleo_f746zg": "unicorn",
}
HEAP = {"malloc", "_malloc_r", "_sbrk", "_sbrk_r", "free", "calloc", "realloc"}

pytestmark = [pytest.mark.firmware, pytest.mark.slow]


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Without anything that names sources from elsewhere."""
    for tool in ("arm-none-eabi-gcc", "cmake", "ninja"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "HOME": "/nonexistent", "LANG": "C"}


def need_emulator(board: str) -> None:
    if EMULATORS[board] == "unicorn":
        pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
    elif shutil.which(EMULATORS[board]) is None:
        pytest.skip(f"{EMULATORS[board]} is not installed")


def generated(archive: str, board: str, app: Path, pools: Mapping[str, str] | None = None) -> Project:
    """archive: of samples/ when it holds no dash, else of ../shared."""
    if "-" not in archive:
        path, golden = ROOT / "samples" / f"{archive}.tar", ROOT / "samples" / f"{archive}.npz"
    else:
        path = SHARED / "archives" / f"{archive}.tar"
        model = re.match(r"sine-float|[a-z]+", archive)
        assert model is not None
        golden = SHARED / "golden" / f"{model[0]}.npz"
    if not path.is_file():
        pytest.skip("the shared archives are not here")
    options = GenerateOptions("none", pools or {}, {}, False, 4096, "portfolio")
    request = GenerateRequest((path,), board, options, output=app, goldens={"": golden})
    return generate(request).project


def built(app: Path, env: Mapping[str, str]) -> Path:
    """Every warning of the port and the application is an error here; every buffer lies as planned."""
    defines = {"CMAKE_COMPILE_WARNING_AS_ERROR": "ON"}
    image = build(app, runner=SystemRunner(), env=env, defines=defines).image
    assert not HEAP & set(read_elf(image).symbols)
    return image


def console_of(app: Path, env: Mapping[str, str]) -> str:
    return run(app, starter=SystemRunner(), env=env, timeout_s=300).text


@pytest.mark.parametrize("board", EMULATORS)
@pytest.mark.parametrize(
    "archive",
    [
        "sine",
        "branchy",
        "sine-float-graph",
        "kws-aot-c-pool",
        "kws-graph",
        "kws-aot-packed",
        "vgg-aot-c-pool",
    ],
)
def test_golden_outputs(archive: str, board: str, environment: dict[str, str], tmp_path: Path) -> None:
    need_emulator(board)
    app = tmp_path / "app"
    project = generated(archive, board, app)
    built(app, environment)
    verdict = judge(project, parse_console(console_of(app, environment)))
    assert verdict.equal and len(verdict.sets) >= 4
    assert all(entry.time_us is not None and entry.time_us < 60_000_000 for entry in verdict.sets)


@pytest.mark.parametrize("pool", ["dtcm", "sdram"])
def test_golden_outputs_from_other_memories(pool: str, environment: dict[str, str], tmp_path: Path) -> None:
    need_emulator("stm32f746g_disco")
    app = tmp_path / "app"
    project = generated("sine", "stm32f746g_disco", app, {"sram": pool, "io": pool})
    image = built(app, environment)
    # Buffers outside the main memory must not be stored: the image for the flash stays that of the code.
    assert image.with_suffix(".bin").stat().st_size < 20_000
    outcomes = [run(app, starter=SystemRunner(), env=environment) for _ in range(2)]
    assert judge(project, parse_console(outcomes[0].text)).equal
    assert outcomes[0].instructions == outcomes[1].instructions
    assert outcomes[0].notes == ()


def test_ten_thousand_runs_leave_no_trace(environment: dict[str, str], tmp_path: Path) -> None:
    need_emulator("stm32f746g_disco")
    app = tmp_path / "app"
    generated("sine", "stm32f746g_disco", app)
    shutil.copy(FIRMWARE / "none" / "endures.c", app / "src" / "main.c")
    shutil.copy(FIRMWARE / "endures.h", app / "src")
    built(app, environment)
    console = console_of(app, environment)
    found = re.search(
        r"init 0, runs 10000, wrong 0, workspace (\d+) to (\d+), stack left (\d+) to (\d+)\n", console
    )
    assert found is not None, console
    settled, touched, settled_left, left = map(int, found.groups())
    assert 0 < settled == touched
    # An interrupt may yet come at a deeper point than any before: its frame, and what its handler pushes.
    assert 0 < left <= settled_left < left + 160


@pytest.mark.parametrize("board", ["mps2_an500", "mps2_an385", "stm32f746g_disco"])
@pytest.mark.parametrize(
    ("way", "said"),
    [
        (0, r"mlf: fault: .*access to an address without memory|mlf: fault: an earlier write"),
        (1, r"mlf: fault: undefined instruction\n"),
        (2, r"mlf: fault: the main stack is too small"),
        (3, r"mlf: no handler for interrupt 8\n"),
        (4, r"mlf: stopped: main\(\) returned"),
    ],
    ids=["bus fault", "undefined instruction", "stack overflow", "unexpected interrupt", "return"],
)
def test_what_goes_wrong_is_printed(
    way: int, said: str, board: str, environment: dict[str, str], tmp_path: Path
) -> None:
    need_emulator(board)
    if way == 2 and EMULATORS[board] == "unicorn":
        pytest.skip("the virtual microcontroller has no MPU: docs/virtual-mcu.md")
    app = tmp_path / "app"
    generated("sine", board, app)
    (app / "src" / "main.c").write_text(f"#define WAY {way}\n{STOPS.read_text()}")
    sources = port_build.Sources(None, "test")
    port_build.build(app, app / "build", sources, runner=SystemRunner(), env=environment)
    lines: list[str] = []
    # The virtual microcontroller tells of the fault itself, once the firmware has printed what it says of it.
    faults = way in (0, 1) and EMULATORS[board] == "unicorn"
    with pytest.raises(RunError, match="the firmware faults") if faults else nullcontext():
        run(app, starter=SystemRunner(), env=environment, on_line=lines.append)
    console = "\n".join(lines)
    assert console.startswith("interrupt came\nslept\n")
    assert re.search(said, console), console
    assert "still here" not in console
    assert console.rstrip().endswith("mlf: end, 1 failures")


def test_west_and_plain_cmake_build_without_a_network(environment: dict[str, str], tmp_path: Path) -> None:
    """The commands of the generated README."""
    pytest.importorskip("west", reason="west is not installed")
    need_emulator("mps2_an500")
    app = tmp_path / "app"
    project = generated("sine", "mps2_an500", app)
    west = [sys.executable, "-m", "west"]

    def done(*command: str) -> str:
        called = subprocess.run(
            command, cwd=app, env=environment, capture_output=True, text=True, timeout=300
        )
        assert called.returncode == 0, called.stdout + called.stderr
        return called.stdout

    done("cmake", "--preset", "default")
    done("cmake", "--build", "--preset", "default")
    for arguments in (("init", "-l", "."), ("update",), ("build", "-p")):
        done(*west, *arguments)
    assert judge(project, parse_console(done(*west, "run"))).equal


def test_the_smallest_application(
    environment: dict[str, str], tmp_path: Path, record_property: pytest.RecordProperty
) -> None:
    """Text, data and bss as ``size`` counts them."""
    generated("sine", "stm32f746g_disco", tmp_path / "app")
    image = built(tmp_path / "app", environment)
    done = subprocess.run(["arm-none-eabi-size", image], capture_output=True, text=True, check=True)
    text, data, bss = (int(figure) for figure in done.stdout.splitlines()[1].split()[:3])
    record_property("text, data, bss", (text, data, bss))
    assert text < 9_000 and data == 0 and bss < 7_000
