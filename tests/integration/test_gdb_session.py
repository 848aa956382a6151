"""GDB itself, in batch mode, on a FreeRTOS image of the virtual microcontroller."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
KERNEL = ("https://github.com/FreeRTOS/FreeRTOS-Kernel", "refs/tags/V11.3.0")
GDB = shutil.which("gdb-multiarch") or shutil.which("arm-none-eabi-gdb")
PATIENCE_S = 120

pytestmark = [
    pytest.mark.firmware,
    pytest.mark.slow,
    pytest.mark.skipif(GDB is None, reason="neither gdb-multiarch nor arm-none-eabi-gdb is installed"),
]

Gdb = Callable[..., str]


def mlfgen(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "generator", *arguments]


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
    for tool in ("arm-none-eabi-gcc", "cmake", "ninja", "git"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    if importlib.util.find_spec("west") is None:
        pytest.skip("west is not installed")
    reached = subprocess.run(["git", "ls-remote", "--exit-code", *KERNEL], capture_output=True, timeout=60)
    if reached.returncode != 0:
        pytest.skip("the FreeRTOS kernel can't be fetched")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def application(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gdb")
    golden = str(SAMPLES / "sine.npz")
    generate = ("generate", "--rtos", "freertos", "--board", "stm32f746g_disco", str(SAMPLES / "sine.tar"))
    for command in (
        mlfgen(*generate, "--golden", golden, "--ide", "stm32cubeide", "-o", "app"),
        [sys.executable, "-m", "west", "init", "-l", "app"],
        [sys.executable, "-m", "west", "update"],
        mlfgen("build", "app"),
    ):
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "app"


@pytest.fixture
def gdb(application: Path, environment: dict[str, str]) -> Gdb:
    """gdb(command…) -> what GDB printed after connecting, and the server behind it."""

    def session(*commands: str) -> str:
        server = subprocess.Popen(
            mlfgen("run", str(application), "--gdb=0"),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stderr is not None
            first = server.stderr.readline()
            port = re.search(r"GDB on port (\d+)", first)
            assert port, first + server.stderr.read()
            image = str(application / "build" / "firmware.elf")
            words = [
                w for command in ("set pagination off", f"target remote :{port[1]}") for w in ("-ex", command)
            ]
            words += [word for command in commands for word in ("-ex", command)]
            done = subprocess.run(
                [str(GDB), "-nx", "-batch", image, *words],
                capture_output=True,
                text=True,
                timeout=PATIENCE_S,
            )
            output, errors = server.communicate(timeout=PATIENCE_S)
            assert server.returncode == 0, errors
            return done.stdout + done.stderr + "\n--- server\n" + output
        finally:
            server.kill()

    return session


def test_breakpoints_steps_registers_and_backtraces(gdb: Gdb) -> None:
    said = gdb(
        "break main",
        "continue",
        "next",
        "info registers pc",
        "stepi",
        "info registers pc msp primask",
        "break mlf_run",
        "continue",
        "backtrace",
        "finish",
        "monitor instructions",
    )
    assert "Breakpoint 1, main ()" in said
    pc = [int(value, 16) for value in re.findall(r"^pc +(0x[0-9a-f]+)", said, re.MULTILINE)]
    assert len(pc) == 2 and pc[1] - pc[0] in (2, 4)
    assert re.search(r"^msp +0x20", said, re.MULTILINE) and re.search(r"^primask +0x0", said, re.MULTILINE)
    assert re.search(r"#0 +mlf_run .*\n(#.*\n)*#\d .* run_models", said)
    assert "Value returned is" in said
    assert re.search(r"^\d{4,} instructions, ", said, re.MULTILINE)


def test_watchpoints_tell_old_and_new_values_and_the_line(gdb: Gdb) -> None:
    said = gdb("rwatch mlf_num_samples", "continue", "delete", "watch xTickCount", "continue", "continue")
    assert "Hardware read watchpoint 1" in said and "Value = 4" in said
    assert re.search(r"Old value = 0\nNew value = 1\nxTaskIncrementTick", said)
    assert "Old value = 1\nNew value = 2" in said


def test_the_fpu_is_seen_once_it_is_used(gdb: Gdb) -> None:
    said = gdb(
        "break main", "continue", "set var $s1 = 1.5", "print $s1", "print $d0", "info registers fpscr"
    )
    assert "$1 = 1.5" in said and re.search(r"\$2 = 0\.125", said)
    assert re.search(r"^fpscr +0x", said, re.MULTILINE)


def test_loading_and_reset_start_the_firmware_anew_and_it_ends_as_it_should(gdb: Gdb) -> None:
    said = gdb(
        "break vTaskSuspend",
        "continue",
        "compare-sections",
        "load",
        "monitor reset halt",
        "maintenance flush register-cache",
        "info registers pc",
        "continue",
        "monitor unmodelled",
    )
    assert "MIS-MATCHED" not in said and said.count("matched.") >= 3
    assert "Reset_Handler" in said and "every access was answered" in said
    assert said.count("Breakpoint 1, vTaskSuspend") == 2
    assert said.count("mlf: end, 0 failures") == 2


def test_a_fault_is_a_signal_with_the_faulting_line_behind_it(gdb: Gdb) -> None:
    said = gdb(
        "break mlf_run",
        "continue",
        "set var $pc = 0x30000000",
        "continue",
        "monitor fault",
        "backtrace 2",
    )
    assert "received signal SIGSEGV" in said
    assert "nothing answers" in said


def test_peripherals_are_read_without_side_effects(gdb: Gdb) -> None:
    said = gdb(
        "break mlf_run",
        "continue",
        "monitor peripheral usart1",
        "x/1xw 0x40011000",
        "x/1xw 0xe000ed00",
        "x/1xw 0x30000000",
    )
    assert re.search(r"^0x40011000 +\+0x000 +0x0000000d", said, re.MULTILINE)
    assert re.search(r"^0x40011000:\s+0x0000000d", said, re.MULTILINE)
    assert re.search(r"^0xe000ed00.*0x410fc271", said, re.MULTILINE)
    assert "Cannot access memory at address 0x30000000" in said


def test_stm32cubeides_configurations_debug_its_own_build(
    application: Path, environment: dict[str, str]
) -> None:
    """As the IDE carries them out: the server, and once it has printed its line, GDB."""

    def attributes(of: str) -> dict[str, str]:
        (path,) = application.glob(f"*{of}.launch")
        return {
            e.get("key", "").rpartition(".")[2]: e.get("value", "") for e in ElementTree.parse(path).getroot()
        }

    group, tool, debug = attributes("-virtual"), attributes("-virtual-server"), attributes("-virtual-gdb")
    (application / "Debug").mkdir(exist_ok=True)
    shutil.copy(application / "build" / "firmware.elf", application / debug["PROGRAM_NAME"])
    server = subprocess.Popen(
        mlfgen(*tool["ATTR_TOOL_ARGUMENTS"].replace("3333", "0").split()),
        cwd=application,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stderr is not None
        first = server.stderr.readline()
        port = re.search(r"GDB on port (\d+)", first)
        assert port and group["actionParam"] in first, first + server.stderr.read()
        lines = (f"target remote {debug['ipAddress']}:{port[1]}", debug["initCommands"])
        lines += (f"tbreak {debug['stopAt']}", "continue", "print $pc")
        words = [word for line in lines for word in ("-ex", line)]
        done = subprocess.run(
            [str(GDB), "-nx", "-batch", debug["PROGRAM_NAME"], *words],
            cwd=application,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        assert "Temporary breakpoint 1, main ()" in done.stdout, done.stdout + done.stderr
        server.communicate(timeout=PATIENCE_S)
    finally:
        server.kill()
