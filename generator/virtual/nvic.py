"""Which exception runs: enable, pending and active bits, priorities and masks of an Armv7-M core.

Source: Armv7-M Architecture Reference Manual (DDI 0403E), B1.5. Pure: knows no registers and no emulator.
"""

from __future__ import annotations

from msgspec import Struct

NMI, HARD_FAULT, MEM_MANAGE, BUS_FAULT, USAGE_FAULT = 2, 3, 4, 5, 6
SVCALL, DEBUG_MONITOR, PENDSV, SYSTICK = 11, 12, 14, 15
FIRST_INTERRUPT = 16
THREAD_PRIORITY = 256
_FIXED_PRIORITIES = {1: -3, NMI: -2, HARD_FAULT: -1}


class Masks(Struct, frozen=True):
    """The core's mask registers: PRIMASK and FAULTMASK as 0 or 1, BASEPRI as written."""

    primask: int = 0
    basepri: int = 0
    faultmask: int = 0


NO_MASKS = Masks()


class ExceptionController:
    """Decides which exception runs.

    interrupts: number of lines; priority_bits: implemented bits of a priority, from the top.
    """

    def __init__(self, interrupts: int, priority_bits: int) -> None:
        self.count = FIRST_INTERRUPT + interrupts
        self.priority_mask = 0xFF & ~(0xFF >> priority_bits)
        self.group_bits = 0
        self.enabled: set[int] = set(range(1, FIRST_INTERRUPT))
        self.pending: set[int] = set()
        self.active: set[int] = set()
        self._levels: set[int] = set()
        self._priorities = [0] * self.count

    def exists(self, number: int) -> bool:
        """Whether the core has an exception of that number."""
        return 0 < number < self.count

    def priority(self, number: int) -> int:
        """-3 to 255; a lower number is more urgent."""
        return _FIXED_PRIORITIES.get(number, self._priorities[number])

    def set_priority(self, number: int, value: int) -> None:
        """Bits that are not implemented are dropped, as in the register."""
        self._priorities[number] = value & self.priority_mask

    def set_level(self, number: int, high: bool) -> None:
        """The line of a peripheral: pending while high, also again after a return from its handler."""
        if high and number not in self._levels:
            self._levels.add(number)
            self.pending.add(number)
        elif not high and number in self._levels:
            self._levels.discard(number)
            self.pending.discard(number)

    def pend_levels(self, numbers: set[int]) -> None:
        """Clearing the pending bit of a line that is still high has no lasting effect."""
        self.pending |= numbers & self._levels - self.active

    def _group(self, priority: int) -> int:
        if priority < 0:
            return priority
        return priority & ~((2 << self.group_bits) - 1)

    def execution_priority(self, masks: Masks) -> int:
        """The priority an exception has to be more urgent than; THREAD_PRIORITY if nothing blocks it."""
        level = min((self._group(self.priority(number)) for number in self.active), default=THREAD_PRIORITY)
        basepri = masks.basepri & self.priority_mask
        if basepri:
            level = min(level, self._group(basepri))
        if masks.primask:
            level = min(level, 0)
        if masks.faultmask:
            level = min(level, -1)
        return level

    def most_urgent(self) -> int:
        """Number of the pending, enabled exception that comes first; 0 when there is none."""
        if not self.pending:
            return 0
        ready = self.pending & self.enabled
        return min(ready, key=lambda number: (self.priority(number), number)) if ready else 0

    def preempts(self, number: int, masks: Masks) -> bool:
        """Whether the exception would be taken now."""
        return self._group(self.priority(number)) < self.execution_priority(masks)

    def next_exception(self, masks: Masks) -> int:
        """Number of the exception to take now; 0 when there is none."""
        number = self.most_urgent()
        return number if number and self.preempts(number, masks) else 0

    def wakes(self, masks: Masks) -> bool:
        """Whether a sleeping core wakes: as next_exception, but PRIMASK does not count (B1.5.17)."""
        return bool(self.next_exception(Masks(0, masks.basepri, masks.faultmask)))

    def enter(self, number: int) -> None:
        """The core has begun to serve an exception."""
        self.pending.discard(number)
        self.active.add(number)

    def leave(self, number: int) -> None:
        """The core has served an exception; one whose line is still asserted is pending again."""
        self.active.discard(number)
        if number in self._levels:
            self.pending.add(number)
