"""A debugger's hold on the virtual microcontroller: breakpoints, watchpoints, steps, memory, reset."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from msgspec import Struct

from generator.model.virtual import EndedBy, VirtualMachine
from generator.virtual import system
from generator.virtual.engine import Stop
from generator.virtual.image import Image
from generator.virtual.processor import Processor
from generator.virtual.watchpoints import Watchpoint

#: instructions between two looks at whether to interrupt
_SLICE = 500_000
#: how long a core that nothing will wake waits for an interrupt before it looks again
_ASLEEP_S = 0.5
_THUMB_BIT = 1
_WORD_BYTES = 4


class Why(Enum):
    """Why the core halted."""

    STEPPED = "one step is done"
    BREAKPOINT = "breakpoint"
    WATCHPOINT = "watchpoint"
    INTERRUPTED = "interrupted"
    FAULT = "fault"
    EXIT = "the firmware has exited"


class Halt(Struct, frozen=True):
    """A halt of the core.

    watchpoint, address: what was touched and where. exit_code: see ``VirtualRun``.
    """

    why: Why
    watchpoint: Watchpoint | None = None
    address: int = 0
    exit_code: int = 0


class Debugger:
    """A machine that executes only on command; halted before its first instruction.

    on_byte: called with each byte the firmware sends to its console.
    poll:    called now and then while the core executes, with how long it may wait in seconds; true
             interrupts the core.

    RunError when the image does not fit the machine, ToolMissingError when the emulator is not installed.
    """

    def __init__(
        self,
        machine: VirtualMachine,
        image: Image,
        on_byte: Callable[[int], None],
        poll: Callable[[float], bool],
        *,
        native: bool = True,
    ) -> None:
        self.machine = machine
        self._image = image
        self._on_byte = on_byte
        self._poll = poll
        self._native = native
        self._breakpoints: set[int] = set()
        self._watchpoints: set[Watchpoint] = set()
        self._watched_at: int | None = None
        #: while the core slept
        self._interrupted = False
        self.processor = self._power_up()

    def close(self) -> None:
        """Free the memories."""
        self.processor.close()

    def reset(self) -> None:
        """Power up again with the flash as it is now; breakpoints stay."""
        old = self.processor
        flash = [
            (memory, old.engine.content(memory)) for memory in self.machine.memories if not memory.writable
        ]
        self.processor = self._power_up()
        for memory, content in flash:
            self.processor.engine.program(memory.base, content)
        self.processor.reset_core()
        old.close()

    def _power_up(self) -> Processor:
        processor = Processor(self.machine, self._image, self._on_byte, native=self._native)
        processor.halts_at_fault = True
        processor.rest = self._rest
        processor.engine.stop_at(self._breakpoints)
        processor.engine.watch.arm(self._watchpoints)
        self._watched_at = None
        return processor

    # ---- executing

    def resume(self) -> Halt:
        """Execute until something halts the core; a reset by the firmware does not."""
        if self._pc() in self._breakpoints or self._pc() == self._watched_at:
            halt = self.step()
            if halt.why is not Why.STEPPED:
                return halt
        while True:
            if self._is_interrupted():
                return Halt(Why.INTERRUPTED)
            before = self.processor.fault
            ended = self.processor.run(self.processor.instructions + _SLICE)
            if ended is EndedBy.ASLEEP:
                if self._is_interrupted(_ASLEEP_S):
                    return Halt(Why.INTERRUPTED)
            elif ended is EndedBy.RESET:
                self.reset()
            elif ended is not None or self.processor.halted is not None or self.processor.fault != before:
                return self._halt(ended)

    def step(self) -> Halt:
        """Execute one instruction, with interrupts held off."""
        if self._pc() == self._watched_at:
            self.processor.engine.watch.arm(())
        before = self.processor.fault
        try:
            ended = self.processor.step()
        finally:
            if self._watched_at is not None:
                self.processor.engine.watch.arm(self._watchpoints)
                self._watched_at = None
        if ended is EndedBy.RESET:
            self.reset()
            return Halt(Why.STEPPED)
        if ended is EndedBy.ASLEEP:
            return Halt(Why.INTERRUPTED)
        if self.processor.fault != before:
            self.processor.halts_at_fault = False
            return Halt(Why.FAULT)
        if ended is None and self.processor.halted is not Stop.WATCHED:
            return Halt(Why.STEPPED)
        return self._halt(ended)

    def step_through(self, start: int, end: int) -> Halt:
        """Step until pc is outside start <= pc < end, or something else halts the core."""
        while True:
            halt = self.step()
            pc = self._pc()
            if halt.why is not Why.STEPPED or not start <= pc < end:
                return halt
            if pc in self._breakpoints:
                return Halt(Why.BREAKPOINT)
            if self._is_interrupted():
                return Halt(Why.INTERRUPTED)

    def _halt(self, ended: EndedBy | None) -> Halt:
        if ended is EndedBy.EXIT:
            return Halt(Why.EXIT, exit_code=self.processor.exit_code or 0)
        hit = self.processor.engine.watch.hit
        if self.processor.halted is Stop.WATCHED and hit is not None:
            self._watched_at = self._pc()
            return Halt(Why.WATCHPOINT, hit.watchpoint, max(hit.address, hit.watchpoint.address))
        return Halt(Why.BREAKPOINT if self.processor.halted is Stop.ADDRESS else Why.FAULT)

    def _rest(self, cycles: int) -> int:
        if self._poll(0):
            self._interrupted = True
            self.processor.stop()
        return cycles

    def _is_interrupted(self, timeout_s: float = 0) -> bool:
        interrupted = self._interrupted or self._poll(timeout_s)
        self._interrupted = False
        return interrupted

    def _pc(self) -> int:
        return self.processor.engine.get("pc")

    # ---- breakpoints and watchpoints

    def set_breakpoint(self, address: int) -> None:
        self._breakpoints.add(address & ~_THUMB_BIT)
        self.processor.engine.stop_at(self._breakpoints)

    def clear_breakpoint(self, address: int) -> None:
        self._breakpoints.discard(address & ~_THUMB_BIT)
        self.processor.engine.stop_at(self._breakpoints)

    def set_watchpoint(self, watchpoint: Watchpoint) -> None:
        """LookupError where there is no memory: registers of peripherals can't be watched."""
        if not self._in_memory(watchpoint.address, watchpoint.size_bytes):
            raise LookupError(watchpoint.address)
        self._watchpoints.add(watchpoint)
        self.processor.engine.watch.arm(self._watchpoints)

    def clear_watchpoint(self, watchpoint: Watchpoint) -> None:
        self._watchpoints.discard(watchpoint)
        self.processor.engine.watch.arm(self._watchpoints)

    # ---- registers and memory

    def read_register(self, name: str) -> int:
        """A register's value.

        name: see ``Engine``. 32 bits.
        """
        return self.processor.engine.get(name)

    def write_register(self, name: str, value: int) -> None:
        engine = self.processor.engine
        if name == "pc":
            engine.set("pc", value | _THUMB_BIT)
            self.processor.wake()
        elif name == "xpsr":
            engine.set_status(value)
        else:
            engine.set(name, value)

    def read_memory(self, address: int, size_bytes: int) -> bytes:
        """Reading registers of peripherals has no side effects here. LookupError where nothing answers."""
        if not self._in_registers(address, size_bytes):
            return self.processor.engine.read(address, size_bytes)
        first = address & ~(_WORD_BYTES - 1)
        words = b"".join(
            self.processor.bus.inspect(word).to_bytes(_WORD_BYTES, "little")
            for word in range(first, address + size_bytes, _WORD_BYTES)
        )
        return words[address - first :][:size_bytes]

    def write_memory(self, address: int, data: bytes) -> None:
        """Registers of peripherals act as on a store by the core. LookupError where nothing answers."""
        if not self._in_registers(address, len(data)):
            self.processor.engine.write(address, data)
            self.processor.code_has_changed()
            return
        position = 0
        while position < len(data):
            at = address + position
            size = next(n for n in (4, 2, 1) if at % n == 0 and position + n <= len(data))
            value = int.from_bytes(data[position : position + size], "little")
            self.processor.bus.store(at, size, value)
            position += size

    def erase_flash(self, address: int, size_bytes: int) -> None:
        """Every byte becomes 0xFF. LookupError where there is no memory that is not writable."""
        self.write_flash(address, b"\xff" * size_bytes)

    def write_flash(self, address: int, data: bytes) -> None:
        """LookupError where there is no memory that is not writable."""
        flash = [memory for memory in self.machine.memories if not memory.writable]
        if not any(base <= address < base + m.size_bytes for m in flash for base in m.bases):
            raise LookupError(address)
        self.processor.engine.program(address, data)
        self.processor.code_has_changed()

    def _in_registers(self, address: int, size_bytes: int) -> bool:
        windows = [(window.base, window.size_bytes) for window in self.machine.register_windows]
        windows.append((system.BASE, system.SIZE_BYTES))
        return any(base <= address and address + size_bytes <= base + size for base, size in windows)

    def _in_memory(self, address: int, size_bytes: int) -> bool:
        return any(
            base <= address and address + size_bytes <= base + memory.size_bytes
            for memory in self.machine.memories
            for base in memory.bases
        )
