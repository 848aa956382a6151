"""Run an image on the virtual microcontroller that the board file describes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from generator.errors import RunError
from generator.model.running import RunResult
from generator.model.virtual import VirtualFault, VirtualMachine, VirtualRun
from generator.toolchain.clock import monotonic_s
from generator.virtual import run_elf


def run_virtual(
    machine: VirtualMachine,
    image: Path,
    *,
    instruction_budget: int,
    end_marker: str | None,
    on_line: Callable[[str], None] | None,
) -> RunResult:
    """RunError with registers and symbol when the firmware faults."""
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
    if run.fault is not None:
        raise RunError(
            fault_text(run.fault), where=str(image), hint="arm-none-eabi-addr2line -e IMAGE PC shows the line"
        )
    return RunResult(
        run.console,
        run.ended_by.value,
        monotonic_s() - began,
        instructions=run.instructions,
        notes=unmodelled_notes(run),
    )


def fault_text(fault: VirtualFault) -> str:
    """What happened, where, and all registers."""
    at = f" in {fault.symbol}" if fault.symbol else ""
    address = f", address 0x{fault.address:08x}" if fault.address is not None else ""
    registers = " ".join(f"{name}={value:08x}" for name, value in fault.registers)
    caller = f", called from {fault.caller}" if fault.caller else ""
    return f"the firmware faults{at}{caller}: {fault.cause}{address}\n  {registers}"


def unmodelled_notes(run: VirtualRun) -> tuple[str, ...]:
    return tuple(
        f"{access.count} {'write' if access.write else 'read'}(s) of {access.size_bytes} bytes at "
        f"0x{access.address:08x} are not modelled" + (f" (first in {access.symbol})" if access.symbol else "")
        for access in run.unmodelled
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
