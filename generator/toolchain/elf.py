"""What the linker did: sections, symbols and segments of an ELF file, and the memory they take."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from generator.emit.plain_file import load_plain
from generator.errors import BuildError
from generator.model.board import Region

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

# System V ABI, chapter 4: sh_type, sh_flags, symbol types, special section indices.
_SHT_NOBITS = 8
_SHF_WRITE, _SHF_ALLOC, _SHF_EXEC, _SHF_TLS = 0x1, 0x2, 0x4, 0x400
_SHF_COMPRESSED = 0x800
_STT_OBJECT, _STT_FUNC = 1, 2
_SHN_UNDEF, _SHN_LORESERVE, _SHN_XINDEX = 0, 0xFF00, 0xFFFF


class Section(Struct, frozen=True):
    """A section that takes memory.

    address:      where the program sees it; load_address: where its bytes are stored, or None when the file
                  holds none of it (not stored: zeroed by the startup code, or left as it is).
    alignment_bytes: of its start.
    """

    name: str
    address: int
    size_bytes: int
    load_address: int | None
    alignment_bytes: int
    writable: bool
    executable: bool
    thread_local: bool = False

    @property
    def stored(self) -> bool:
        """Whether the image holds its content."""
        return self.load_address is not None

    @property
    def end(self) -> int:
        """The address behind it."""
        return self.address + self.size_bytes


class Symbol(Struct, frozen=True):
    """An object or function. section: the name of the section it is in, or None for an absolute one."""

    name: str
    address: int
    size_bytes: int
    section: str | None
    function: bool = False


class Segment(Struct, frozen=True):
    """A PT_LOAD: file_bytes of it are stored at load_address, memory_bytes are taken at address."""

    address: int
    load_address: int
    file_bytes: int
    memory_bytes: int


class ElfImage(Struct, frozen=True):
    """What an ELF file contains.

    sections: those that take memory, by address; symbols: objects and functions, by name.
    """

    entry: int
    sections: tuple[Section, ...]
    symbols: Mapping[str, tuple[Symbol, ...]]
    segments: tuple[Segment, ...]


class MemoryUse(Struct, frozen=True):
    """Bytes taken in one memory.

    data_bytes:   initialised variables; in the memory they are stored in, their initial values.
    noinit_bytes: variables that the startup code leaves as they are.
    """

    text_bytes: int = 0
    rodata_bytes: int = 0
    data_bytes: int = 0
    bss_bytes: int = 0
    noinit_bytes: int = 0

    @property
    def total_bytes(self) -> int:
        """Bytes of all kinds."""
        return self.text_bytes + self.rodata_bytes + self.data_bytes + self.bss_bytes + self.noinit_bytes


def read_elf(path: Path) -> ElfImage:
    """Read an ELF file of any class and byte order; debug information is not looked at.

    Raises BuildError when it is missing, not ELF, or cut short.
    """
    try:
        data = load_plain(path)
    except OSError as error:
        raise BuildError(f"it can't be read: {error.strerror}", where=str(path)) from error
    return parse_elf(data, str(path))


def parse_elf(data: bytes, where: str) -> ElfImage:
    """``read_elf`` of a file's content. where: its name, for messages."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        return _read(ELFFile(io.BytesIO(data)))
    # pyelftools looks at a field when it is asked for it, and raises whatever that leads to.
    except (
        ELFError,
        struct.error,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
    ) as error:
        raise BuildError(
            f"not a valid ELF file: {error}", where=where, hint="build the project again"
        ) from error


def _read(elf: ELFFile) -> ElfImage:
    segments = tuple(
        Segment(item["p_vaddr"], item["p_paddr"], item["p_filesz"], item["p_memsz"])
        for item in elf.iter_segments("PT_LOAD")
    )
    names: list[str] = []
    sections: list[Section] = []
    symbol_table = None
    for item in elf.iter_sections():
        names.append(item.name)
        if item["sh_type"] == "SHT_SYMTAB":
            symbol_table = item
        if item["sh_flags"] & _SHF_ALLOC and item["sh_size"] > 0:
            sections.append(_section(item, segments))
    return ElfImage(
        entry=elf["e_entry"],
        sections=tuple(sorted(sections, key=lambda section: (section.address, section.name))),
        symbols={} if symbol_table is None else _symbols(elf, symbol_table, names),
        segments=segments,
    )


def _section(item: Any, segments: tuple[Segment, ...]) -> Section:
    address, flags = item["sh_addr"], item["sh_flags"]
    load_address = None
    if item["sh_type"] not in ("SHT_NOBITS", _SHT_NOBITS):
        load_address = address
        for segment in segments:
            if segment.address <= address < segment.address + segment.file_bytes:
                load_address = address - segment.address + segment.load_address
    return Section(
        name=item.name,
        address=address,
        size_bytes=item["sh_size"],
        load_address=load_address,
        alignment_bytes=max(1, item["sh_addralign"]),
        writable=bool(flags & _SHF_WRITE),
        executable=bool(flags & _SHF_EXEC),
        thread_local=bool(flags & _SHF_TLS),
    )


def _symbols(elf: ELFFile, table: Any, section_names: list[str]) -> dict[str, tuple[Symbol, ...]]:
    # pyelftools takes tens of microseconds a symbol; an image with debug information has thousands.
    order = "<" if elf.little_endian else ">"
    wide = elf.elfclass == 64
    layout = struct.Struct(order + ("IBBHQQ" if wide else "IIIBBH"))
    names = elf.get_section(table["sh_link"])
    if (table["sh_flags"] | names["sh_flags"]) & _SHF_COMPRESSED:
        raise ValueError("its symbols are compressed")  # as no linker does, and a bomb might
    strings: bytes = names.data()
    data: bytes = table.data()
    found: dict[str, list[Symbol]] = {}
    for fields in layout.iter_unpack(data[: len(data) - len(data) % layout.size]):
        if wide:
            name_at, info, _, index, address, size_bytes = fields
        else:
            name_at, address, size_bytes, info, _, index = fields
        kind = info & 0xF
        if kind not in (_STT_OBJECT, _STT_FUNC) or index == _SHN_UNDEF:
            continue
        name = strings[name_at : strings.index(b"\0", name_at)].decode("utf-8", errors="replace")
        section = section_names[index] if index < min(_SHN_LORESERVE, len(section_names)) else None
        function = kind == _STT_FUNC
        # Bit 0 of a function's address is the Thumb state, not a place.
        place = address & ~1 if function and elf["e_machine"] == "EM_ARM" else address
        found.setdefault(name, []).append(Symbol(name, place, size_bytes, section, function))
    return {name: tuple(symbols) for name, symbols in found.items()}


def memory_use(image: ElfImage, regions: Iterable[Region]) -> dict[str, MemoryUse]:
    """How much of each region the image takes, without the gaps that alignment leaves between sections.

    A section that is not stored counts as zeroed when its name says ``bss``, and as noinit otherwise.
    """
    regions = tuple(regions)
    uses = {region.name: MemoryUse() for region in regions}
    for section in image.sections:
        region = _region_of(section.address, regions)
        if region is not None:
            uses[region.name] = _add(uses[region.name], section, region.writable)
        if section.load_address is not None and section.load_address != section.address:
            storage = _region_of(section.load_address, regions)
            if storage is not None:
                use = uses[storage.name]
                uses[storage.name] = replace(use, data_bytes=use.data_bytes + section.size_bytes)
    return uses


def _region_of(address: int, regions: tuple[Region, ...]) -> Region | None:
    for region in regions:
        if region.base <= address < region.base + region.size_bytes:
            return region
    return None


def _add(use: MemoryUse, section: Section, writable_region: bool) -> MemoryUse:
    size_bytes = section.size_bytes
    if not section.stored:
        if "bss" in section.name.lower():
            return replace(use, bss_bytes=use.bss_bytes + size_bytes)
        return replace(use, noinit_bytes=use.noinit_bytes + size_bytes)
    if section.executable:
        return replace(use, text_bytes=use.text_bytes + size_bytes)
    if section.writable and writable_region:
        return replace(use, data_bytes=use.data_bytes + size_bytes)
    return replace(use, rodata_bytes=use.rodata_bytes + size_bytes)
