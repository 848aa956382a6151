"""Programs that write an image into a board."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from generator.errors import BoardError, RunError, UsageError
from generator.model.running import Probe
from generator.toolchain.runner import CommandRunner

_SERIAL_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*")


def check_serial_number(number: str | None) -> None:
    """UsageError for what could be more than a number to a runner: OpenOCD's commands are programs."""
    if number is not None and not _SERIAL_NUMBER.fullmatch(number):
        raise UsageError(
            f"not a serial number: {number!r}",
            where="--serial-number",
            hint="give it as the system lists it: letters, digits and .:_-",
        )


class FlashImage(Struct, frozen=True):
    """The image to write: the linked elf, its plain bytes beside it, and the address where those begin."""

    elf: Path
    binary: Path
    address: int


def openocd_argv(image: FlashImage, config: str, serial_number: str | None) -> tuple[str, ...]:
    """The command of OpenOCD that writes an image.

    config: OpenOCD's name of the board's script. RunError for a path that its language takes for its own.
    """
    if set(str(image.elf)) & set("{}\\"):
        raise RunError(
            "OpenOCD does not support paths with braces or backslashes",
            where=str(image.elf),
            hint="move the application to another folder",
        )
    adapter = () if serial_number is None else ("-c", f"adapter serial {serial_number}")
    program = f"program {{{image.elf}}} verify reset exit"
    return ("openocd", "-f", config, *adapter, "-c", program)


def st_flash_argv(image: FlashImage, serial_number: str | None) -> tuple[str, ...]:
    """The command of the stlink tools that writes an image."""
    probe = () if serial_number is None else ("--serial", serial_number)
    return ("st-flash", *probe, "--reset", "write", str(image.binary), f"0x{image.address:08x}")


def cube_programmer_argv(image: FlashImage, serial_number: str | None) -> tuple[str, ...]:
    """The command of STM32CubeProgrammer that writes an image."""
    probe = () if serial_number is None else (f"sn={serial_number}",)
    connect = ("STM32_Programmer_CLI", "-c", "port=SWD", "mode=UR", *probe)
    return (*connect, "-w", str(image.elf), "-v", "-rst")


def flash_argv(
    runner: str, image: FlashImage, probe: Probe, where: str, serial_number: str | None
) -> tuple[str, ...]:
    """The command of a runner. probe: the board's section; where: its name. Raises BoardError."""
    if runner == "openocd":
        if not probe.openocd_config:
            raise BoardError(
                "probe: key 'openocd_config' is missing",
                where=where,
                hint="name one of OpenOCD's board scripts",
            )
        return openocd_argv(image, probe.openocd_config, serial_number)
    if runner == "st-flash":
        return st_flash_argv(image, serial_number)
    if runner == "stm32cubeprogrammer":
        return cube_programmer_argv(image, serial_number)
    raise BoardError(
        f"mlfgen can't write images with '{runner}'",
        where=where,
        hint="openocd, st-flash or stm32cubeprogrammer",
    )


def run_flash(
    argv: tuple[str, ...],
    cwd: Path,
    *,
    runner: CommandRunner,
    env: Mapping[str, str],
    on_line: Callable[[str], None] | None = None,
    timeout_s: float | None = None,
) -> None:
    """Run a program that writes an image.

    Raises ToolMissingError, and RunError with the program's last line when it fails.
    """
    done = runner.run(argv, cwd, env, on_line, timeout_s)
    if done.returncode != 0:
        lines = [line for line in done.output.splitlines() if line.strip()]
        raise RunError(
            f"'{argv[0]}' failed with exit code {done.returncode}" + (f": {lines[-1]}" if lines else ""),
            where="flash",
            hint="check that the board is connected and that no other program uses its probe",
        )
