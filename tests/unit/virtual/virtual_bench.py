"""What the tests of the virtual microcontroller share: its description, ELF files made by hand, a run."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import yaml
from virtual_programs import PROGRAMS, Program

from generator.model.virtual import VirtualMachine, VirtualRun
from generator.readers.board.machine import parse_machine
from generator.virtual import run_elf

FLASH = 0x0800_0000
STACK = 0x2001_0000
CODE = 0x200
_VECTORS = 114
_BRANCH_TO_SELF = b"\xfe\xe7"


def description(board: str = "stm32f746g_disco") -> dict:
    text = (Path(__file__).parents[3] / "boards" / f"{board}.yaml").read_text()
    data: dict = yaml.safe_load(text)["run"]["machine"]
    return data


def machine(board: str = "stm32f746g_disco") -> VirtualMachine:
    return parse_machine(description(board), where=f"{board}.yaml")


def flash_content(program: Program) -> bytes:
    """Vector table and code; exceptions without a handler end in a branch to itself."""
    stuck = FLASH + CODE + len(program.code)
    table = [STACK] + [stuck | 1] * (_VECTORS - 1)
    for label, offset in program.labels.items():
        number = 1 if label == "start" else int(label[3:]) if label.startswith("on_") else 0
        if number:
            table[number] = FLASH + CODE + offset | 1
    vectors = struct.pack(f"<{_VECTORS}I", *table)
    return vectors.ljust(CODE, b"\xff") + program.code + _BRANCH_TO_SELF


def elf(
    segments: list[tuple[int, bytes]],
    functions: dict[str, tuple[int, int]] | None = None,
    *,
    machine: int = 40,
) -> bytes:
    """A 32-bit little-endian executable: (address, content) to load, name -> (address, size) of functions."""
    names = b"\0"
    symbols = struct.pack("<IIIBBH", 0, 0, 0, 0, 0, 0)
    for name, (address, size) in (functions or {}).items():
        symbols += struct.pack("<IIIBBH", len(names), address | 1, size, 0x12, 0, 1)
        names += name.encode() + b"\0"
    section_names = b"\0.symtab\0.strtab\0.shstrtab\0"
    offset = 52 + 32 * len(segments)
    headers = content = b""
    for address, data in segments:
        headers += struct.pack("<8I", 1, offset + len(content), address, address, len(data), len(data), 5, 4)
        content += data
    symbols_at = offset + len(content)
    names_at = symbols_at + len(symbols)
    section_names_at = names_at + len(names)
    sections_at = section_names_at + len(section_names)
    sections = struct.pack("<10I", *[0] * 10)
    sections += struct.pack("<10I", 1, 2, 0, 0, symbols_at, len(symbols), 2, 1, 4, 16)
    sections += struct.pack("<10I", 9, 3, 0, 0, names_at, len(names), 0, 0, 1, 0)
    sections += struct.pack("<10I", 17, 3, 0, 0, section_names_at, len(section_names), 0, 0, 1, 0)
    identity = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    rest = (2, machine, 1, FLASH, 52, sections_at, 0x05000000, 52, 32, len(segments), 40, 4, 3)
    return (
        identity
        + struct.pack("<HHIIIIIHHHHHH", *rest)
        + headers
        + content
        + symbols
        + names
        + section_names
        + sections
    )


def program_elf(name: str, *stored: tuple[int, bytes]) -> bytes:
    """stored: (address, content) that the image holds beside it."""
    program = PROGRAMS[name]
    starts = sorted(program.labels.items(), key=lambda item: item[1])
    ends = [offset for _, offset in starts[1:]] + [len(program.code)]
    functions = {
        label: (FLASH + CODE + offset, end - offset)
        for (label, offset), end in zip(starts, ends, strict=True)
    }
    return elf([(FLASH, flash_content(program)), *stored], functions)


def run(
    name: str, *, budget: int = 10_000_000, stored: tuple[tuple[int, bytes], ...] = (), **options: object
) -> VirtualRun:
    """Run a program of ``virtual_programs``; skips the test when the emulator is not installed."""
    pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
    options.setdefault("end_marker", None)
    return run_elf(program_elf(name, *stored), machine(), instruction_budget=budget, **options)  # type: ignore[arg-type]
