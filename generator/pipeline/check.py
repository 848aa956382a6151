"""Compare the image of a firmware that another build linked with the memory plan of the models in it."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from generator.emit.fileset import LEDGER_NAME
from generator.errors import TargetError
from generator.model.board import Region, address_ranges
from generator.model.firmware import ExpectedBuffer, Firmware
from generator.pipeline.firmware import load_record
from generator.pipeline.projects import load_is_project, load_projects
from generator.toolchain.elf import ElfImage, Symbol, read_elf
from generator.toolchain.elf_plan import ExpectedSymbol, compare_buffers, overlap, shared_memory


class CheckedBuffer(Struct, frozen=True):
    """A buffer and what became of it.

    address, section: None when the image does not hold it. memory: the board's name for where it is, or None.
    faults: how it differs from the plan, each a sentence; empty when it does not.
    """

    expected: ExpectedBuffer
    address: int | None
    section: str | None
    memory: str | None
    faults: tuple[str, ...]


class CheckResult(Struct, frozen=True):
    """How an image compares with the plan of one folder.

    folder: of the models' record. faults: of the image as a whole.
    """

    folder: Path
    firmware: Firmware
    buffers: tuple[CheckedBuffer, ...]
    faults: tuple[str, ...]

    @property
    def linked(self) -> tuple[CheckedBuffer, ...]:
        """The buffers that the image has; the linker removes those that nothing uses."""
        return tuple(buffer for buffer in self.buffers if buffer.address is not None)

    @property
    def as_planned(self) -> bool:
        """A buffer of a model that nothing calls may be missing, not all of them."""
        return bool(self.linked) and not self.faults and not any(buffer.faults for buffer in self.buffers)


def check(image: Path, folders: tuple[Path, ...]) -> tuple[CheckResult, ...]:
    """Compare an ELF file with the plan of each folder.

    folders: what ``load_model_folders`` returns. Raises BuildError if path is not an ELF file, TargetError for a
    folder without a record, and for one whose application is a program of this computer.
    """
    elf = read_elf(image)
    return tuple(_check(elf, folder) for folder in folders)


def load_model_folders(image: Path, given: tuple[Path, ...], current: Path) -> tuple[Path, ...]:
    """Folders with a record: those given; else the one the image was built in; else all below current.

    Raises TargetError when there is none.
    """
    if given:
        return tuple(dict.fromkeys(_with_record(folder) for folder in given))
    for parent in image.resolve().parents:
        if load_is_project(parent):
            return (parent,)
    found = load_projects(current)
    if not found:
        raise TargetError(
            f"no folder with a {LEDGER_NAME} here or below, so there is no memory plan to compare with",
            where=str(current),
            hint="name the folder that `mlfgen generate` wrote: --model FOLDER",
        )
    return found


def _with_record(folder: Path) -> Path:
    """model/ means the application that it is part of."""
    if not (folder / LEDGER_NAME).is_file() and (folder.resolve().parent / LEDGER_NAME).is_file():
        return folder.resolve().parent
    return folder


def _check(elf: ElfImage, folder: Path) -> CheckResult:
    firmware = load_record(folder)
    if firmware.hosted:
        raise TargetError(
            f"board '{firmware.board}' is this computer, where the system decides what lies where",
            where=str(folder),
            hint="check an image for a board with memories of its own",
        )
    buffers = tuple(_buffer(elf, firmware, buffer) for buffer in firmware.buffers)
    used = {buffer.section for buffer in buffers if buffer.section is not None}
    faults = tuple(
        str(overlap(first, second))
        for first, second in shared_memory(elf.sections)
        if first.name in used or second.name in used
    )
    return CheckResult(folder, firmware, buffers, faults)


def _buffer(elf: ElfImage, firmware: Firmware, buffer: ExpectedBuffer) -> CheckedBuffer:
    found = [symbol for symbol in elf.symbols.get(buffer.symbol, ()) if not symbol.function]
    if not found:
        return CheckedBuffer(buffer, None, None, None, ())
    differences = compare_buffers(elf, [_expected(firmware, buffer)])
    return CheckedBuffer(
        buffer,
        found[0].address,
        found[0].section,
        _memory(found[0], firmware.regions),
        tuple(difference.what for difference in differences),
    )


def _expected(firmware: Firmware, buffer: ExpectedBuffer) -> ExpectedSymbol:
    region = next(region for region in firmware.regions if region.name == buffer.region)
    others: tuple[tuple[int, int], ...] = ()
    if not buffer.apart:
        others = address_ranges(r for r in firmware.regions if r.writable or buffer.stored)
    return ExpectedSymbol(
        buffer.symbol,
        buffer.size_bytes,
        buffer.alignment_bytes,
        region.base,
        region.size_bytes,
        buffer.stored,
        others,
    )


def _memory(symbol: Symbol, regions: tuple[Region, ...]) -> str | None:
    for region in regions:
        if region.base <= symbol.address < region.base + region.size_bytes:
            return region.name
    return None
