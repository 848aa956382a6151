"""Entering and leaving exceptions: stacking, EXC_RETURN, the two stacks, the FPU's registers.

Source: Armv7-M Architecture Reference Manual (DDI 0403E), B1.5.6 to B1.5.8. FPU registers are saved at once
where the core may wait until they are touched: the same to all programs but those that read unused stack.
"""

from __future__ import annotations

import struct

from generator.virtual import faults, nvic
from generator.virtual.engine import Engine
from generator.virtual.nvic import ExceptionController, Masks
from generator.virtual.system import SystemSpace

_BASIC = ("r0", "r1", "r2", "r3", "r12", "lr", "pc", "xpsr")
_FPU = tuple(f"s{n}" for n in range(16))
_BASIC_BYTES, _EXTENDED_BYTES = 0x20, 0x68
_CONTROL_PSP, _CONTROL_FPU = 1 << 1, 1 << 2
#: set together with the FPU bit in the emulator's core, which also tracks who owns the FPU
_CONTROL_FPU_OWNED = 1 << 3
_XPSR_NUMBER, _XPSR_ALIGNED, _XPSR_THUMB, _XPSR_IT = 0x1FF, 1 << 9, 1 << 24, 0x0600_FC00
_RETURN_PREFIX, _RETURN_THREAD, _RETURN_PSP, _RETURN_BASIC = 0xFFFF_FFE1, 1 << 3, 1 << 2, 1 << 4
_VALID_RETURNS = frozenset(_RETURN_PREFIX | bits for bits in (0x00, 0x08, 0x0C, 0x10, 0x18, 0x1C))


class StackingFault(Exception):
    """An exception could not be entered or left. cfsr, hfsr: the status bits that say why."""

    def __init__(self, cfsr: int, hfsr: int = 0) -> None:
        super().__init__()
        self.cfsr = cfsr
        self.hfsr = hfsr


class ExceptionUnit:
    """Changes of context of one core."""

    def __init__(self, engine: Engine, controller: ExceptionController, space: SystemSpace) -> None:
        self._engine = engine
        self._controller = controller
        self._space = space

    def masks(self) -> Masks:
        """The core's mask registers; all zero while unprivileged code runs, which cannot read them."""
        return Masks(*self._engine.get_all(("primask", "basepri", "faultmask")))

    def active(self) -> int:
        """Number of the exception that runs; 0 in thread mode."""
        return self._engine.get("xpsr") & _XPSR_NUMBER

    def enter(self, number: int) -> None:
        """Take an exception between two instructions; pc is where it returns to.

        StackingFault when there is no memory for the frame or for the vector; then nothing but the stack
        pointer has changed.
        """
        engine = self._engine
        xpsr, control, sp = engine.get_all(("xpsr", "control", "sp"))
        extended = bool(control & _CONTROL_FPU) and self._space.saves_fpu
        aligned = sp >> 2 & 1
        sp = (sp - (_EXTENDED_BYTES if extended else _BASIC_BYTES)) & ~7 & 0xFFFF_FFFF
        engine.set("sp", sp)
        words = engine.get_all(_BASIC[:-1])
        words.append(xpsr & ~_XPSR_ALIGNED | aligned * _XPSR_ALIGNED)
        if extended:
            words += [*engine.get_all(_FPU), engine.get("fpscr"), 0]
        try:
            engine.write(sp, struct.pack(f"<{len(words)}I", *words))
        except LookupError:
            raise StackingFault(faults.STKERR) from None
        vector = self._vector(number)

        thread = not xpsr & _XPSR_NUMBER
        from_psp = thread and bool(control & _CONTROL_PSP)
        exc_return = _RETURN_PREFIX | (0 if extended else _RETURN_BASIC)
        exc_return |= (_RETURN_THREAD if thread else 0) | (_RETURN_PSP if from_psp else 0)
        status = xpsr & ~(_XPSR_NUMBER | _XPSR_IT | _XPSR_THUMB)
        engine.set_status(status | number | (_XPSR_THUMB if vector & 1 else 0))
        control &= ~_CONTROL_PSP
        if extended:
            control &= ~(_CONTROL_FPU | _CONTROL_FPU_OWNED)
        engine.set("control", control)
        engine.set("lr", exc_return)
        engine.set("pc", vector)
        self._controller.enter(number)

    def leave(self, exc_return: int) -> None:
        """Return from the running exception. exc_return: the value that the core branched to.

        StackingFault when that does not fit, or the frame is nowhere.
        """
        engine = self._engine
        number = self.active()
        controller = self._controller
        thread = bool(exc_return & _RETURN_THREAD)
        if exc_return not in _VALID_RETURNS or number not in controller.active:
            raise StackingFault(faults.INVPC)
        if thread != (controller.active == {number}):
            raise StackingFault(faults.INVPC)
        extended = not exc_return & _RETURN_BASIC
        stack = "psp" if exc_return & _RETURN_PSP else "msp"
        sp = engine.get(stack)
        size = _EXTENDED_BYTES if extended else _BASIC_BYTES
        try:
            words = struct.unpack(f"<{size // 4}I", engine.read(sp, size))
        except LookupError:
            raise StackingFault(faults.UNSTKERR) from None
        xpsr = words[7]
        if thread != (not xpsr & _XPSR_NUMBER):
            raise StackingFault(faults.INVPC)

        controller.leave(number)
        if number != nvic.NMI:
            engine.set("faultmask", 0)
        control = engine.get("control") & ~(_CONTROL_PSP | _CONTROL_FPU | _CONTROL_FPU_OWNED)
        if extended:
            control |= _CONTROL_FPU | _CONTROL_FPU_OWNED
            for name, value in zip(_FPU, words[8:24], strict=True):
                engine.set(name, value)
            engine.set("fpscr", words[24])
        elif not self._space.saves_fpu:
            control |= engine.get("control") & (_CONTROL_FPU | _CONTROL_FPU_OWNED)
        # Stack pointers and control first: once the status names thread mode, they may be out of reach.
        engine.set(stack, (sp + size) | (4 if xpsr & _XPSR_ALIGNED else 0))
        engine.set("control", control | (_CONTROL_PSP if exc_return & _RETURN_PSP else 0))
        engine.set_status(xpsr & ~_XPSR_ALIGNED)
        for name, value in zip(_BASIC[:6], words[:6], strict=True):
            engine.set(name, value)
        engine.set("pc", words[6] & ~1 | (1 if xpsr & _XPSR_THUMB else 0))

    def _vector(self, number: int) -> int:
        try:
            entry = self._engine.read(self._space.vector_table + 4 * number, 4)
        except LookupError:
            raise StackingFault(0, faults.VECTTBL) from None
        return int.from_bytes(entry, "little")
