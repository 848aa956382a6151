"""Taking faults: status registers, escalation, lockup, and the record of the first one."""

from __future__ import annotations

from generator.model.virtual import VirtualFault
from generator.virtual import faults, nvic
from generator.virtual.engine import Engine, Stop
from generator.virtual.exceptions import ExceptionUnit, StackingFault
from generator.virtual.image import Image
from generator.virtual.nvic import ExceptionController
from generator.virtual.system import SystemSpace

_REGISTERS = (*(f"r{n}" for n in range(13)), "sp", "lr", "pc", "xpsr")
_THUMB_BIT = 1 << 24
_STATUS = {
    Stop.UNDEFINED: faults.UNDEFINSTR,
    Stop.NOT_EXECUTABLE: faults.IACCVIOL,
    Stop.UNALIGNED: faults.UNALIGNED,
    Stop.NO_MEMORY_READ: faults.PRECISERR,
    Stop.NO_MEMORY_WRITE: faults.PRECISERR,
    Stop.NO_MEMORY_FETCH: faults.IBUSERR,
}


class FaultUnit:
    """Takes faults and records the first one.

    first: the first fault since power-up. locked_up: a fault came where none can be handled.
    """

    def __init__(
        self,
        engine: Engine,
        controller: ExceptionController,
        space: SystemSpace,
        unit: ExceptionUnit,
        image: Image,
    ) -> None:
        self.first: VirtualFault | None = None
        self.locked_up = False
        self._engine = engine
        self._controller = controller
        self._space = space
        self._unit = unit
        self._image = image

    def take_for(self, stop: Stop) -> None:
        """The fault for an instruction the core could not execute; pc is at that instruction."""
        bits = _STATUS[stop]
        if stop is Stop.UNDEFINED and not self._engine.get("xpsr") & _THUMB_BIT:
            bits = faults.INVSTATE
        self.take(bits, address=self._engine.fault_address)

    def take(self, cfsr: int, hfsr: int = 0, address: int | None = None) -> None:
        """Set status bits and enter the handler that is responsible; address: what was accessed, if known."""
        if cfsr & faults.PRECISERR and address is not None:
            cfsr |= faults.BFAR_VALID
            self._space.fault_address = address
        masks = self._unit.masks()
        number = faults.exception_for(cfsr)
        if number != nvic.HARD_FAULT and not (
            number in self._controller.enabled and self._controller.preempts(number, masks)
        ):
            number, hfsr = nvic.HARD_FAULT, hfsr | faults.FORCED
        handled = number != nvic.HARD_FAULT or self._controller.preempts(number, masks)
        self._record(number if handled else 0, cfsr, hfsr, address)
        self._space.cfsr |= cfsr
        self._space.hfsr |= hfsr
        if not handled:
            self.locked_up = True
            return
        try:
            self._unit.enter(number)
        except StackingFault as failed:
            # The stack pointer of a handler is no better: the core could do nothing more.
            self._space.cfsr |= failed.cfsr
            self._space.hfsr |= failed.hfsr
            self.locked_up = True

    def _record(self, number: int, cfsr: int, hfsr: int, address: int | None) -> None:
        if self.first is not None:
            return
        values = self._engine.get_all(_REGISTERS)
        registers = tuple(zip(_REGISTERS, values, strict=True))
        by_name = dict(registers)
        self.first = VirtualFault(
            exception=number,
            cause=faults.describe(cfsr & ~faults.BFAR_VALID, hfsr),
            cfsr=cfsr,
            hfsr=hfsr,
            address=address,
            registers=registers,
            symbol=self._image.symbol_at(by_name["pc"]),
            caller=self._image.symbol_at(by_name["lr"] & ~1),
        )
