"""The interrupt controller's registers, 0xE000E100 to 0xE000E4EF, as a view of an ``ExceptionController``.

Source: Armv7-M Architecture Reference Manual (DDI 0403E), B3.4. Offsets are addresses minus 0xE0000000.
"""

from __future__ import annotations

from generator.virtual.nvic import FIRST_INTERRUPT, ExceptionController

_SET_ENABLE, _CLEAR_ENABLE, _SET_PENDING, _CLEAR_PENDING, _ACTIVE = 0xE100, 0xE180, 0xE200, 0xE280, 0xE300
_PRIORITIES = range(0xE400, 0xE4F0)
_BANK_BYTES = 0x40


class NvicRegisters:
    """32-bit registers; interrupts the machine does not have read as zero."""

    def __init__(self, controller: ExceptionController) -> None:
        self._controller = controller
        self._sets = {
            _SET_ENABLE: controller.enabled,
            _CLEAR_ENABLE: controller.enabled,
            _SET_PENDING: controller.pending,
            _CLEAR_PENDING: controller.pending,
            _ACTIVE: controller.active,
        }

    def handles(self, offset: int) -> bool:
        return offset in _PRIORITIES or self._bank(offset) is not None

    def ones_act(self, offset: int) -> bool:
        """Whether the register sets or clears by written ones."""
        return self._bank(offset) is not None

    def read(self, offset: int) -> int:
        """A load by the core.

        offset: a multiple of four that ``handles`` knows.
        """
        if offset in _PRIORITIES:
            numbers = self._lanes(offset)
            return sum(self._controller.priority(number) << 8 * lane for lane, number in numbers)
        bank = self._bank(offset)
        if bank is None:
            return 0
        first = FIRST_INTERRUPT + (offset - bank) * 8
        return sum(1 << bit for bit in range(32) if first + bit in self._sets[bank])

    def write(self, offset: int, value: int) -> None:
        if offset in _PRIORITIES:
            for lane, number in self._lanes(offset):
                self._controller.set_priority(number, value >> 8 * lane & 0xFF)
            return
        bank = self._bank(offset)
        if bank is None or bank == _ACTIVE:
            return
        first = FIRST_INTERRUPT + (offset - bank) * 8
        numbers = {
            first + bit for bit in range(32) if value >> bit & 1 and self._controller.exists(first + bit)
        }
        if bank in (_SET_ENABLE, _SET_PENDING):
            self._sets[bank].update(numbers)
        else:
            self._sets[bank].difference_update(numbers)
            self._controller.pend_levels(numbers)

    def _bank(self, offset: int) -> int | None:
        return next((base for base in self._sets if base <= offset < base + _BANK_BYTES), None)

    def _lanes(self, offset: int) -> list[tuple[int, int]]:
        first = FIRST_INTERRUPT + offset - _PRIORITIES.start
        return [(lane, first + lane) for lane in range(4) if self._controller.exists(first + lane)]
