"""Running firmware on a virtual microcontroller to its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from generator.model.virtual import EndedBy, VirtualMachine, VirtualRun
from generator.virtual.image import load_image
from generator.virtual.processor import Processor

#: how many instructions run before Python looks at signals again
_SLICE = 20_000_000


class Console:
    """Collects the console's bytes and looks for the end marker in them."""

    def __init__(self, end_marker: str | None, on_output: Callable[[bytes], None] | None) -> None:
        self.content = bytearray()
        self.ended = False
        self.stop: Callable[[], None] = lambda: None
        self._marker = end_marker.encode() if end_marker else b""
        self._on_output = on_output

    def take(self, byte: int) -> None:
        """A byte that the firmware has sent. Stops the core at the end of the marker."""
        if self.ended:
            return
        self.content.append(byte)
        if self._on_output is not None:
            self._on_output(bytes((byte,)))
        if self._marker and self.content.endswith(self._marker):
            self.ended = True
            self.stop()


def run_elf(
    image: bytes | str | Path,
    machine: VirtualMachine,
    *,
    end_marker: str | None,
    instruction_budget: int,
    console_input: bytes = b"",
    on_output: Callable[[bytes], None] | None = None,
    native: bool = True,
) -> VirtualRun:
    """Execute an ELF image from power-up to its end; the same input gives the same run, to the instruction.

    image:              the file's content or its path.
    end_marker:         text on the console that ends the run, or None.
    instruction_budget: the run ends before the first block that would start beyond it.
    console_input:      bytes that wait at the console; the next arrives when the last has been read.
    on_output:          called with console bytes as they come.
    native:             count in machine code where that can be had; it changes nothing but the speed.

    RunError for an image that is not usable, ToolMissingError when ``unicorn`` is not installed.
    """
    console = Console(end_marker, on_output)
    processor = Processor(machine, load_image(image), console.take, native=native)
    console.stop = processor.stop
    processor.feed(console_input)
    return run_to_end(processor, console, instruction_budget)


def run_to_end(
    processor: Processor,
    console: Console,
    instruction_budget: int,
    on_halt: Callable[[], None] = lambda: None,
) -> VirtualRun:
    """Execute until the firmware or the budget ends, and give the processor's memories back.

    on_halt: called where the core halts at an address to stop at; the instruction there is executed next.
    """
    ended = None
    try:
        while ended is None:
            ended = processor.run(min(instruction_budget, processor.instructions + _SLICE))
            if ended is None and console.ended:
                ended = EndedBy.MARKER
            elif ended is None and processor.instructions >= instruction_budget:
                ended = EndedBy.BUDGET
            elif ended is None and processor.halted is not None:
                on_halt()
                ended = processor.step()
    finally:
        processor.close()
    return outcome(processor, bytes(console.content), ended)


def outcome(processor: Processor, console: bytes, ended: EndedBy) -> VirtualRun:
    """What a processor has done so far; a fault it took counts for more than how it ended."""
    return VirtualRun(
        console=console,
        instructions=processor.instructions,
        slept_cycles=processor.slept_cycles,
        ended_by=EndedBy.FAULT if processor.fault is not None else ended,
        exit_code=processor.exit_code,
        fault=processor.fault,
        unmodelled=processor.unmodelled(),
    )
