"""Fault status registers in words.

Source: Armv7-M Architecture Reference Manual (DDI 0403E), B3.2.15 and B3.2.16.
"""

from __future__ import annotations

from generator.virtual import nvic

#: CFSR bit -> (name, what it means)
_CFSR_BITS = {
    0: ("IACCVIOL", "instruction fetch from memory that may not be executed"),
    1: ("DACCVIOL", "data access that the memory protection forbids"),
    3: ("MUNSTKERR", "memory protection fault while an exception returned"),
    4: ("MSTKERR", "memory protection fault while an exception was entered"),
    5: ("MLSPERR", "memory protection fault while FPU registers were saved"),
    8: ("IBUSERR", "instruction fetch from an address where nothing answers"),
    9: ("PRECISERR", "data access to an address where nothing answers"),
    10: ("IMPRECISERR", "data access that failed later"),
    11: ("UNSTKERR", "no memory at the stack pointer while an exception returned"),
    12: ("STKERR", "no memory at the stack pointer while an exception was entered"),
    13: ("LSPERR", "no memory at the stack pointer while FPU registers were saved"),
    16: ("UNDEFINSTR", "undefined instruction"),
    17: ("INVSTATE", "branch to an address with bit 0 clear (the core has Thumb instructions only)"),
    18: ("INVPC", "exception return that does not fit the core's state"),
    19: ("NOCP", "floating-point instruction before CPACR enabled the FPU"),
    24: ("UNALIGNED", "unaligned access where none is allowed"),
    25: ("DIVBYZERO", "division by zero"),
}
_HFSR_BITS = {
    1: ("VECTTBL", "the vector table could not be read"),
    30: ("FORCED", "escalated, because its own handler is disabled or not more urgent"),
    31: ("DEBUGEVT", "breakpoint instruction with no debugger attached"),
}

IACCVIOL, IBUSERR, PRECISERR = 1 << 0, 1 << 8, 1 << 9
UNSTKERR, STKERR = 1 << 11, 1 << 12
UNDEFINSTR, INVSTATE, INVPC, NOCP, UNALIGNED = 1 << 16, 1 << 17, 1 << 18, 1 << 19, 1 << 24
BFAR_VALID = 1 << 15
VECTTBL, FORCED, DEBUGEVT = 1 << 1, 1 << 30, 1 << 31
_BUS_FAULTS = 0xFF00
_MEMORY_FAULTS = 0xFF


def describe(cfsr: int, hfsr: int) -> str:
    """Every set bit by name and meaning, joined by semicolons; ``no status bit set`` for none."""
    parts = [f"{name}: {text}" for bit, (name, text) in _CFSR_BITS.items() if cfsr >> bit & 1]
    parts += [f"{name}: {text}" for bit, (name, text) in _HFSR_BITS.items() if hfsr >> bit & 1]
    return "; ".join(parts) or "no status bit set"


def exception_for(cfsr_bits: int) -> int:
    """Number of the exception that newly set CFSR bits raise; HardFault if there are none."""
    if cfsr_bits & _MEMORY_FAULTS:
        return nvic.MEM_MANAGE
    if cfsr_bits & _BUS_FAULTS:
        return nvic.BUS_FAULT
    return nvic.USAGE_FAULT if cfsr_bits else nvic.HARD_FAULT
