"""A virtual microcontroller: what it is made of, and what a run on it found."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

#: what a peripheral of a machine may behave like
PERIPHERAL_MODELS = (
    "storage",
    "stm32f7-rcc",
    "stm32f7-pwr",
    "stm32-flash",
    "stm32-fmc",
    "stm32-quadspi",
    "stm32-usart-v2",
)
#: those that can be the console
CONSOLE_MODELS = ("stm32-usart-v2",)


class VirtualMemory(Struct, frozen=True):
    """One memory of the machine.

    base, aliases: addresses at which the same bytes are seen; multiples of 4096.
    size_bytes:    a multiple of 4096.
    writable, executable: what the core may do; a write to a memory that is not writable is a bus fault.
    fill:          the byte, 0 to 255, that it holds after power-up where the image loads nothing.
    enabled_by:    name of the peripheral whose set-up makes it answer, or None when it always does.
    """

    name: str
    base: int
    size_bytes: int
    writable: bool
    executable: bool
    aliases: tuple[int, ...] = ()
    fill: int = 0
    enabled_by: str | None = None

    @property
    def bases(self) -> tuple[int, ...]:
        """Every address the memory is seen at, its own first."""
        return (self.base, *self.aliases)


class VirtualPeripheral(Struct, frozen=True):
    """One block of registers.

    model:      which behaviour it has (``stm32-usart-v2``); ``storage`` keeps what is written.
    base:       address; a multiple of 1024. size_bytes: also a multiple of 1024.
    interrupt:  number of its line at the interrupt controller, or None.
    reset:      (byte offset, 32-bit value) of registers that do not start as the model has them.
    """

    name: str
    model: str
    base: int
    size_bytes: int
    interrupt: int | None = None
    reset: tuple[tuple[int, int], ...] = ()


class RegisterWindow(Struct, frozen=True):
    """Addresses that belong to peripherals: accesses no peripheral answers are reported, not faults."""

    base: int
    size_bytes: int


class VirtualMachine(Struct, frozen=True):
    """An Armv7E-M microcontroller as data.

    cpuid:             the core's CPUID register.
    clock_hz:          what the core runs at once the firmware has set its clock up.
    systick_reference_divider: core cycles in one tick of SysTick's reference clock.
    priority_bits:     implemented bits of an interrupt's priority, 3 to 8.
    interrupts:        number of interrupt lines, 1 to 240.
    data_cache_bytes, instruction_cache_bytes: what the core's cache size registers report; 0 for no cache.
    boot_address:      where the core finds its first vector table.
    console:           name of the peripheral whose bytes are the console.
    """

    cpuid: int
    clock_hz: int
    systick_reference_divider: int
    priority_bits: int
    interrupts: int
    data_cache_bytes: int
    instruction_cache_bytes: int
    boot_address: int
    memories: tuple[VirtualMemory, ...]
    register_windows: tuple[RegisterWindow, ...]
    peripherals: tuple[VirtualPeripheral, ...]
    console: str


class EndedBy(Enum):
    """Why a run ended."""

    MARKER = "marker"
    FAULT = "fault"
    BUDGET = "budget"
    EXIT = "exit"
    RESET = "reset"
    ASLEEP = "asleep"
    CLOSED = "closed"


class VirtualFault(Struct, frozen=True):
    """The first fault of a run, as the core met it.

    exception:  number of the exception the core took for it; 0 for a lockup.
    cause:      sentences decoded from cfsr and hfsr.
    address:    the address whose access failed, or None where the core does not know it.
    registers:  (name, value), r0 to r12, sp, lr, pc, xpsr, at the instruction that failed.
    symbol:     function and byte offset of pc (``conv+0x12``), or None when no symbol covers it.
    """

    exception: int
    cause: str
    cfsr: int
    hfsr: int
    address: int | None
    registers: tuple[tuple[str, int], ...]
    symbol: str | None
    caller: str | None


class UnmodelledAccess(Struct, frozen=True):
    """Accesses of one kind to one address that no model answers; it reads back what was written.

    symbol: function of the first such access, or None.
    """

    address: int
    size_bytes: int
    write: bool
    count: int
    symbol: str | None


class VirtualRun(Struct, frozen=True):
    """What a run did.

    console:       every byte the firmware sent to its console.
    instructions:  executed; equal in every run of the same image with the same input.
    slept_cycles:  core cycles skipped while the core waited for an interrupt.
    exit_code:     what the firmware passed to semihosting's exit, or None.
    """

    console: bytes
    instructions: int
    slept_cycles: int
    ended_by: EndedBy
    exit_code: int | None
    fault: VirtualFault | None
    unmodelled: tuple[UnmodelledAccess, ...]
