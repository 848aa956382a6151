"""The core's own registers, 0xE0000000 to 0xE00FFFFF: SysTick, NVIC, system control, FPU control, DWT.

Source: Armv7-M Architecture Reference Manual (DDI 0403E), B3.2 to B3.5, B4.8 and C1.6 to C1.8. Offsets are
addresses minus 0xE0000000.
"""

from __future__ import annotations

from collections.abc import Callable

from generator.model.virtual import VirtualMachine
from generator.virtual import nvic
from generator.virtual.nvic import ExceptionController
from generator.virtual.nvic_registers import NvicRegisters
from generator.virtual.timers import CycleCounter, SysTick

BASE, SIZE_BYTES = 0xE000_0000, 0x10_0000
_DWT_CTRL, _DWT_CYCCNT, _DWT_LAR, _DWT_LSR = 0x1000, 0x1004, 0x1FB0, 0x1FB4
_ICTR, _ACTLR, _SYST_CSR, _SYST_RVR, _SYST_CVR, _SYST_CALIB = 0xE004, 0xE008, 0xE010, 0xE014, 0xE018, 0xE01C
_CPUID, _ICSR, _VTOR, _AIRCR, _SCR, _CCR = 0xED00, 0xED04, 0xED08, 0xED0C, 0xED10, 0xED14
_SHPR, _SHCSR, _CFSR, _HFSR, _DFSR = range(0xED18, 0xED24, 4), 0xED24, 0xED28, 0xED2C, 0xED30
_MMFAR, _BFAR, _AFSR, _CLIDR, _CTR, _CCSIDR, _CSSELR = 0xED34, 0xED38, 0xED3C, 0xED78, 0xED7C, 0xED80, 0xED84
_CPACR, _MPU_TYPE, _MPU, _DHCSR, _DEMCR = 0xED88, 0xED90, range(0xED94, 0xEDBC, 4), 0xEDF0, 0xEDFC
_STIR, _FPCCR, _FPCAR, _FPDSCR, _MVFR = 0xEF00, 0xEF34, 0xEF38, 0xEF3C, (0xEF40, 0xEF44, 0xEF48)
_ICIALLU, _ICIMVAU, _CACHE_OPERATIONS = 0xEF50, 0xEF58, range(0xEF50, 0xEF7C, 4)
_TCM_AND_CACHE_CONTROL = range(0xEF90, 0xEFAC, 4)

_VECTKEY, _VECTKEYSTAT, _SYSRESETREQ = 0x05FA, 0xFA05, 1 << 2
_TRCENA, _CYCCNTENA, _FPU_PRIVILEGED, _ASPEN, _SLEEPONEXIT = 1 << 24, 1, 0b0101 << 20, 1 << 31, 1 << 1
_SHCSR_ENABLED = {16: nvic.MEM_MANAGE, 17: nvic.BUS_FAULT, 18: nvic.USAGE_FAULT}
_SHCSR_PENDED = {12: nvic.USAGE_FAULT, 13: nvic.MEM_MANAGE, 14: nvic.BUS_FAULT, 15: nvic.SVCALL}
_SHCSR_ACTIVE = {
    0: nvic.MEM_MANAGE,
    1: nvic.BUS_FAULT,
    3: nvic.USAGE_FAULT,
    7: nvic.SVCALL,
    8: nvic.DEBUG_MONITOR,
    10: nvic.PENDSV,
    11: nvic.SYSTICK,
}
#: registers that read back what was written and have no other effect
_STORED = frozenset({_ACTLR, _SCR, _CCR, _DFSR, _AFSR, _CSSELR, _DHCSR, _FPCCR, _FPCAR, _FPDSCR})
_STORED |= {*_MPU, *_TCM_AND_CACHE_CONTROL, _CPACR, _DEMCR, _DWT_CTRL}


class SystemSpace:
    """Registers by 32-bit word; ``handles`` says which offsets exist.

    now: the core's time in cycles. active: number of the exception that runs, 0 for none.
    """

    def __init__(
        self,
        machine: VirtualMachine,
        controller: ExceptionController,
        now: Callable[[], int],
        active: Callable[[], int],
    ) -> None:
        self.systick = SysTick(machine.systick_reference_divider)
        self.vector_table = machine.boot_address
        self.cfsr = 0
        self.hfsr = 0
        self.fault_address = 0
        self.reset_requested = False
        #: of ``now``, those that the core did not see: its clock rests while it sleeps, SysTick's does not
        self.slept_cycles = 0
        #: what was learnt of the code's blocks no longer holds
        self.code_changed = False
        self._controller = controller
        self._nvic = NvicRegisters(controller)
        self._cycles = CycleCounter()
        self._now = now
        self._active = active
        self._words = {_CCR: 0x0004_0200, _FPCCR: 0xC000_0000, _DWT_CTRL: 0x4000_0000}
        controller.enabled -= set(_SHCSR_ENABLED.values())
        caches = (
            _cache_size_id(machine.data_cache_bytes, 4),
            _cache_size_id(machine.instruction_cache_bytes, 2),
        )
        self._constants = {
            _CPUID: machine.cpuid,
            _ICTR: (machine.interrupts - 1) // 32,
            _SYST_CALIB: 0xC000_0000,
            _CLIDR: 0x0900_0003 if any(caches) else 0,
            _CTR: 0x8303_C003 if any(caches) else 0x8000_C000,
            _MPU_TYPE: 8 << 8,
            _DWT_LSR: 1,
            **dict(zip(_MVFR, (0x1011_0021, 0x1100_0011, 0x40), strict=True)),
        }
        self._readers: dict[int, Callable[[], int]] = {
            _DWT_CYCCNT: lambda: self._cycles.value(self._awake()),
            _SYST_RVR: lambda: self.systick.reload,
            _SYST_CVR: lambda: self.systick.value(self._counted()),
            _ICSR: self._read_icsr,
            _VTOR: lambda: self.vector_table,
            _AIRCR: lambda: _VECTKEYSTAT << 16 | controller.group_bits << 8,
            _SHCSR: self._read_shcsr,
            _CFSR: lambda: self.cfsr,
            _HFSR: lambda: self.hfsr,
            _MMFAR: lambda: self.fault_address,
            _BFAR: lambda: self.fault_address,
            _CCSIDR: lambda: caches[self._words.get(_CSSELR, 0) & 1],
        }
        self._writers: dict[int, Callable[[int], None]] = {
            _DWT_CTRL: self._write_dwt_control,
            _DWT_CYCCNT: lambda value: self._cycles.set(value, self._awake()),
            _DWT_LAR: lambda value: None,
            _SYST_CSR: lambda value: self.systick.write_control(value, self._counted()),
            _SYST_RVR: lambda value: self.systick.write_reload(value, self._counted()),
            _SYST_CVR: lambda value: self.systick.clear(self._counted()),
            _ICSR: self._write_icsr,
            _VTOR: self._write_vtor,
            _AIRCR: self._write_aircr,
            _SHCSR: self._write_shcsr,
            _CFSR: self._write_cfsr,
            _HFSR: self._write_hfsr,
            _CPACR: self._write_cpacr,
            _DEMCR: self._write_demcr,
            _STIR: lambda value: self._pend(nvic.FIRST_INTERRUPT + (value & 0x1FF)),
        }
        self._known = {*self._constants, *self._readers, *self._writers, *_STORED, *_SHPR, *_CACHE_OPERATIONS}

    @property
    def fpu_enabled(self) -> bool:
        """CPACR gives privileged code, or all code, access to coprocessors 10 and 11."""
        return self._words.get(_CPACR, 0) & _FPU_PRIVILEGED == _FPU_PRIVILEGED

    @property
    def saves_fpu(self) -> bool:
        """FPCCR.ASPEN: exceptions save the FPU registers of a context that has used them."""
        return bool(self._words[_FPCCR] & _ASPEN)

    @property
    def sleeps_on_exit(self) -> bool:
        return bool(self._words.get(_SCR, 0) & _SLEEPONEXIT)

    def handles(self, offset: int) -> bool:
        return offset in self._known or self._nvic.handles(offset)

    def read(self, offset: int) -> int:
        """A load by the core.

        offset: a multiple of four that ``handles`` knows. Reading SYST_CSR clears its COUNTFLAG.
        """
        if offset == _SYST_CSR:
            self._counted()
            return self.systick.read_control()
        return self._value(offset)

    def peek(self, offset: int) -> int:
        """What a store of one byte of the word is merged with: zero where only written ones act."""
        ones_act = offset in (_CFSR, _HFSR, _ICSR) or self._nvic.ones_act(offset)
        return 0 if ones_act else self._value(offset)

    def inspect(self, offset: int) -> int:
        """The value without side effects, for a debugger."""
        return self._value(offset)

    def _value(self, offset: int) -> int:
        if offset in self._constants:
            return self._constants[offset]
        if offset in self._readers:
            return self._readers[offset]()
        if offset in _SHPR:
            first = 4 + offset - _SHPR.start
            return sum(self._controller.priority(first + lane) << 8 * lane for lane in range(4))
        if self._nvic.handles(offset):
            return self._nvic.read(offset)
        return self._words.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """Writes to read-only registers are ignored, as the core does."""
        if offset in self._writers:
            self._writers[offset](value)
        elif offset in _SHPR:
            for lane in range(4):
                self._controller.set_priority(4 + offset - _SHPR.start + lane, value >> 8 * lane & 0xFF)
        elif self._nvic.handles(offset):
            self._nvic.write(offset, value)
        elif offset in _CACHE_OPERATIONS:
            self.code_changed = self.code_changed or offset in (_ICIALLU, _ICIMVAU)
        elif offset in _STORED:
            self._words[offset] = value

    def advance(self) -> None:
        """Advance SysTick to the present; its interrupt becomes pending when due."""
        if self.systick.advance(self._now()):
            self._controller.pending.add(nvic.SYSTICK)

    def _counted(self) -> int:
        self.advance()
        return self._now()

    def _pend(self, number: int) -> None:
        if self._controller.exists(number):
            self._controller.pending.add(number)

    def _read_icsr(self) -> int:
        controller, active = self._controller, self._active()
        value = active | controller.most_urgent() << 12
        value |= (not controller.active - {active}) << 11
        value |= any(number >= nvic.FIRST_INTERRUPT for number in controller.pending) << 22
        for number, bit in ((nvic.SYSTICK, 26), (nvic.PENDSV, 28), (nvic.NMI, 31)):
            value |= (number in controller.pending) << bit
        return value

    def _write_icsr(self, value: int) -> None:
        for bit, number in ((26, nvic.SYSTICK), (28, nvic.PENDSV), (31, nvic.NMI)):
            if value >> bit & 1:
                self._controller.pending.add(number)
        for bit, number in ((25, nvic.SYSTICK), (27, nvic.PENDSV)):
            if value >> bit & 1:
                self._controller.pending.discard(number)

    def _write_vtor(self, value: int) -> None:
        self.vector_table = value & ~0x7F

    def _write_aircr(self, value: int) -> None:
        if value >> 16 == _VECTKEY:
            self._controller.group_bits = value >> 8 & 7
            self.reset_requested = self.reset_requested or bool(value & _SYSRESETREQ)

    def _read_shcsr(self) -> int:
        controller = self._controller
        fields = ((_SHCSR_ENABLED, controller.enabled), (_SHCSR_PENDED, controller.pending))
        value = sum(1 << bit for bit, number in _SHCSR_ACTIVE.items() if number in controller.active)
        return value | sum(1 << bit for bits, numbers in fields for bit, n in bits.items() if n in numbers)

    def _write_shcsr(self, value: int) -> None:
        controller = self._controller
        fields = ((_SHCSR_ENABLED, controller.enabled), (_SHCSR_PENDED, controller.pending))
        for bits, numbers in (*fields, (_SHCSR_ACTIVE, controller.active)):
            for bit, number in bits.items():
                (numbers.add if value >> bit & 1 else numbers.discard)(number)

    def _write_cfsr(self, value: int) -> None:
        self.cfsr &= ~value

    def _write_hfsr(self, value: int) -> None:
        self.hfsr &= ~value

    def _write_cpacr(self, value: int) -> None:
        self._words[_CPACR] = value
        self.code_changed = True

    def _write_dwt_control(self, value: int) -> None:
        self._words[_DWT_CTRL] = value
        self._gate_cycles()

    def _write_demcr(self, value: int) -> None:
        self._words[_DEMCR] = value
        self._gate_cycles()

    def _awake(self) -> int:
        return self._now() - self.slept_cycles

    def _gate_cycles(self) -> None:
        on = bool(self._words.get(_DEMCR, 0) & _TRCENA and self._words[_DWT_CTRL] & _CYCCNTENA)
        self._cycles.enable(on, self._awake())


def _cache_size_id(size_bytes: int, ways: int) -> int:
    """CCSIDR of a cache with 32-byte lines; 0 for no cache."""
    sets = size_bytes // (32 * ways)
    return 0xF000_0000 | (sets - 1) << 13 | (ways - 1) << 3 | 1 if sets else 0
