"""Firmware on this computer: QEMU's boards, and executables made for the computer itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from generator.errors import RunError, ToolMissingError
from generator.model.running import QEMU_PACKAGES, QemuMachine, RunResult
from generator.toolchain.console import capture
from generator.toolchain.runner import ProgramStarter, RunningProgram


def qemu_argv(machine: QemuMachine, elf: Path, program: str | None = None) -> tuple[str, ...]:
    """The command that runs elf with the board's first UART on standard input and output.

    program: path of QEMU, or None to look it up by name.
    """
    return (
        program or machine.binary,
        *("-M", machine.machine),
        *("-nographic", "-monitor", "none", "-serial", "stdio"),
        *machine.arguments,
        *("-kernel", str(elf)),
    )


def run_qemu(
    machine: QemuMachine,
    elf: Path,
    *,
    starter: ProgramStarter,
    env: Mapping[str, str],
    end_marker: str | None,
    timeout_s: float,
    on_line: Callable[[str], None] | None = None,
) -> RunResult:
    """Run a firmware image in QEMU; see ``capture`` for when that ends. QEMU is always ended with it.

    Raises ToolMissingError without QEMU, RunError when there is no image or QEMU refuses it.
    """
    _need_image(elf)
    program = _find_qemu(machine, env)
    argv = qemu_argv(machine, elf.absolute(), program)
    result = _run(argv, elf.parent, starter, env, end_marker, timeout_s, on_line)
    if result.returncode and result.text.startswith((machine.binary + ":", program + ":")):
        raise RunError(
            f"QEMU refuses: {result.text.splitlines()[0].partition(': ')[2]}",
            where=str(elf),
            hint=f"check the board's run section: machine '{machine.machine}', "
            f"arguments '{' '.join(machine.arguments)}'",
        )
    return result


def start_qemu(
    machine: QemuMachine, elf: Path, *, starter: ProgramStarter, env: Mapping[str, str]
) -> RunningProgram:
    """Start a firmware image in QEMU, to be talked to. ``close()`` ends QEMU.

    Raises ToolMissingError without QEMU, RunError when there is no image.
    """
    _need_image(elf)
    return starter.start(qemu_argv(machine, elf.absolute(), _find_qemu(machine, env)), elf.parent, env)


def run_native(
    executable: Path,
    *,
    starter: ProgramStarter,
    env: Mapping[str, str],
    end_marker: str | None,
    timeout_s: float,
    on_line: Callable[[str], None] | None = None,
    arguments: Sequence[str] = (),
) -> RunResult:
    """Run a program for the host, such as Zephyr's native_sim ``zephyr.exe``, in the same way.

    Raises RunError when there is none.
    """
    _need_image(executable)
    argv = (str(executable.absolute()), *arguments)
    return _run(argv, executable.parent, starter, env, end_marker, timeout_s, on_line)


def _find_qemu(machine: QemuMachine, env: Mapping[str, str]) -> str:
    """Absolute: a relative folder in PATH must not mean one below the image's."""
    found = shutil.which(machine.binary, path=env.get("PATH"))
    if found is None:
        package = QEMU_PACKAGES[machine.binary]
        raise ToolMissingError(
            f"the emulator '{machine.binary}' is not installed or not in PATH",
            hint=f"apt-get install {package} (Debian, Ubuntu) or brew install qemu (macOS)",
        )
    return str(Path(found).absolute())


def _need_image(image: Path) -> None:
    if not image.is_file():
        raise RunError(
            "the image does not exist", where=str(image), hint="build the application first: mlfgen build APP"
        )


def _run(
    argv: Sequence[str],
    cwd: Path,
    starter: ProgramStarter,
    env: Mapping[str, str],
    end_marker: str | None,
    timeout_s: float,
    on_line: Callable[[str], None] | None,
) -> RunResult:
    program = starter.start(argv, cwd, env)
    try:
        result = capture(program, end_marker, timeout_s, on_line)
        ended = result.ended_by == "exit"
        return replace(result, returncode=program.returncode) if ended else result
    finally:
        program.close()
