"""The emulator: PyPI's ``unicorn`` behind the few operations a virtual core needs.

Unicorn executes instructions; it does not enter or leave exceptions, and its M-profile core is always a
Cortex-M33 with a single-precision FPU. Its interrupt numbers are those of QEMU's ``target/arm/cpu.h``.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any

from generator.errors import RunError, ToolMissingError
from generator.model.virtual import VirtualMemory
from generator.virtual.counting import is_wide
from generator.virtual.watchpoints import WatchUnit

_SVC, _PREFETCH_ABORT, _DATA_ABORT, _BREAKPOINT, _EXCEPTION_RETURN = 2, 3, 4, 7, 8
_THUMB_BIT = 1 << 24
_WAIT_FOR_INTERRUPT = b"\x30\xbf"


class Stop(Enum):
    """Why the core stopped."""

    BLOCK = "before a block, as asked"
    SLEEP = "wait for interrupt"
    SUPERVISOR_CALL = "supervisor call"
    EXCEPTION_RETURN = "exception return"
    BREAKPOINT = "breakpoint"
    ADDRESS = "before an instruction at an address to stop at"
    WATCHED = "before an access that is watched"
    UNDEFINED = "undefined instruction"
    NOT_EXECUTABLE = "fetch from memory that may not be executed"
    UNALIGNED = "unaligned access"
    NO_MEMORY_READ = "load from an address without memory"
    NO_MEMORY_WRITE = "store to an address without memory"
    NO_MEMORY_FETCH = "fetch from an address without memory"


_INTERRUPTS = {
    _SVC: Stop.SUPERVISOR_CALL,
    _PREFETCH_ABORT: Stop.NOT_EXECUTABLE,
    _DATA_ABORT: Stop.UNALIGNED,
    _BREAKPOINT: Stop.BREAKPOINT,
    _EXCEPTION_RETURN: Stop.EXCEPTION_RETURN,
}


def import_unicorn() -> Any:
    """The module. ToolMissingError when it is not installed."""
    try:
        import unicorn
    except ImportError:
        raise ToolMissingError(
            "the virtual microcontroller needs the Python package 'unicorn'",
            hint="pip install 'mlfgen[virtual]'",
        ) from None
    return unicorn


class Engine:
    """One Armv7E-M core with its memories. Registers go by their architectural names in lower case.

    native: count in machine code where that can be had; the counts are the same.
    """

    def __init__(self, *, native: bool = True) -> None:
        self._unicorn = unicorn = import_unicorn()
        from unicorn import arm_const

        from generator.virtual.block_hook import attach_counter

        self._uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        # Without exits, an address to stop at would stop there for good: address 0 is memory like any other.
        self._uc.ctl_exits_enabled(True)
        names = [f"r{n}" for n in range(13)] + [f"s{n}" for n in range(32)]
        names += [
            "sp",
            "lr",
            "pc",
            "xpsr",
            "msp",
            "psp",
            "control",
            "primask",
            "basepri",
            "faultmask",
            "fpscr",
        ]
        self._ids = {name: getattr(arm_const, f"UC_ARM_REG_{name.upper()}") for name in names}
        self._ids["xpsr_nzcvqg"] = arm_const.UC_ARM_REG_XPSR_NZCVQG
        self._apsr_nzcv = arm_const.UC_ARM_REG_APSR_NZCV
        self._contents: list[tuple[VirtualMemory, mmap.mmap]] = []
        self._stop: Stop | None = None
        self._exits: frozenset[int] = frozenset()
        self.watch = WatchUnit(unicorn, self._uc, self.read)
        self.fault_address: int | None = None
        self.counter = attach_counter(self._uc, unicorn.UC_HOOK_BLOCK, self.read, native=native)
        self._uc.hook_add(unicorn.UC_HOOK_INTR, self._on_interrupt)
        self._uc.hook_add(unicorn.UC_HOOK_MEM_INVALID, self._on_invalid)

    def close(self) -> None:
        """Free the memories at once; only the counter's time may be read afterwards."""
        self.counter.let_go()
        self.watch.let_go()
        self._uc = None
        self._contents.clear()

    def add_memory(self, memory: VirtualMemory) -> None:
        """Have a memory that holds its fill byte; nothing answers at its addresses until it is connected."""
        content = mmap.mmap(-1, memory.size_bytes)
        if memory.fill:
            content.write(bytes([memory.fill]) * memory.size_bytes)
        self._contents.append((memory, content))

    def connect(self, memory: VirtualMemory) -> None:
        """Make a memory answer at all its addresses. It may not do so yet."""
        import ctypes

        content = next(content for known, content in self._contents if known == memory)
        unicorn = self._unicorn
        rights = unicorn.UC_PROT_READ
        rights |= unicorn.UC_PROT_WRITE if memory.writable else 0
        rights |= unicorn.UC_PROT_EXEC if memory.executable else 0
        pointer = ctypes.addressof(ctypes.c_char.from_buffer(content))
        for base in memory.bases:
            self._uc.mem_map_ptr(base, memory.size_bytes, rights, pointer)

    def disconnect(self, memory: VirtualMemory) -> None:
        """Make a memory stop responding, but keep its contents."""
        for base in memory.bases:
            self._uc.mem_unmap(base, memory.size_bytes)

    def content(self, memory: VirtualMemory) -> bytes:
        """What a memory holds, whether it answers or not."""
        return next(content[:] for known, content in self._contents if known == memory)

    def program(self, address: int, data: bytes) -> None:
        """Write to a memory whether it answers or not. LookupError where there is none."""
        for memory, content in self._contents:
            for base in memory.bases:
                if base <= address and address + len(data) <= base + memory.size_bytes:
                    content[address - base : address - base + len(data)] = data
                    return
        raise LookupError(address)

    def add_registers(
        self, base: int, size: int, load: Callable[[int, int], int], store: Callable[[int, int, int], None]
    ) -> None:
        """Send loads (address, size) and stores (address, size, value) of a range to functions.

        What goes wrong in them stops the core and is raised by ``run``.
        """

        def on_load(_uc: object, offset: int, size: int, _user: object) -> int:
            try:
                return load(base + offset, size)
            except BaseException as error:
                self._fail(error)
                return 0

        def on_store(_uc: object, offset: int, size: int, value: int, _user: object) -> None:
            try:
                store(base + offset, size, value)
            except BaseException as error:
                self._fail(error)

        self._uc.mmio_map(base, size, on_load, None, on_store, None)

    def _fail(self, error: BaseException) -> None:
        self.counter.failure = error
        self.counter.deadline = 0

    def read(self, address: int, size: int) -> bytes:
        """Memory as the core sees it. LookupError where there is none."""
        try:
            return bytes(self._uc.mem_read(address, size))
        except self._unicorn.UcError:
            raise LookupError(address) from None

    def write(self, address: int, data: bytes) -> None:
        """Write memory, whether the core may or not. LookupError where there is none."""
        try:
            self._uc.mem_write(address, data)
        except self._unicorn.UcError:
            raise LookupError(address) from None

    def get(self, name: str) -> int:
        """A register's 32 bits, by its name in lower case (``r0``, ``sp``, ``primask``)."""
        value: int = self._uc.reg_read(self._ids[name])
        return value & 0xFFFF_FFFF

    def get_all(self, names: Sequence[str]) -> list[int]:
        """Several registers' 32 bits at once, in the order of names."""
        values = self._uc.reg_read_batch([self._ids[name] for name in names])
        return [value & 0xFFFF_FFFF for value in values]

    def set(self, name: str, value: int) -> None:
        """Set a register, by its name in lower case."""
        self._uc.reg_write(self._ids[name], value)

    def set_status(self, xpsr: int) -> None:
        """Write flags, IT state, Thumb bit and exception number together; stacks switch with them."""
        self.set("xpsr_nzcvqg", xpsr)
        # Unicorn recomputes the translation mode only if flags are written this way.
        self._uc.reg_write(self._apsr_nzcv, xpsr & 0xF000_0000)

    def run(self) -> Stop:
        """Execute from pc until something needs attention; the counter's deadline is one such thing.

        What a callback raised is raised here. RunError when the emulator itself fails.
        """
        self._stop = None
        self.fault_address = None
        self.watch.hit = None
        self.counter.stopped = False
        pc = self.get("pc")
        if pc in self._exits:
            return Stop.ADDRESS
        thumb = 1 if self.get("xpsr") & _THUMB_BIT else 0
        failed = None
        try:
            self._uc.emu_start(pc | thumb, 0)
        except self._unicorn.UcError as error:
            failed = error
        if self.counter.failure is not None:
            failure, self.counter.failure = self.counter.failure, None
            raise failure
        if self._stop is not None:
            return self._stop
        if failed is None:
            return self._why_it_ended()
        if failed.errno in (self._unicorn.UC_ERR_INSN_INVALID, self._unicorn.UC_ERR_EXCEPTION):
            return Stop.UNDEFINED
        raise RunError(f"the emulator failed: {failed}", where=f"pc 0x{self.get('pc'):08X}") from None

    def _why_it_ended(self) -> Stop:
        if self.watch.hit is not None:
            if self.watch.hit.before:
                self.write(self.watch.hit.address, self.watch.hit.before)
            return Stop.WATCHED
        if self.counter.stopped:
            return Stop.BLOCK
        address, size = self.counter.block
        pc = self.get("pc")
        slept = pc == address + size and self.read(pc - 2, 2) == _WAIT_FOR_INTERRUPT
        return Stop.ADDRESS if pc in self._exits and not slept else Stop.SLEEP

    def stop_at(self, addresses: Iterable[int]) -> None:
        """Have ``run`` stop before instructions at these addresses and no others."""
        self._exits = frozenset(addresses)
        self._uc.ctl_set_exits(sorted(self._exits))
        # Blocks that are translated already know nothing of the exits.
        self._uc.ctl_flush_tb()

    def step(self) -> Stop:
        """As ``run``, but for one instruction, whether it is one to stop at or not.

        The counter's deadline must let exactly one block pass.
        """
        pc, exits = self.get("pc"), self._exits
        try:
            wide = is_wide(int.from_bytes(self.read(pc, 2), "little"))
        except LookupError:
            wide = False
        self.stop_at({pc + (4 if wide else 2)})
        try:
            return self.run()
        finally:
            self.stop_at(exits)

    def run_straight(self, end: int) -> None:
        """Execute from pc to ``end``, an address in the block at pc."""
        exits = self._exits
        self.stop_at({end})
        try:
            self._uc.emu_start(self.get("pc") | 1, 0)
        finally:
            self.stop_at(exits)

    def _on_interrupt(self, uc: Any, number: int, _user: object) -> None:
        self._stop = _INTERRUPTS.get(number, Stop.UNDEFINED)
        uc.emu_stop()

    def _on_invalid(
        self, _uc: object, access: int, address: int, _size: int, _value: int, _user: object
    ) -> bool:
        unicorn = self._unicorn
        self.fault_address = address
        if access in (unicorn.UC_MEM_FETCH_UNMAPPED, unicorn.UC_MEM_FETCH_PROT):
            self._stop = (
                Stop.NO_MEMORY_FETCH if access == unicorn.UC_MEM_FETCH_UNMAPPED else Stop.NOT_EXECUTABLE
            )
        elif access in (unicorn.UC_MEM_WRITE_UNMAPPED, unicorn.UC_MEM_WRITE_PROT):
            self._stop = Stop.NO_MEMORY_WRITE
        else:
            self._stop = Stop.NO_MEMORY_READ
        return False
