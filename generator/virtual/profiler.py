"""Instructions by C function: a run that stops where functions begin and where they return to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from msgspec import Struct

from generator.model.profile import FunctionCount
from generator.model.virtual import VirtualMachine, VirtualRun
from generator.virtual.image import Image, load_image
from generator.virtual.processor import Processor
from generator.virtual.runner import Console, run_to_end


def profile_elf(
    image: bytes | str | Path,
    machine: VirtualMachine,
    functions: Collection[str],
    *,
    end_marker: str | None,
    instruction_budget: int,
    on_output: Callable[[bytes], None] | None = None,
    native: bool = True,
) -> tuple[VirtualRun, tuple[FunctionCount, ...]]:
    """As ``run_elf``, and what calls of the functions took, in the order of their first calls.

    A call's instructions are those from its first one to its return, with all that it calls, and without
    interrupts. Functions that the image does not have, or that are not called, are left out.
    """
    loaded = load_image(image)
    console = Console(end_marker, on_output)
    processor = Processor(machine, loaded, console.take, native=native)
    console.stop = processor.stop
    counter = _Counter(processor, entries_of(loaded, functions))
    run = run_to_end(processor, console, instruction_budget, counter.halted)
    return run, counter.counts()


def entries_of(image: Image, functions: Collection[str]) -> dict[int, str]:
    """Address -> function, of those that the image has; a compiler's own copies (``f.constprop.0``) count."""
    found = {}
    for address, _, name in image.functions:
        plain = name.partition(".")[0]
        if plain in functions:
            found[address] = plain
    return found


class _Call(Struct, frozen=True):
    function: str
    returns_to: int
    stack_pointer: int
    began: int


class _Counter:
    """Follows calls on one processor. entries: address -> function."""

    def __init__(self, processor: Processor, entries: Mapping[int, str]) -> None:
        self._processor = processor
        self._entries = entries
        self._open: list[_Call] = []
        self._returns: set[int] = set()
        self._done: dict[str, tuple[int, int]] = {}
        self._stop_at_all()

    def halted(self) -> None:
        """The core halts before a function's first instruction, or behind a call of one."""
        pc, sp, lr = self._processor.engine.get_all(("pc", "sp", "lr"))
        while self._open and self._open[-1].returns_to == pc and sp >= self._open[-1].stack_pointer:
            self._close(self._open.pop())
        function = self._entries.get(pc)
        if function is None:
            return
        returns_to = lr & ~1
        self._done.setdefault(function, (0, 0))
        self._open.append(_Call(function, returns_to, sp, self._now()))
        if returns_to not in self._returns:
            self._returns.add(returns_to)
            self._stop_at_all()

    def counts(self) -> tuple[FunctionCount, ...]:
        """Calls and instructions by function, for the calls that returned."""
        return tuple(
            FunctionCount(name, calls, instructions)
            for name, (calls, instructions) in self._done.items()
            if calls
        )

    def _close(self, call: _Call) -> None:
        calls, instructions = self._done[call.function]
        self._done[call.function] = (calls + 1, instructions + self._now() - call.began)

    def _now(self) -> int:
        return self._processor.instructions - self._processor.handler_instructions

    def _stop_at_all(self) -> None:
        self._processor.engine.stop_at({*self._entries, *self._returns})
