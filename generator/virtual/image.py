"""The ELF file of a firmware: what to load where, and what the addresses are called."""

from __future__ import annotations

import bisect
import io
from pathlib import Path
from typing import Any

from msgspec import Struct

from generator.emit.plain_file import load_plain
from generator.errors import RunError
from generator.model.virtual import VirtualMachine, VirtualMemory
from generator.wording import counted

_EM_ARM = "EM_ARM"


class Segment(Struct, frozen=True):
    """Bytes that the image puts at an address (its load address, where a programmer writes them)."""

    address: int
    data: bytes


class Image(Struct, frozen=True):
    """A firmware's ELF file.

    segments: in file order, none empty. functions: (address, size in bytes, name), by address.
    """

    segments: tuple[Segment, ...]
    functions: tuple[tuple[int, int, str], ...]

    def symbol_at(self, address: int) -> str | None:
        """The function at the address: ``name``, or ``name+0x12`` behind its start; None for none."""
        index = bisect.bisect_right(self.functions, address, key=lambda item: item[0]) - 1
        if index < 0:
            return None
        start, size, name = self.functions[index]
        if address >= start + max(size, 2):
            return None
        return name if address == start else f"{name}+0x{address - start:x}"


def load_image(source: bytes | str | Path) -> Image:
    """An ELF file's content, or the content of the file at a path. RunError when it can't be read or used."""
    if isinstance(source, bytes):
        return parse_image(source, "the ELF image")
    try:
        data = load_plain(Path(source))
    except OSError as error:
        raise RunError(
            f"can't be read: {error.strerror}", where=str(source), hint="build the firmware first"
        ) from None
    return parse_image(data, str(source))


def parse_image(data: bytes, where: str) -> Image:
    """RunError unless data is a little-endian 32-bit Arm executable with something to load."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        elf = ELFFile(io.BytesIO(data))
        machine, kind = elf["e_machine"], elf["e_type"]
        usable = elf.elfclass == 32 and elf.little_endian
        if machine != _EM_ARM or not usable or kind != "ET_EXEC":
            bits = f"{elf.elfclass}-bit {'little' if elf.little_endian else 'big'}-endian"
            raise RunError(
                f"not an executable for a 32-bit little-endian Arm core but {bits} {machine}, {kind}",
                where=where,
                hint="give the linked .elf file that was built for the board",
            )
        segments = tuple(_segments(elf, data, where))
        functions = tuple(_functions(elf))
    except RunError:
        raise
    except (
        ELFError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        OSError,
        OverflowError,
    ) as error:
        raise RunError(
            f"not a valid ELF file: {error}", where=where, hint="build the firmware again"
        ) from None
    if not segments:
        raise RunError(
            "contains nothing to load",
            where=where,
            hint="check that it is not an object file or a file with debug information only",
        )
    return Image(segments, functions)


def _segments(elf: Any, data: bytes, where: str) -> list[Segment]:
    segments = []
    for header in elf.iter_segments():
        size = header["p_filesz"]
        if header["p_type"] != "PT_LOAD" or size == 0:
            continue
        content = data[header["p_offset"] : header["p_offset"] + size]
        if len(content) != size:
            raise RunError(
                "is truncated: a segment ends beyond the end of the file",
                where=where,
                hint="build the firmware again",
            )
        segments.append(Segment(header["p_paddr"], content))
    return segments


def _functions(elf: Any) -> list[tuple[int, int, str]]:
    table = elf.get_section_by_name(".symtab")
    if table is None or table["sh_type"] != "SHT_SYMTAB":
        return []
    found: dict[int, tuple[int, str]] = {}
    for symbol in table.iter_symbols():
        if symbol["st_info"]["type"] == "STT_FUNC" and symbol["st_shndx"] != "SHN_UNDEF":
            # Bit 0 of a Thumb function's address says that it is Thumb.
            found.setdefault(symbol["st_value"] & ~1, (symbol["st_size"], symbol.name))
    return sorted((address, size, name) for address, (size, name) in found.items())


def place(image: Image, machine: VirtualMachine) -> list[tuple[VirtualMemory, Segment]]:
    """Each segment with the memory that holds it.

    RunError when a segment lies outside the memories, or in one that loses its content without power.
    """
    placed = []
    for segment in image.segments:
        first, last = segment.address, segment.address + len(segment.data) - 1
        memory = _memory_at(machine, first, last)
        if memory is None:
            names = ", ".join(
                f"{m.name} 0x{m.base:08X} to 0x{m.base + m.size_bytes - 1:08X}" for m in machine.memories
            )
            raise RunError(
                f"the image loads 0x{first:08X} to 0x{last:08X}, which is outside the board's memories",
                hint=f"check that it was built for this board, whose memories are {names}",
            )
        if memory.writable:
            raise RunError(
                f"the image loads {counted(len(segment.data), 'byte')} to 0x{first:08X} in {memory.name}, "
                "which has no content at power-up",
                hint="give initialised data a load address in flash, and buffers a (NOLOAD) section",
            )
        placed.append((memory, segment))
    return placed


def _memory_at(machine: VirtualMachine, first: int, last: int) -> VirtualMemory | None:
    for memory in machine.memories:
        if any(base <= first and last < base + memory.size_bytes for base in memory.bases):
            return memory
    return None
