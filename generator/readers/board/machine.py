"""A virtual machine from the mapping in a board file. ``docs/virtual-mcu.md`` documents the shape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from generator.errors import BoardError, did_you_mean
from generator.model.virtual import (
    CONSOLE_MODELS,
    PERIPHERAL_MODELS,
    RegisterWindow,
    VirtualMachine,
    VirtualMemory,
    VirtualPeripheral,
)
from generator.readers.text.mapping import MappingReader
from generator.wording import counted

PAGE_BYTES = 4096
BLOCK_BYTES = 1024
_ADDRESS_END = 1 << 32
_SYSTEM_SPACE = range(0xE000_0000, 0xE010_0000)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def parse_machine(
    mapping: Mapping[str, Any], *, where: str = "board", path: str = "run.machine"
) -> VirtualMachine:
    """The machine a mapping describes. where, path: file and dotted place, for messages.

    BoardError when a key is missing, unknown or of the wrong type, when addresses overlap, or when a name
    (console, enabled_by, model) leads nowhere.
    """
    fields = MappingReader(mapping, error=BoardError, where=where, path=path)
    interrupts = fields.number("interrupts", low=1, high=240)
    machine = VirtualMachine(
        cpuid=fields.number("cpuid", low=0, high=_ADDRESS_END - 1),
        clock_hz=fields.number("clock_hz", low=1, high=10_000_000_000),
        systick_reference_divider=fields.number("systick_reference_divider", 1, low=1, high=1024),
        priority_bits=fields.number("priority_bits", low=3, high=8),
        interrupts=interrupts,
        data_cache_bytes=fields.number("data_cache_bytes", 0, low=0, high=65536),
        instruction_cache_bytes=fields.number("instruction_cache_bytes", 0, low=0, high=65536),
        boot_address=_address(fields, "boot_address", align=128),
        memories=tuple(_memory(name, child) for name, child in fields.children("memories")),
        register_windows=tuple(_window(name, child) for name, child in fields.children("register_windows")),
        peripherals=tuple(
            _peripheral(name, child, interrupts) for name, child in fields.children("peripherals")
        ),
        console=fields.text("console"),
    )
    fields.done()
    _check_console(machine, fields)
    _check_addresses(machine, fields)
    return machine


def _address(fields: MappingReader, key: str, *, align: int) -> int:
    value: int = fields.number(key, low=0, high=_ADDRESS_END - 1)
    if value % align:
        raise fields.fail(f"'{key}' is 0x{value:08X}", f"it must be a multiple of {align}")
    return value


def _size(fields: MappingReader, base: int, *, align: int, default: Any = ...) -> int:
    size: int = fields.number("size_bytes", default, low=align, high=_ADDRESS_END)
    if size % align:
        raise fields.fail(f"'size_bytes' is {size}", f"it must be a multiple of {align}")
    if base + size > _ADDRESS_END:
        raise fields.fail("ends above the 32-bit address space", "check 'base' and 'size_bytes'")
    return size


def _check_name(name: str, fields: MappingReader) -> None:
    if not _NAME.fullmatch(name):
        raise fields.fail("use only lower-case letters, digits and underscores in the name")


def _memory(name: str, fields: MappingReader) -> VirtualMemory:
    _check_name(name, fields)
    base = _address(fields, "base", align=PAGE_BYTES)
    size = _size(fields, base, align=PAGE_BYTES)
    memory = VirtualMemory(
        name=name,
        base=base,
        size_bytes=size,
        writable=fields.choice("access", ("ro", "rw")) == "rw",
        executable=fields.flag("executable", True),
        aliases=_aliases(fields, size),
        fill=fields.number("fill", 0, low=0, high=255),
        enabled_by=fields.text("enabled_by", None),
    )
    fields.done()
    return memory


def _aliases(fields: MappingReader, size: int) -> tuple[int, ...]:
    child = fields.optional_child("aliases")
    if child is None:
        return ()
    names = child.names()
    bases = tuple(_address(child, name, align=PAGE_BYTES) for name in names)
    for base in bases:
        if base + size > _ADDRESS_END:
            raise child.fail(
                f"0x{base:08X} leaves no room for {counted(size, 'byte')} below 4 GB", "check the address"
            )
    return bases


def _window(name: str, fields: MappingReader) -> RegisterWindow:
    _check_name(name, fields)
    base = _address(fields, "base", align=PAGE_BYTES)
    window = RegisterWindow(base, _size(fields, base, align=PAGE_BYTES))
    fields.done()
    return window


def _peripheral(name: str, fields: MappingReader, interrupts: int) -> VirtualPeripheral:
    _check_name(name, fields)
    base = _address(fields, "base", align=BLOCK_BYTES)
    peripheral = VirtualPeripheral(
        name=name,
        model=fields.choice("model", tuple(sorted(PERIPHERAL_MODELS))),
        base=base,
        size_bytes=_size(fields, base, align=BLOCK_BYTES, default=BLOCK_BYTES),
        interrupt=fields.number("interrupt", None, low=0, high=interrupts - 1),
        reset=_reset(fields),
    )
    fields.done()
    for offset, _ in peripheral.reset:
        if offset >= peripheral.size_bytes:
            raise fields.fail(f"'reset' names offset 0x{offset:X}", "it is beyond the last register")
    return peripheral


def _reset(fields: MappingReader) -> tuple[tuple[int, int], ...]:
    child = fields.optional_child("reset")
    if child is None:
        return ()
    values = []
    keys = child.names()
    for key in keys:
        if not re.fullmatch(r"0x[0-9A-Fa-f]{1,5}", key) or int(key, 16) % 4:
            raise child.fail(
                f"'{key}' is not a register offset", "write a quoted multiple of four, like '0x0C'"
            )
        values.append((int(key, 16), child.number(key, low=0, high=_ADDRESS_END - 1)))
    return tuple(values)


def _check_console(machine: VirtualMachine, fields: MappingReader) -> None:
    by_name = {peripheral.name: peripheral for peripheral in machine.peripherals}
    if machine.console not in by_name:
        raise fields.fail(
            f"'console' is not a peripheral: '{machine.console}'", did_you_mean(machine.console, by_name)
        )
    if by_name[machine.console].model not in CONSOLE_MODELS:
        raise fields.fail(
            f"'console' is '{machine.console}', of model '{by_name[machine.console].model}', "
            "which is not a serial port",
            "name one of model " + ", ".join(CONSOLE_MODELS),
        )
    for memory in machine.memories:
        if memory.enabled_by is not None and memory.enabled_by not in by_name:
            raise fields.fail(
                f"memories.{memory.name}: 'enabled_by' is not a peripheral: '{memory.enabled_by}'",
                did_you_mean(memory.enabled_by, by_name),
            )


def _check_addresses(machine: VirtualMachine, fields: MappingReader) -> None:
    core = ("the core's own registers", _SYSTEM_SPACE.start, _SYSTEM_SPACE.stop)
    mapped = [core]
    mapped += [
        (f"memories.{m.name}", base, base + m.size_bytes) for m in machine.memories for base in m.bases
    ]
    mapped += [("register_windows", w.base, w.base + w.size_bytes) for w in machine.register_windows]
    _check_apart(mapped, fields)
    blocks = [(f"peripherals.{p.name}", p.base, p.base + p.size_bytes) for p in machine.peripherals]
    _check_apart(blocks, fields)
    windows = [(w.base, w.base + w.size_bytes) for w in machine.register_windows]
    windows.append((_SYSTEM_SPACE.start, _SYSTEM_SPACE.stop))
    for name, start, stop in blocks:
        if not any(low <= start and stop <= high for low, high in windows):
            raise fields.fail(
                f"{name} at 0x{start:08X} is outside the register windows", "add one, or check 'base'"
            )
    if not any(b <= machine.boot_address < b + m.size_bytes for m in machine.memories for b in m.bases):
        raise fields.fail(
            f"'boot_address' 0x{machine.boot_address:08X} is outside the memories", "name a flash address"
        )


def _check_apart(spans: list[tuple[str, int, int]], fields: MappingReader) -> None:
    ordered = sorted(spans, key=lambda span: span[1])
    for (low, start, stop), (high, begin, _) in pairwise(ordered):
        if begin < stop:
            raise fields.fail(
                f"{low} (from 0x{start:08X}) and {high} (from 0x{begin:08X}) overlap",
                "check 'base' and 'size_bytes'",
            )
