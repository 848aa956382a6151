"""Whether a linked image is the memory plan's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from generator.toolchain.elf import ElfImage, Section, Symbol
from generator.wording import counted


class ExpectedSymbol(Struct, frozen=True):
    """A buffer as the plan has it.

    size_bytes:  exactly. alignment_bytes: of its address.
    region_base, region_size_bytes: the memory it has to lie in.
    stored:      it has initial values, which take flash; otherwise it must not take any.
    elsewhere:   if not empty, addresses [first, end) that will do as well, the region's among them.
    """

    name: str
    size_bytes: int
    alignment_bytes: int
    region_base: int
    region_size_bytes: int
    stored: bool = False
    elsewhere: tuple[tuple[int, int], ...] = ()


class Difference(Struct, frozen=True):
    """What is not as planned. subject: a symbol or section."""

    subject: str
    what: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.what}"


def compare_with_plan(image: ElfImage, expected: Iterable[ExpectedSymbol]) -> tuple[Difference, ...]:
    """Every way in which the image is not what was planned; empty when it is.

    Checks each buffer's presence, size, alignment, memory and storage, and that no two sections of the
    image share memory.
    """
    overlaps = (overlap(first, second) for first, second in shared_memory(image.sections))
    return (*compare_buffers(image, expected), *overlaps)


def compare_buffers(image: ElfImage, expected: Iterable[ExpectedSymbol]) -> tuple[Difference, ...]:
    """``compare_with_plan``, but for sections that share memory."""
    stored = {section.name: section.stored for section in image.sections}
    differences: list[Difference] = []
    for wanted in expected:
        found = [symbol for symbol in image.symbols.get(wanted.name, ()) if not symbol.function]
        if len(found) != 1:
            what = "it is not in the image" if not found else f"it is in the image {len(found)} times"
            differences.append(Difference(wanted.name, what))
            continue
        differences += (Difference(wanted.name, what) for what in _compare(found[0], wanted, stored))
    return tuple(differences)


def _compare(symbol: Symbol, wanted: ExpectedSymbol, stored: Mapping[str, bool]) -> Iterable[str]:
    region = (wanted.region_base, wanted.region_base + wanted.region_size_bytes)
    symbol_end = symbol.address + symbol.size_bytes
    if symbol.size_bytes != wanted.size_bytes:
        yield f"it has {counted(symbol.size_bytes, 'byte')} instead of {wanted.size_bytes:,}"
    if symbol.address % wanted.alignment_bytes:
        yield f"its address 0x{symbol.address:08x} is not a multiple of {wanted.alignment_bytes}"
    if not any(first <= symbol.address <= symbol_end <= end for first, end in (region, *wanted.elsewhere)):
        ranges = wanted.elsewhere or (region,)
        allowed = " and ".join(f"0x{first:08x} to 0x{end:08x}" for first, end in ranges)
        yield f"it is at 0x{symbol.address:08x} to 0x{symbol_end:08x}, outside {allowed}"
    if symbol.section is not None and stored.get(symbol.section, False) and not wanted.stored:
        yield f"section '{symbol.section}' stores its {counted(symbol.size_bytes, 'byte')} in flash needlessly"
    if wanted.stored and not stored.get(symbol.section or "", False):
        yield f"section '{symbol.section}' does not store its initial values"


def overlap(first: Section, second: Section) -> Difference:
    """What is wrong with two sections that share addresses; first begins first."""
    return Difference(
        second.name,
        f"it starts at 0x{second.address:08x} inside section '{first.name}' (to 0x{first.end:08x})",
    )


def shared_memory(sections: Iterable[Section]) -> Iterable[tuple[Section, Section]]:
    """Pairs of sections of which the second starts inside the first. sections: by address."""
    # Thread-local sections are templates: their addresses are not memory of their own.
    last: Section | None = None
    for section in sections:
        if section.thread_local:
            continue
        if last is not None and section.address < last.end:
            yield last, section
        if last is None or section.end > last.end:
            last = section
