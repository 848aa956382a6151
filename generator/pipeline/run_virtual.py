"""Run an image on the virtual microcontroller that the board file describes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from generator.errors import RunError
from generator.model.profile import FunctionCount
from generator.model.running import RunResult
from generator.model.virtual import VirtualMachine, VirtualRun
from generator.toolchain.clock import monotonic_s
from generator.virtual import profile_elf, run_elf, serve_gdb
from generator.virtual.words import access_text, fault_text


def run_virtual(
    machine: VirtualMachine,
    image: Path,
    *,
    instruction_budget: int,
    end_marker: str | None,
    on_line: Callable[[str], None] | None,
) -> RunResult:
    """Run an image; raises RunError with registers and symbol when the firmware faults."""
    lines = _Lines(on_line)
    began = monotonic_s()
    run = run_elf(
        image,
        machine,
        end_marker=end_marker,
        instruction_budget=instruction_budget,
        on_output=lines.take,
    )
    lines.end()
    _refuse_fault(run, image)
    return _result(run, began)


def profile_virtual(
    machine: VirtualMachine,
    image: Path,
    functions: Collection[str],
    *,
    instruction_budget: int,
    end_marker: str | None,
    on_line: Callable[[str], None] | None,
) -> tuple[RunResult, tuple[FunctionCount, ...]]:
    """As ``run_virtual``, and what calls of the functions took: see ``profile_elf``."""
    lines = _Lines(on_line)
    began = monotonic_s()
    run, counts = profile_elf(
        image,
        machine,
        functions,
        end_marker=end_marker,
        instruction_budget=instruction_budget,
        on_output=lines.take,
    )
    lines.end()
    _refuse_fault(run, image)
    return _result(run, began), counts


def debug_virtual(
    machine: VirtualMachine,
    image: Path,
    *,
    port: int,
    on_listen: Callable[[int], None],
    on_line: Callable[[str], None] | None,
) -> RunResult:
    """Have GDB run the image. port, on_listen: see ``serve_gdb``."""
    lines = _Lines(on_line)
    began = monotonic_s()
    run = serve_gdb(image, machine, port=port, on_listen=on_listen, on_output=lines.take)
    lines.end()
    return _result(run, began)


def _refuse_fault(run: VirtualRun, image: Path) -> None:
    if run.fault is not None:
        raise RunError(
            fault_text(run.fault),
            where=str(image),
            hint="arm-none-eabi-addr2line -e IMAGE PC shows the source line",
        )


def _result(run: VirtualRun, began: float) -> RunResult:
    return RunResult(
        run.console,
        run.ended_by.value,
        monotonic_s() - began,
        instructions=run.instructions,
        notes=tuple(access_text(access) for access in run.unmodelled),
    )


class _Lines:
    """Bytes as they come, lines as they are complete."""

    def __init__(self, on_line: Callable[[str], None] | None) -> None:
        self._on_line = on_line
        self._pending = bytearray()

    def take(self, data: bytes) -> None:
        self._pending += data
        while (end := self._pending.find(b"\n")) >= 0:
            self._tell(self._pending[:end])
            del self._pending[: end + 1]

    def end(self) -> None:
        if self._pending:
            self._tell(self._pending)

    def _tell(self, line: bytearray) -> None:
        if self._on_line is not None:
            self._on_line(line.decode("utf-8", errors="replace").rstrip("\r"))
