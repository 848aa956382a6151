"""Loads and stores outside the memories: to peripherals, the core's own registers, or unmodelled addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from generator.model.virtual import VirtualMachine
from generator.virtual import nvic, system
from generator.virtual.nvic import ExceptionController
from generator.virtual.peripherals import MODELS, Storage
from generator.virtual.system import SystemSpace

_BLOCK_BYTES = 1024


class Registers(Protocol):
    """32-bit registers of a peripheral or of the core, at offsets in bytes that are multiples of four.

    read, write: the core's loads and stores, with their side effects. peek: the value, for a store of part of a word.
    inspect: the value as a debugger sees it. Neither of the two has side effects.
    """

    def read(self, offset: int) -> int: ...
    def peek(self, offset: int) -> int: ...
    def inspect(self, offset: int) -> int: ...
    def write(self, offset: int, value: int) -> None: ...


class Stranger(Struct):
    """Accesses of one kind to one unmodelled address. program_counter: block of the first."""

    count: int
    program_counter: int


class Bus:
    """Dispatches accesses by address and records those that no model answers.

    program_counter: address of the block that runs. attention: called when there may be an interrupt to take.
    """

    def __init__(
        self,
        machine: VirtualMachine,
        space: SystemSpace,
        controller: ExceptionController,
        program_counter: Callable[[], int],
        attention: Callable[[], None],
    ) -> None:
        self.devices = {item.name: MODELS[item.model](item) for item in machine.peripherals}
        self.strangers: dict[tuple[int, int, bool], Stranger] = {}
        self._space = space
        self._controller = controller
        self._program_counter = program_counter
        self._attention = attention
        self._unmodelled: dict[int, int] = {}
        self._found: dict[int, tuple[Registers, int] | None] = {}
        self._blocks: dict[int, tuple[int, Storage]] = {}
        for item in machine.peripherals:
            for base in range(item.base, item.base + item.size_bytes, _BLOCK_BYTES):
                self._blocks[base // _BLOCK_BYTES] = (item.base, self.devices[item.name])

    def load(self, address: int, size: int) -> int:
        """A load by the core.

        size: 1, 2 or 4 bytes. Returns the zero-extended value.
        """
        found = self._find(address)
        shift, mask = 8 * (address & 3), (1 << 8 * size) - 1
        if found is None:
            self._note(address, size, write=False)
            return self._unmodelled.get(address & ~3, 0) >> shift & mask
        registers, offset = found
        value = registers.read(offset)
        if registers is not self._space:
            self._settle(registers)
        return value >> shift & mask

    def store(self, address: int, size: int, value: int) -> None:
        """A store by the core. size: 1, 2 or 4 bytes, aligned; value: that many bytes of it count."""
        found = self._find(address)
        shift, mask = 8 * (address & 3), (1 << 8 * size) - 1
        if found is None:
            self._note(address, size, write=True)
            old = self._unmodelled.get(address & ~3, 0)
            self._unmodelled[address & ~3] = old & ~(mask << shift) | (value & mask) << shift
            return
        registers, offset = found
        if size < 4:
            value = registers.peek(offset) & ~(mask << shift) | (value & mask) << shift
        registers.write(offset, value)
        self._settle(registers)

    def inspect(self, address: int) -> int:
        """The word at an address as a debugger sees it: without side effects, and without a note."""
        found = self._find(address)
        if found is None:
            return self._unmodelled.get(address & ~3, 0)
        registers, offset = found
        return registers.inspect(offset)

    def refresh(self, device: Storage) -> None:
        """Carry a peripheral's interrupt line to the controller."""
        if device.interrupt is not None:
            self._controller.set_level(nvic.FIRST_INTERRUPT + device.interrupt, device.asks_interrupt())

    def _find(self, address: int) -> tuple[Registers, int] | None:
        """Who answers an address, and the offset of its word."""
        if address in self._found:
            return self._found[address]
        found = self._found[address] = self._look_up(address)
        return found

    def _look_up(self, address: int) -> tuple[Registers, int] | None:
        found = self._blocks.get(address // _BLOCK_BYTES)
        if found is not None:
            base, device = found
            return device, (address - base) & ~3
        offset = (address - system.BASE) & ~3
        if 0 <= offset < system.SIZE_BYTES and self._space.handles(offset):
            return self._space, offset
        return None

    def _settle(self, registers: Registers) -> None:
        if isinstance(registers, Storage):
            self.refresh(registers)
        self._attention()

    def _note(self, address: int, size: int, *, write: bool) -> None:
        known = self.strangers.get((address, size, write))
        if known is None:
            self.strangers[address, size, write] = Stranger(1, self._program_counter())
        else:
            known.count += 1
