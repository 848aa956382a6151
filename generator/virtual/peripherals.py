"""Register models of peripherals, and plain storage for all others.

Sources: ST RM0385 (STM32F74x): RCC chapter 5, PWR 4, FLASH 3, FMC 13, QUADSPI 14, USART 31.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from generator.model.virtual import VirtualPeripheral

_WORD = 0xFFFF_FFFF


class Storage:
    """Registers that keep what is written to them. Offsets are multiples of four, values 32 bits wide."""

    reset_values: tuple[tuple[int, int], ...] = ()

    def __init__(self, description: VirtualPeripheral) -> None:
        self.name = description.name
        self.interrupt = description.interrupt
        self._words = dict(self.reset_values)
        self._words.update(description.reset)

    def read(self, offset: int) -> int:
        """A load by the core; may have side effects."""
        return self.peek(offset)

    def peek(self, offset: int) -> int:
        """The value without side effects: what a store of one byte of the word is merged with."""
        return self._words.get(offset, 0)

    def inspect(self, offset: int) -> int:
        """The value for a debugger."""
        return self.peek(offset)

    def offsets(self) -> list[int]:
        """Offsets of the registers that hold something: reset values, and what was written."""
        return sorted(self._words)

    def write(self, offset: int, value: int) -> None:
        self._words[offset] = value

    def asks_interrupt(self) -> bool:
        """Whether the interrupt line is high."""
        return False

    def enables_memory(self, size_bytes: int) -> bool:
        """Whether a memory of that many bytes behind it has been set up."""
        return True


class Rcc(Storage):
    """Oscillators are ready as soon as they are switched on; the clock switch follows at once."""

    _CR, _CFGR, _BDCR, _CSR = 0x00, 0x08, 0x70, 0x74
    reset_values = ((_CR, 0x83), (0x04, 0x2400_3010), (0x30, 0x0010_0000), (_CSR, 0x0E00_0000))
    #: register -> bits, each of which is mirrored in the next higher bit as "ready"
    _SWITCHES = ((_CR, (0, 16, 24, 26, 28)), (_BDCR, (0,)), (_CSR, (0,)))

    def write(self, offset: int, value: int) -> None:
        for register, switches in self._SWITCHES:
            if offset == register:
                for bit in switches:
                    value &= ~(2 << bit)
                    value |= (value & (1 << bit)) << 1
        if offset == self._CFGR:
            value = (value & ~0xC) | (value & 3) << 2
        super().write(offset, value)


class Pwr(Storage):
    """Over-drive and the voltage scale are ready as soon as they are requested."""

    _CR1, _CSR1 = 0x00, 0x04
    _OVER_DRIVE = 3 << 16
    _SCALE_READY = 1 << 14
    reset_values = ((_CR1, 0xC000), (_CSR1, _SCALE_READY))

    def write(self, offset: int, value: int) -> None:
        if offset == self._CSR1:
            value = (
                (value & ~self._OVER_DRIVE) | (self.peek(self._CSR1) & self._OVER_DRIVE) | self._SCALE_READY
            )
        super().write(offset, value)
        if offset == self._CR1:
            status = self.peek(self._CSR1) & ~self._OVER_DRIVE
            super().write(self._CSR1, status | (value & self._OVER_DRIVE))


class Flash(Storage):
    """The flash interface: wait states read back; it is never busy. Programming is not modelled."""

    reset_values = ((0x10, 0x8000_0000), (0x14, 0xC0FF_AAFD), (0x18, 0x0040_0080))


class Fmc(Storage):
    """The memory controller: never busy. SDRAM answers once its mode register has been loaded."""

    _SDCMR, _SDSR = 0x150, 0x158
    _LOAD_MODE_REGISTER = 4

    def __init__(self, description: VirtualPeripheral) -> None:
        super().__init__(description)
        self._sdram_ready = False

    def peek(self, offset: int) -> int:
        return 0 if offset == self._SDSR else super().peek(offset)

    def write(self, offset: int, value: int) -> None:
        super().write(offset, value)
        if offset == self._SDCMR and value & 7 == self._LOAD_MODE_REGISTER:
            self._sdram_ready = True

    def enables_memory(self, size_bytes: int) -> bool:
        return self._sdram_ready


class QuadSpi(Storage):
    """The controller of a serial NOR flash as it is after power-up: done with a command as soon as it is given.

    In memory-mapped mode the flash answers where the controller is set up for a read command as the flash takes it
    (Micron, N25Q128A, table of commands: with 3-byte addresses and its default dummy cycles), and for all of its
    size. What other commands read is 0.
    """

    _CR, _DCR, _SR, _FCR, _CCR, _DR = 0x00, 0x04, 0x08, 0x0C, 0x14, 0x20
    _ENABLE, _ABORT = 1 << 0, 1 << 1
    _TRANSFER_COMPLETE = 1 << 1
    _MEMORY_MAPPED = 3
    #: instruction -> lines of instruction, address, data in the form of CCR's fields; dummy cycles
    _READS: Mapping[int, tuple[int, int, int, int]] = {
        0x03: (1, 1, 1, 0),
        0x0B: (1, 1, 1, 8),
        0x3B: (1, 1, 2, 8),
        0xBB: (1, 2, 2, 8),
        0x6B: (1, 1, 3, 8),
        0xEB: (1, 3, 3, 10),
    }
    _THREE_BYTES = 2

    def __init__(self, description: VirtualPeripheral) -> None:
        super().__init__(description)
        self._complete = False
        self._reach_bytes = 0

    def offsets(self) -> list[int]:
        return sorted({*self._words, self._SR})

    def peek(self, offset: int) -> int:
        if offset == self._SR:
            return self._TRANSFER_COMPLETE if self._complete else 0
        return 0 if offset in (self._FCR, self._DR) else super().peek(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == self._FCR:
            self._complete = self._complete and not value & self._TRANSFER_COMPLETE
            return
        if offset == self._CR:
            self._complete = self._complete or bool(value & self._ABORT)
            value &= ~self._ABORT
        if offset == self._CCR:
            self._complete = value >> 26 & 3 != self._MEMORY_MAPPED
        if offset not in (self._SR, self._DR):
            super().write(offset, value)
            self._reach_bytes = 2 << (self.peek(self._DCR) >> 16 & 31) if self._reads() else 0

    def enables_memory(self, size_bytes: int) -> bool:
        return size_bytes <= self._reach_bytes

    def _reads(self) -> bool:
        command = self.peek(self._CCR)
        lines = tuple(command >> shift & 3 for shift in (8, 10, 24))
        return (
            bool(self.peek(self._CR) & self._ENABLE)
            and command >> 26 == self._MEMORY_MAPPED  # of single rate, the instruction sent each time
            and command >> 14 & 3 == 0  # no alternate bytes
            and command >> 12 & 3 == self._THREE_BYTES
            and self._READS.get(command & 0xFF) == (*lines, command >> 18 & 31)
        )


class Usart(Storage):
    """A USART without wires: a byte is sent at once; the next byte of input is there when the last is read.

    Baud rate, parity, framing, overruns and DMA are not modelled.
    """

    _CR1, _RQR, _ISR, _ICR, _RDR, _TDR = 0x00, 0x18, 0x1C, 0x20, 0x24, 0x28
    _ENABLED, _RECEIVER, _TRANSMITTER = 1 << 0, 1 << 2, 1 << 3
    _RXNE, _TC, _TXE, _TEACK, _REACK = 1 << 5, 1 << 6, 1 << 7, 1 << 21, 1 << 22

    def __init__(self, description: VirtualPeripheral) -> None:
        super().__init__(description)
        self.input: deque[int] = deque()
        self.on_byte: Callable[[int], None] | None = None
        self._sent = True

    def offsets(self) -> list[int]:
        return sorted({*self._words, self._ISR})

    def peek(self, offset: int) -> int:
        if offset == self._ISR:
            return self._status()
        if offset == self._RDR:
            return self.input[0] if self.input else 0
        return super().peek(offset)

    def read(self, offset: int) -> int:
        if offset == self._RDR and self._receives() and self.input:
            return self.input.popleft()
        return self.peek(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == self._TDR:
            self._sent = True
            if self._transmits() and self.on_byte is not None:
                self.on_byte(value & 0xFF)
        elif offset == self._ICR:
            self._sent = self._sent and not value & self._TC
        elif offset not in (self._ISR, self._RQR, self._RDR):
            super().write(offset, value)

    def asks_interrupt(self) -> bool:
        # The enable bits in CR1 have the positions of the flags in ISR.
        flags = self._status() & (self._RXNE | self._TC | self._TXE)
        return bool(self.peek(self._CR1) & flags) and bool(self.peek(self._CR1) & self._ENABLED)

    def _transmits(self) -> bool:
        both = self._ENABLED | self._TRANSMITTER
        return self.peek(self._CR1) & both == both

    def _receives(self) -> bool:
        both = self._ENABLED | self._RECEIVER
        return self.peek(self._CR1) & both == both

    def _status(self) -> int:
        status = self._TXE
        if self._sent:
            status |= self._TC
        if self._transmits():
            status |= self._TEACK
        if self._receives():
            status |= self._REACK
            if self.input:
                status |= self._RXNE
        return status


#: of ``PERIPHERAL_MODELS`` each one's behaviour
MODELS: dict[str, type[Storage]] = {
    "storage": Storage,
    "stm32f7-rcc": Rcc,
    "stm32f7-pwr": Pwr,
    "stm32-flash": Flash,
    "stm32-fmc": Fmc,
    "stm32-quadspi": QuadSpi,
    "stm32-usart-v2": Usart,
}
