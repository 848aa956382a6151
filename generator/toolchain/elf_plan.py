"""Whether a linked image is the memory plan's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from generator.toolchain.elf import ElfImage, Section, Symbol
from generator.wording import counted


@dataclass(frozen=True)
class ExpectedSymbol:
    """A buffer as the plan has it.

    size_bytes:  exactly. alignment_bytes: of its address.
    region_base, region_size_bytes: the memory it has to lie in.
    stored:      it has initial values, which take flash; otherwise it must not take any.
    """

    name: str
    size_bytes: int
    alignment_bytes: int
    region_base: int
    region_size_bytes: int
    stored: bool = False


@dataclass(frozen=True)
class Difference:
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
    stored = {section.name: section.stored for section in image.sections}
    differences: list[Difference] = []
    for wanted in expected:
        found = [symbol for symbol in image.symbols.get(wanted.name, ()) if not symbol.function]
        if len(found) != 1:
            what = "it is not in the image" if not found else f"it is in the image {len(found)} times"
            differences.append(Difference(wanted.name, what))
            continue
        differences += (Difference(wanted.name, what) for what in _compare(found[0], wanted, stored))
    return (*differences, *_overlaps(image.sections))


def _compare(symbol: Symbol, wanted: ExpectedSymbol, stored: Mapping[str, bool]) -> Iterable[str]:
    region_end = wanted.region_base + wanted.region_size_bytes
    if symbol.size_bytes != wanted.size_bytes:
        yield f"it has {counted(symbol.size_bytes, 'byte')} instead of {wanted.size_bytes:,}"
    if symbol.address % wanted.alignment_bytes:
        yield f"its address 0x{symbol.address:08x} is not a multiple of {wanted.alignment_bytes}"
    if not wanted.region_base <= symbol.address <= symbol.address + symbol.size_bytes <= region_end:
        yield (
            f"it is at 0x{symbol.address:08x} to 0x{symbol.address + symbol.size_bytes:08x}, outside "
            f"0x{wanted.region_base:08x} to 0x{region_end:08x}"
        )
    if symbol.section is not None and stored.get(symbol.section, False) and not wanted.stored:
        yield f"section '{symbol.section}' stores its {counted(symbol.size_bytes, 'byte')} in flash needlessly"
    if wanted.stored and not stored.get(symbol.section or "", False):
        yield f"section '{symbol.section}' does not store its initial values"


def _overlaps(sections: Iterable[Section]) -> Iterable[Difference]:
    # Thread-local sections are templates: their addresses are not memory of their own.
    last: Section | None = None
    for section in sections:
        if section.thread_local:
            continue
        if last is not None and section.address < last.end:
            yield Difference(
                section.name,
                f"it starts at 0x{section.address:08x} inside section '{last.name}' (to 0x{last.end:08x})",
            )
        if last is None or section.end > last.end:
            last = section
