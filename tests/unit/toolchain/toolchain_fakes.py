"""Stand-ins for other programs, captured outputs, and small firmware images."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from generator.errors import ToolMissingError
from generator.toolchain.runner import CompletedCommand

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Call:
    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    timeout_s: float | None


@dataclass
class RecordingRunner:
    """Runs nothing: remembers what it is asked for and answers by the first words of the command."""

    answers: Mapping[str, CompletedCommand] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def run(
        self,
        argv: Sequence[str],
        cwd: Path,
        env: Mapping[str, str],
        on_line: Callable[[str], None] | None = None,
        timeout_s: float | None = None,
    ) -> CompletedCommand:
        self.calls.append(Call(tuple(argv), cwd, dict(env), timeout_s))
        command = " ".join(argv)
        for start, answer in self.answers.items():
            if command.startswith(start):
                if on_line is not None:
                    for line in answer.output.splitlines():
                        on_line(line)
                return answer
        raise ToolMissingError(f"the program '{argv[0]}' is not installed")


@dataclass
class FakeConsole:
    """Gives the chunks one by one, then the end (or nothing more, when it is endless)."""

    chunks: list[bytes]
    endless: bool = False
    returncode: int | None = None
    closed: int = 0
    written: bytes = b""
    waits: list[float] = field(default_factory=list)

    def read(self, timeout_s: float) -> bytes | None:
        self.waits.append(timeout_s)
        if self.chunks:
            return self.chunks.pop(0)
        return b"" if self.endless else None

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed += 1


@dataclass
class FakeStarter:
    console: FakeConsole
    calls: list[Call] = field(default_factory=list)

    def start(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> FakeConsole:
        self.calls.append(Call(tuple(argv), cwd, dict(env), None))
        return self.console


def captured(name: str) -> str:
    """The output of a real build, from data/."""
    return (DATA / f"{name}.txt").read_text(encoding="utf-8")


def link_arm(gcc: str, folder: Path, source: str, script: str, *options: str) -> Path:
    """Compile and link a bare-metal Cortex-M7 image in folder."""
    (folder / "image.c").write_text(source)
    (folder / "image.ld").write_text(script)
    command = [gcc, "-mcpu=cortex-m7", "-mthumb", "-Os", "-g", "-ffreestanding", "-nostdlib", *options]
    subprocess.run(
        [*command, "image.c", "-T", "image.ld", "-o", "image.elf"],
        cwd=folder,
        check=True,
        capture_output=True,
        env=dict(os.environ),
    )
    return folder / "image.elf"
