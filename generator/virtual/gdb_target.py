"""The description of the target for GDB: its registers, by number, and its memory map.

Sources: the GDB manual, "ARM Features" (org.gnu.gdb.arm.m-profile, .vfp and .m-system) and "Memory Map Format".
"""

from __future__ import annotations

from msgspec import Struct

from generator.model.virtual import VirtualMachine, VirtualMemory
from generator.virtual import system

_PAGE_BYTES = 4096
_CORE, _FPU, _SYSTEM = (f"org.gnu.gdb.arm.{name}" for name in ("m-profile", "vfp", "m-system"))
_TYPES = {"sp": "data_ptr", "pc": "code_ptr", "msp": "data_ptr", "psp": "data_ptr"}


class GdbRegister(Struct, frozen=True):
    """A register as GDB numbers it.

    parts: registers of the core, 32 bits each, the least significant first.
    """

    name: str
    feature: str
    kind: str
    parts: tuple[str, ...]

    @property
    def size_bytes(self) -> int:
        return 4 * len(self.parts)


def _registers() -> tuple[GdbRegister, ...]:
    core = [*(f"r{n}" for n in range(13)), "sp", "lr", "pc", "xpsr"]
    found = [GdbRegister(name, _CORE, _TYPES.get(name, "int"), (name,)) for name in core]
    found += [GdbRegister(f"d{n}", _FPU, "ieee_double", (f"s{2 * n}", f"s{2 * n + 1}")) for n in range(16)]
    found.append(GdbRegister("fpscr", _FPU, "int", ("fpscr",)))
    stacks_and_masks = ("msp", "psp", "primask", "basepri", "faultmask", "control")
    found += [GdbRegister(name, _SYSTEM, _TYPES.get(name, "int"), (name,)) for name in stacks_and_masks]
    return tuple(found)


#: by GDB's number
REGISTERS = _registers()


def target_xml() -> str:
    """The registers, in the form that GDB's ``qXfer:features:read`` asks for."""
    lines = [
        '<?xml version="1.0"?>',
        '<!DOCTYPE target SYSTEM "gdb-target.dtd">',
        '<target version="1.0">',
        "<architecture>arm</architecture>",
    ]
    for feature in (_CORE, _FPU, _SYSTEM):
        lines.append(f'<feature name="{feature}">')
        lines += [
            f'<reg name="{register.name}" bitsize="{8 * register.size_bytes}" type="{register.kind}" '
            f'regnum="{number}"/>'
            for number, register in enumerate(REGISTERS)
            if register.feature == feature
        ]
        lines.append("</feature>")
    return "\n".join([*lines, "</target>", ""])


def memory_map_xml(machine: VirtualMachine) -> str:
    """Memories that the firmware can't write are flash; everything else, including registers, is RAM to GDB."""
    lines = [
        '<?xml version="1.0"?>',
        '<!DOCTYPE memory-map PUBLIC "+//IDN gnu.org//DTD GDB Memory Map V1.0//EN" '
        '"http://sourceware.org/gdb/gdb-memory-map.dtd">',
        "<memory-map>",
    ]
    lines += [_memory(memory, base) for memory in machine.memories for base in memory.bases]
    windows = [(window.base, window.size_bytes) for window in machine.register_windows]
    lines += [_ram(base, size) for base, size in [*windows, (system.BASE, system.SIZE_BYTES)]]
    return "\n".join([*lines, "</memory-map>", ""])


def _memory(memory: VirtualMemory, base: int) -> str:
    if memory.writable:
        return _ram(base, memory.size_bytes)
    return (
        f'<memory type="flash" start="0x{base:x}" length="0x{memory.size_bytes:x}">'
        f'<property name="blocksize">0x{_PAGE_BYTES:x}</property></memory>'
    )


def _ram(base: int, size_bytes: int) -> str:
    return f'<memory type="ram" start="0x{base:x}" length="0x{size_bytes:x}"/>'
