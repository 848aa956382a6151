"""GDB in the user's terminal: on a board through OpenOCD, on an emulator's debug server, or through west."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from generator.errors import RunError, ToolMissingError

#: by preference; the names that distributions and Arm give it
DEBUGGERS = ("arm-none-eabi-gdb", "gdb-multiarch")


class TerminalRunner(Protocol):
    """Runs a program that has the terminal to itself, so that a test can record what would be run."""

    def run(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
        """The program's exit code. ToolMissingError when it can't be started."""
        ...


class SystemTerminal:
    """The TerminalRunner that really runs programs; never through a shell. Ctrl-C is the program's."""

    def run(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
        with _interrupts_ignored():
            try:
                return subprocess.run(list(argv), cwd=cwd, env=dict(env)).returncode
            except OSError as error:
                raise ToolMissingError(
                    f"'{argv[0]}' can't be started: {error.strerror}",
                    hint="`mlfgen doctor` shows what is missing",
                ) from None


@contextlib.contextmanager
def _interrupts_ignored() -> Iterator[None]:
    before: Any = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def find_debugger(chosen: str | None, which: Callable[[str], str | None]) -> str:
    """Path of the debugger. chosen: the user's own, or None for the first of ``DEBUGGERS`` that there is.

    Raises ToolMissingError if there is none.
    """
    for name in (chosen,) if chosen is not None else DEBUGGERS:
        found = which(name)
        if found is not None:
            return found
    raise ToolMissingError(
        f"'{chosen}' is not in PATH" if chosen else f"none of {' and '.join(DEBUGGERS)} is in PATH",
        hint="`mlfgen doctor` shows how to install one; use another one with --gdb PROGRAM",
    )


def openocd_commands(config: str, log: Path, serial_number: str | None, *, load: bool) -> tuple[str, ...]:
    """GDB's commands that start OpenOCD behind a pipe, halt the board and write the image into it.

    config: OpenOCD's name of the board's script. log: where OpenOCD's own messages go.
    RunError for a path that its language takes for its own.
    """
    if set(str(log)) & set("{}\\"):
        raise RunError(
            "OpenOCD does not support paths with braces or backslashes",
            where=str(log),
            hint="move the application to another folder",
        )
    adapter = [] if serial_number is None else ["-c", f"adapter serial {serial_number}"]
    server = ["openocd", "-c", f"gdb_port pipe; log_output {{{log}}}", "-f", config, *adapter]
    commands = [f"target extended-remote | {shlex.join(server)}", "monitor reset halt"]
    return (*commands, "load", "monitor reset halt") if load else tuple(commands)


def gdb_argv(gdb: str, image: Path, commands: Sequence[str]) -> tuple[str, ...]:
    """GDB on an image, at its prompt behind the commands and a breakpoint at main."""
    words = [word for command in (*commands, "tbreak main") for word in ("-ex", command)]
    return (gdb, "-q", *words, str(image))


def which_in(env: Mapping[str, str]) -> Callable[[str], str | None]:
    """``shutil.which`` in the PATH of an environment."""
    return lambda name: shutil.which(name, path=env.get("PATH"))
