"""Real RTOS images, cross-compiled here, on the virtual STM32F746."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from generator.model.virtual import EndedBy, VirtualMachine, VirtualRun
from generator.pipeline.boards import find_board
from generator.virtual import VirtualSession, run_elf

FIRMWARE = Path(__file__).parent / "firmware"
BOARDS = ("stm32f746g_disco", "nucleo_f746zg")
KERNEL = ("https://github.com/FreeRTOS/FreeRTOS-Kernel", "V11.3.0")
BUDGET = 100_000_000
PATIENCE_S = 60

pytestmark = [
    pytest.mark.firmware,
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("arm-none-eabi-gcc") is None, reason="arm-none-eabi-gcc is not installed"
    ),
]


def machine(board: str) -> VirtualMachine:
    pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
    run = find_board(board).run
    assert run is not None and run.virtual is not None
    return run.virtual


def done(command: list[str], cwd: Path, env: dict[str, str] | None = None) -> None:
    result = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, f"{command}\n{result.stdout[-4000:]}\n{result.stderr[-4000:]}"


@pytest.fixture(scope="session")
def zephyr_environment() -> dict[str, str]:
    registered = any((Path.home() / ".cmake" / "packages" / "Zephyr").glob("*"))
    if "ZEPHYR_BASE" not in os.environ and not registered:
        pytest.skip("no Zephyr: ZEPHYR_BASE is not set and CMake knows no Zephyr package")
    for tool in ("cmake", "ninja", "dtc"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    compiler = Path(str(shutil.which("arm-none-eabi-gcc"))).resolve()
    environment = dict(os.environ)
    environment.setdefault("ZEPHYR_TOOLCHAIN_VARIANT", "gnuarmemb")
    environment.setdefault("GNUARMEMB_TOOLCHAIN_PATH", str(compiler.parents[1]))
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    return environment


@pytest.fixture(scope="session", params=BOARDS)
def zephyr_image(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    zephyr_environment: dict[str, str],
) -> tuple[VirtualMachine, Path]:
    board = str(request.param)
    build = tmp_path_factory.mktemp("zephyr") / board
    arguments = ["-GNinja", f"-DBOARD={board}", f"-DPython3_EXECUTABLE={sys.executable}"]
    source = ["-S", str(FIRMWARE / "virtual_zephyr"), "-B", str(build)]
    done(["cmake", *source, *arguments], FIRMWARE, zephyr_environment)
    done(["ninja", "-C", str(build)], FIRMWARE, zephyr_environment)
    return machine(board), build / "zephyr" / "zephyr.elf"


@pytest.fixture(scope="session")
def freertos_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    address, tag = KERNEL
    probe = subprocess.run(
        ["git", "ls-remote", "--exit-code", address, f"refs/tags/{tag}"], capture_output=True
    )
    if probe.returncode != 0:
        pytest.skip(f"FreeRTOS-Kernel {tag} can't be fetched from here")
    folder = tmp_path_factory.mktemp("freertos")
    done(["git", "clone", "--quiet", "--depth", "1", "--branch", tag, address, "kernel"], folder)
    kernel, app = folder / "kernel", FIRMWARE / "virtual_freertos"
    port = kernel / "portable" / "GCC" / "ARM_CM7" / "r0p1"
    core = ["-mcpu=cortex-m7", "-mthumb", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"]
    flags = [
        "-O2",
        "-Wall",
        "-ffunction-sections",
        "-nostartfiles",
        "--specs=nosys.specs",
        "-Wl,--gc-sections",
    ]
    includes = [f"-I{path}" for path in (kernel / "include", port, app)]
    sources = [str(path) for path in (app / "main.c", kernel / "tasks.c", kernel / "list.c", port / "port.c")]
    output = folder / "app.elf"
    link = ["-T", str(app / "link.ld"), "-o", str(output)]
    done(["arm-none-eabi-gcc", *core, *flags, *includes, *sources, *link], folder)
    return output


def run_zephyr(image: tuple[VirtualMachine, Path]) -> VirtualRun:
    description, elf = image
    return run_elf(
        elf, description, end_marker="END", instruction_budget=BUDGET, console_input=b"typed by nobody\n"
    )


def test_zephyr_boots_slices_float_threads_sleeps_and_reads_its_console(
    zephyr_image: tuple[VirtualMachine, Path],
) -> None:
    result = run_zephyr(zephyr_image)
    assert result.ended_by is EndedBy.MARKER, result
    lines = result.console.decode().replace("\r", "").splitlines()
    assert lines[0].startswith("*** Booting Zephyr OS")
    assert lines[1:] == [
        "wrong 0, sliced yes",
        "slept 50 ms",
        "cycles counted",
        "line 'typed by nobody'",
        "END",
    ]
    clock_hz = zephyr_image[0].clock_hz
    assert result.slept_cycles > clock_hz // 25  # 40 of the 50 ms, and more
    assert result.unmodelled == ()


def test_zephyr_runs_are_equal_to_the_instruction(zephyr_image: tuple[VirtualMachine, Path]) -> None:
    runs = [run_zephyr(zephyr_image) for _ in range(3)]
    assert runs[0] == runs[1] == runs[2]


def test_host_talks_to_zephyr(zephyr_image: tuple[VirtualMachine, Path]) -> None:
    description, elf = zephyr_image
    heard = b""
    with VirtualSession(elf, description) as session:
        while b"cycles counted" not in heard:
            part = session.read(4096, PATIENCE_S)
            assert part, heard
            heard += part
        session.write(b"from the host\n")
        while b"END" not in heard:
            part = session.read(4096, PATIENCE_S)
            assert part, heard
            heard += part
    assert b"line 'from the host'" in heard


def test_two_freertos_tasks_slice_the_fpu_without_a_wrong_result(freertos_image: Path) -> None:
    runs = [
        run_elf(freertos_image, machine("stm32f746g_disco"), end_marker="END", instruction_budget=BUDGET)
        for _ in range(3)
    ]
    assert runs[0].console == b"checks 2000, wrong 0, sliced\nEND"
    assert runs[0] == runs[1] == runs[2]
    assert runs[0].unmodelled == ()


def test_image_of_one_board_is_silent_on_the_other(zephyr_image: tuple[VirtualMachine, Path]) -> None:
    """The two boards differ in their console port only: the machine's description decides, not the image."""
    description, elf = zephyr_image
    other = next(board for board in BOARDS if machine(board).console != description.console)
    result = run_elf(elf, machine(other), end_marker="END", instruction_budget=1_000_000)
    assert result.console == b""
