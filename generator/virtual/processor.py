"""The virtual microcontroller at work: core, exceptions, timers, peripherals and memories in one loop."""

from __future__ import annotations

from collections.abc import Callable

from generator.errors import RunError
from generator.model.virtual import EndedBy, UnmodelledAccess, VirtualFault, VirtualMachine, VirtualMemory
from generator.virtual import faults, nvic, semihosting, system
from generator.virtual.bus import Bus
from generator.virtual.counting import CHANGES_MASKS, USES_FPU, first_fpu_offset
from generator.virtual.engine import Engine, Stop
from generator.virtual.exceptions import ExceptionUnit, StackingFault
from generator.virtual.fault_unit import FaultUnit
from generator.virtual.image import Image, place
from generator.virtual.nvic import NO_MASKS, ExceptionController
from generator.virtual.peripherals import Usart
from generator.virtual.system import SystemSpace

#: instructions that a fault handler may take to print what it knows before the run ends
FAULT_GRACE = 2_000_000
_THUMB_BIT = 1 << 24
_WAIT_FOR_EVENT, _YIELD, _BRANCH_TO_SELF = b"\x20\xbf", b"\x10\xbf", b"\xfe\xe7"


class Processor:
    """One power-up of a machine with an image in its flash.

    on_byte: called with each byte the firmware sends to its console.
    native:  count in machine code where that can be had.
    RunError when the image does not fit the machine, ToolMissingError when the emulator is not installed.
    """

    def __init__(
        self, machine: VirtualMachine, image: Image, on_byte: Callable[[int], None], *, native: bool = True
    ) -> None:
        placed = place(image, machine)
        self._engine = engine = Engine(native=native)
        self._counter = engine.counter
        self._controller = ExceptionController(machine.interrupts, machine.priority_bits)
        self._space = SystemSpace(
            machine, self._controller, lambda: self._counter.now, lambda: self._unit.active()
        )
        self._unit = ExceptionUnit(engine, self._controller, self._space)
        self._bus = Bus(machine, self._space, self._controller, lambda: self._counter.block[0], self._attend)
        self._image = image
        self._asleep = False
        self._stop_asked = False
        self._interrupted_at: int | None = None
        #: executed by exception handlers: between leaving thread mode and coming back to it
        self.handler_instructions = 0
        self._grace_ends: int | None = None
        self._faults = FaultUnit(engine, self._controller, self._space, self._unit, image)
        self.exit_code: int | None = None
        #: why ``run`` or ``step`` returned None: an address to stop at, a watched access; None for neither
        self.halted: Stop | None = None
        #: have ``run`` return None when the first fault has been taken, before its handler runs
        self.halts_at_fault = False
        #: called when the core sleeps: how many of the given cycles to sleep; None sleeps all of them
        self.rest: Callable[[int], int] | None = None

        console = self._bus.devices[machine.console]
        if not isinstance(console, Usart):
            raise RunError(
                f"the console '{machine.console}' is not a serial port", hint="correct the board file"
            )
        self._console = console
        console.on_byte = on_byte
        #: memories behind a controller, with whether they answer
        self._switched = {memory: False for memory in machine.memories if memory.enabled_by is not None}
        for memory in machine.memories:
            engine.add_memory(memory)
            if memory not in self._switched:
                engine.connect(memory)
        for _, segment in placed:
            engine.program(segment.address, segment.data)
        for window in machine.register_windows:
            engine.add_registers(window.base, window.size_bytes, self._bus.load, self._bus.store)
        engine.add_registers(system.BASE, system.SIZE_BYTES, self._bus.load, self._bus.store)
        self._boot_address = machine.boot_address
        self.reset_core()

    @property
    def instructions(self) -> int:
        """Executed since power-up."""
        return self._counter.now - self._space.slept_cycles

    @property
    def engine(self) -> Engine:
        """Registers and memories, for a debugger."""
        return self._engine

    @property
    def bus(self) -> Bus:
        """What answers outside the memories, for a debugger."""
        return self._bus

    @property
    def controller(self) -> ExceptionController:
        """Exceptions by their state, for a debugger."""
        return self._controller

    @property
    def fault(self) -> VirtualFault | None:
        """The first fault since power-up."""
        return self._faults.first

    @property
    def slept_cycles(self) -> int:
        return self._space.slept_cycles

    def close(self) -> None:
        """Free the memories; the results of the run stay readable."""
        self._engine.close()

    def feed(self, data: bytes) -> None:
        """Bytes that arrive at the console."""
        self._console.input.extend(data)
        self._bus.refresh(self._console)

    def stop(self) -> None:
        """From a callback: have ``run`` return before the next block. From another thread: soon."""
        self._stop_asked = True
        self._counter.deadline = 0

    def unmodelled(self) -> tuple[UnmodelledAccess, ...]:
        """Accesses that no model answered, by address."""
        return tuple(
            UnmodelledAccess(address, size, write, seen.count, self._image.symbol_at(seen.program_counter))
            for (address, size, write), seen in sorted(self._bus.strangers.items())
        )

    def run(self, limit: int) -> EndedBy | None:
        """Execute until the firmware ends; None when the limit is reached, ``stop`` was called, or it halts."""
        self.halted = None
        while True:
            self._space.advance()
            self._keep_up()
            if self.halts_at_fault and self._faults.first is not None:
                self.halts_at_fault = False
                return None
            if self._faults.locked_up or self._grace_is_over():
                return EndedBy.FAULT
            if self._space.reset_requested:
                return EndedBy.FAULT if self.fault else EndedBy.RESET
            if self._stop_asked:
                self._stop_asked = False
                return None
            if self._take_interrupt():
                continue
            if self._asleep:
                if not self._pass_time():
                    return EndedBy.FAULT if self.fault else EndedBy.ASLEEP
                continue
            if self.instructions >= limit:
                return None
            ended = self._execute(limit)
            if ended is not None:
                return ended

    def step(self) -> EndedBy | None:
        """Execute one instruction; pending interrupts wait. A core that sleeps is woken first.

        None if that succeeded; ``halted`` says whether a watched access prevented it.
        """
        self.halted = None
        self._space.advance()
        self._keep_up()
        if self._faults.locked_up:
            return EndedBy.FAULT
        if self._space.reset_requested:
            return EndedBy.RESET
        while self._asleep:
            if not self._pass_time():
                return EndedBy.ASLEEP
            self._space.advance()
        self._counter.deadline = self._counter.now + 1
        self._counter.attention = 0 if self._space.fpu_enabled else USES_FPU
        ended = self._deal_with(self._engine.step())
        self._stop_asked = False
        return ended

    def wake(self) -> None:
        """A debugger has moved pc."""
        self._asleep = False

    def code_has_changed(self) -> None:
        """A debugger has written to memory that may hold code."""
        self._counter.forget()

    def reset_core(self) -> None:
        """Take stack pointer and entry from the vector table that the core boots from."""
        boot_address = self._boot_address
        try:
            table = self._engine.read(boot_address, 8)
        except LookupError:
            raise RunError(
                f"there is no memory at the boot address 0x{boot_address:08X}", hint="correct the board file"
            ) from None
        stack, entry = int.from_bytes(table[:4], "little"), int.from_bytes(table[4:], "little")
        if not entry & 1 or not self._code_at(entry & ~1):
            raise RunError(
                f"the image has no vector table at 0x{boot_address:08X}: its reset vector is 0x{entry:08X}",
                hint="check that it was built for this board: the table must be at the address the core boots from",
            )
        self._engine.set("sp", stack & ~3)
        self._engine.set("lr", 0xFFFF_FFFF)
        self._engine.set_status(_THUMB_BIT)
        self._engine.set("pc", entry)

    def _code_at(self, address: int) -> bytes:
        """The halfword at an address; empty where there is no memory."""
        try:
            return self._engine.read(address, 2)
        except LookupError:
            return b""

    def _keep_up(self) -> None:
        """Make the core notice what registers have changed: code, memories."""
        if self._space.code_changed:
            self._space.code_changed = False
            self._counter.forget()
        for memory in self._to_switch():
            answers = not self._switched[memory]
            self._switched[memory] = answers
            (self._engine.connect if answers else self._engine.disconnect)(memory)

    def _to_switch(self) -> list[VirtualMemory]:
        """Memories that answer though their controller is not set up for it, or the other way round."""
        return [
            memory
            for memory, answers in self._switched.items()
            if self._bus.devices[memory.enabled_by or ""].enables_memory(memory.size_bytes) != answers
        ]

    def _attend(self) -> None:
        """After an access to registers: stop soon if they request it."""
        urgent = self._controller.next_exception(NO_MASKS) or self._to_switch()
        if urgent or self._space.reset_requested or self._space.code_changed:
            self._counter.deadline = 0
            return
        due = self._space.systick.next_interrupt()
        if due is not None and due < self._counter.deadline:
            self._counter.deadline = due

    def _take_interrupt(self) -> bool:
        if not self._controller.next_exception(NO_MASKS):
            return False
        number = self._controller.next_exception(self._unit.masks())
        if not number:
            return False
        self._asleep = False
        self._enter(number)
        return True

    def _enter(self, number: int) -> None:
        if self._interrupted_at is None:
            self._interrupted_at = self.instructions
        try:
            self._unit.enter(number)
        except StackingFault as failed:
            self._faults.take(failed.cfsr, failed.hfsr)

    def _pass_time(self) -> bool:
        """While asleep: wake, or skip to the next event. False when none will come."""
        if self._controller.wakes(self._unit.masks()):
            self._asleep = False
            return True
        due = self._space.systick.next_interrupt()
        if due is None or nvic.SYSTICK in self._controller.pending:
            return False
        cycles = due - self._counter.now
        if self.rest is not None:
            cycles = min(cycles, self.rest(cycles))
        self._space.slept_cycles += cycles
        self._counter.now += cycles
        return True

    def _grace_is_over(self) -> bool:
        """Whether a fault has been taken, and its handler has had the time it needs."""
        if self._faults.first is None:
            return False
        if self._grace_ends is None:
            self._grace_ends = self.instructions + FAULT_GRACE
        hangs = self._code_at(self._engine.get("pc")) == _BRANCH_TO_SELF
        return hangs or self.instructions >= self._grace_ends

    def _execute(self, limit: int) -> EndedBy | None:
        counter, space = self._counter, self._space
        deadline = limit + self._space.slept_cycles
        if self._grace_ends is not None:
            deadline = min(deadline, counter.now + FAULT_GRACE // 100)
        due = space.systick.next_interrupt()
        counter.deadline = deadline if due is None else min(deadline, due)
        counter.attention = 0 if space.fpu_enabled else USES_FPU
        counter.attention |= CHANGES_MASKS if self._controller.next_exception(NO_MASKS) else 0
        return self._deal_with(self._engine.run())

    def _deal_with(self, stop: Stop) -> EndedBy | None:
        ended = None
        if stop is Stop.BLOCK:
            self._refuse_fpu()
        elif stop is Stop.SLEEP:
            self._asleep = True
        elif stop is Stop.SUPERVISOR_CALL:
            if self._controller.preempts(nvic.SVCALL, self._unit.masks()):
                self._enter(nvic.SVCALL)
            else:
                self._faults.take(0, faults.FORCED)
        elif stop is Stop.EXCEPTION_RETURN:
            self._leave()
        elif stop is Stop.BREAKPOINT:
            ended = self._breakpoint()
        elif stop in (Stop.ADDRESS, Stop.WATCHED):
            if stop is Stop.WATCHED:
                self._uncount_rest()
            self.halted = stop
            self._stop_asked = True
        elif not (stop is Stop.UNDEFINED and self._was_hint()):
            self._uncount_rest()
            self._faults.take_for(stop)
        return ended

    def _uncount_rest(self) -> None:
        """A block was left before its end: its last instructions, from pc on, were not executed."""
        address, size = self._counter.block
        pc = self._engine.get("pc")
        if address <= pc < address + size:
            self._counter.now -= self._counter.instructions_in(pc, address + size - pc)

    def _was_hint(self) -> bool:
        """WFE and YIELD stop the emulator behind themselves; both may do nothing, and here they do."""
        address, size = self._counter.block
        pc = self._engine.get("pc")
        return pc == address + size and self._engine.read(pc - 2, 2) in (_WAIT_FOR_EVENT, _YIELD)

    def _refuse_fpu(self) -> None:
        if not self._counter.trapped_fpu:
            return
        self._counter.trapped_fpu = False
        address, size = self._counter.block
        offset = first_fpu_offset(self._engine.read(address, size))
        self._counter.attention = 0
        if offset:
            self._engine.run_straight(address + offset)
        self._faults.take(faults.NOCP)

    def _leave(self) -> None:
        pc, thumb = self._engine.get("pc"), self._engine.get("xpsr") & _THUMB_BIT
        try:
            self._unit.leave(pc | (1 if thumb else 0))
        except StackingFault as failed:
            self._faults.take(failed.cfsr, failed.hfsr)
            return
        if self._interrupted_at is not None and not self._unit.active():
            self.handler_instructions += self.instructions - self._interrupted_at
            self._interrupted_at = None
        self._asleep = self._space.sleeps_on_exit and not self._unit.active()

    def _breakpoint(self) -> EndedBy | None:
        """Semihosting's exit, as a debugger would serve it; any other breakpoint is a fault."""
        pc, operation, argument = self._engine.get_all(("pc", "r0", "r1"))
        if self._engine.read(pc, 2) == semihosting.BREAKPOINT:
            self.exit_code = semihosting.exit_code(operation, argument, self._engine.read)
            if self.exit_code is not None:
                return EndedBy.EXIT
        self._uncount_rest()
        self._faults.take(0, faults.DEBUGEVT)
        return None
