import struct
from pathlib import Path

import pytest
from toolchain_fakes import link_arm

from generator.errors import BuildError
from generator.model.board import Region
from generator.toolchain.elf import ElfImage, MemoryUse, Section, memory_use, read_elf

FLASH = Region("flash", 0x08000000, 1 << 20, False)
SRAM = Region("sram", 0x20010000, 240 << 10, True)
SDRAM = Region("sdram", 0xC0000000, 8 << 20, True)

SOURCE = """
#define KEEP __attribute__((used))
KEEP const unsigned char constants[100] = {1};
KEEP int initialised[5] = {1};
KEEP unsigned char zeroed[64] __attribute__((aligned(32)));
KEEP unsigned char kept[48] __attribute__((section(".noinit.x"), aligned(16)));
KEEP unsigned char far[4096] __attribute__((section(".sdram"), aligned(32)));
int start(void) { return initialised[zeroed[1]]; }
"""
SCRIPT = """
MEMORY {
  FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 1M
  SRAM (rw) : ORIGIN = 0x20010000, LENGTH = 240K
  SDRAM (rw) : ORIGIN = 0xC0000000, LENGTH = 8M
}
ENTRY(start)
SECTIONS {
  .text : { *(.text*) } > FLASH
  .rodata : { *(.rodata*) } > FLASH
  .data : { *(.data*) } > SRAM AT > FLASH
  .bss (NOLOAD) : { *(.bss*) } > SRAM
  .noinit (NOLOAD) : { *(.noinit*) } > SRAM
  .sdram (NOLOAD) : { *(.sdram*) } > SDRAM
  /DISCARD/ : { *(.ARM.exidx*) }
}
"""


@pytest.fixture(scope="module")
def image(arm_gcc: str, tmp_path_factory: pytest.TempPathFactory) -> ElfImage:
    return read_elf(link_arm(arm_gcc, tmp_path_factory.mktemp("elf"), SOURCE, SCRIPT))


def test_sections(image: ElfImage) -> None:
    sections = {section.name: section for section in image.sections}
    assert set(sections) == {".text", ".rodata", ".data", ".bss", ".noinit", ".sdram"}
    data = sections[".data"]
    assert data.address == 0x20010000
    assert data.load_address is not None and 0x08000000 <= data.load_address < 0x08001000
    assert sections[".text"].executable and not sections[".text"].writable
    assert not sections[".bss"].stored
    assert sections[".sdram"].alignment_bytes == 32
    assert image.sections == tuple(sorted(image.sections, key=lambda section: section.address))


def test_symbols(image: ElfImage) -> None:
    (far,) = image.symbols["far"]
    assert (far.address, far.size_bytes, far.section, far.function) == (0xC0000000, 4096, ".sdram", False)
    (start,) = image.symbols["start"]
    assert start.function
    assert start.address == 0x08000000
    assert image.entry & ~1 == start.address


def test_segments(image: ElfImage) -> None:
    data = next(segment for segment in image.segments if segment.address == 0x20010000)
    assert data.load_address != data.address
    assert data.file_bytes == 20


def test_memory_use(image: ElfImage) -> None:
    text = next(section for section in image.sections if section.name == ".text")
    assert memory_use(image, [FLASH, SRAM, SDRAM]) == {
        "flash": MemoryUse(text_bytes=text.size_bytes, rodata_bytes=100, data_bytes=20),
        "sram": MemoryUse(data_bytes=20, bss_bytes=64, noinit_bytes=48),
        "sdram": MemoryUse(noinit_bytes=4096),
    }


def test_a_table_that_is_writable_by_its_flags_but_stays_in_flash_is_read_only_data() -> None:
    table = Section("sw_isr_table", 0x08000100, 32, 0x08000100, 4, writable=True, executable=False)
    assert memory_use(ElfImage(0, (table,), {}, ()), [FLASH])["flash"] == MemoryUse(rodata_bytes=32)


def test_total() -> None:
    assert MemoryUse(1, 2, 4, 8, 16).total_bytes == 31


def little_elf(wide: bool, order: str) -> bytes:
    """An ELF file with one zeroed section, .bss, and one object in it, x: 8 bytes at 0x1000."""
    strings = b"\0.bss\0.symtab\0.strtab\0x\0"
    name_of = {name: strings.index(name.encode() + b"\0") for name in (".bss", ".symtab", ".strtab", "x")}
    word = "Q" if wide else "I"
    if wide:
        symbol = struct.pack(order + "IBBHQQ", name_of["x"], 1, 0, 1, 0x1000, 8)
    else:
        symbol = struct.pack(order + "IIIBBH", name_of["x"], 0x1000, 8, 1, 0, 1)
    symbols = bytes(len(symbol)) + symbol
    header_size = 64 if wide else 52
    symbols_at = header_size
    strings_at = symbols_at + len(symbols)
    sections_at = strings_at + len(strings)

    def section(
        name: int, kind: int, flags: int, address: int, at: int, size: int, link: int, entry: int
    ) -> bytes:
        return struct.pack(
            order + f"II{word}{word}{word}{word}II{word}{word}",
            name,
            kind,
            flags,
            address,
            at,
            size,
            link,
            0,
            8,
            entry,
        )

    table = (
        section(0, 0, 0, 0, 0, 0, 0, 0)
        + section(name_of[".bss"], 8, 3, 0x1000, 0, 8, 0, 0)
        + section(name_of[".symtab"], 2, 0, 0, symbols_at, len(symbols), 3, len(symbol))
        + section(name_of[".strtab"], 3, 0, 0, strings_at, len(strings), 0, 0)
    )
    identity = b"\x7fELF" + bytes((2 if wide else 1, 1 if order == "<" else 2, 1)) + bytes(9)
    header = identity + struct.pack(
        order + f"HHI{word}{word}{word}IHHHHHH",
        *(2, 243, 1, 0, 0, sections_at, 0, header_size, 0, 0, len(table) // 4, 4, 3),
    )
    return header + symbols + strings + table


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_class_and_byte_order(tmp_path: Path, wide: bool, order: str) -> None:
    (tmp_path / "x.elf").write_bytes(little_elf(wide, order))
    image = read_elf(tmp_path / "x.elf")
    (symbol,) = image.symbols["x"]
    assert (symbol.address, symbol.size_bytes, symbol.section) == (0x1000, 8, ".bss")
    assert [(section.name, section.stored) for section in image.sections] == [(".bss", False)]


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"MZ" + bytes(200), b"\x7fELF\x01\x01\x01" + b"\xff" * 90])
def test_files_that_are_not_elf(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.elf").write_bytes(data)
    with pytest.raises(BuildError) as caught:
        read_elf(tmp_path / "x.elf")
    assert caught.value.where == str(tmp_path / "x.elf")


@pytest.mark.parametrize(
    "patches",
    [{32: b"\xff" * 8, 54: b"\x38\0\1\0"}, {40: b"\xff" * 8}, {62: b"\x09\0"}, {60: b"\xff\xff"}],
    ids=["segments at 2^64 - 1", "sections at 2^64 - 1", "names in section 9", "65535 sections"],
)
def test_a_damaged_header_is_an_error_and_no_crash(tmp_path: Path, patches: dict[int, bytes]) -> None:
    content = bytearray(little_elf(True, "<"))
    for at, patch in patches.items():
        content[at : at + len(patch)] = patch
    (tmp_path / "x.elf").write_bytes(content)
    with pytest.raises(BuildError, match="not a valid ELF file"):
        read_elf(tmp_path / "x.elf")


@pytest.mark.parametrize("section", [2, 3], ids=["symbols", "their names"])
def test_compressed_symbols_are_refused_unread(tmp_path: Path, section: int) -> None:
    content = bytearray(little_elf(True, "<"))
    flags = int.from_bytes(content[40:48], "little") + 64 * section + 8
    content[flags : flags + 8] = (0x800).to_bytes(8, "little")
    (tmp_path / "x.elf").write_bytes(content)
    with pytest.raises(BuildError, match="not a valid ELF file: its symbols are compressed"):
        read_elf(tmp_path / "x.elf")


@pytest.mark.parametrize("percent", range(0, 100, 3))
def test_a_file_that_was_cut_short_is_an_error_and_no_crash(tmp_path: Path, percent: int) -> None:
    whole = little_elf(False, "<")
    (tmp_path / "x.elf").write_bytes(whole[: len(whole) * percent // 100])
    with pytest.raises(BuildError):
        read_elf(tmp_path / "x.elf")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BuildError):
        read_elf(tmp_path / "x.elf")


def test_a_stripped_image_has_no_symbols(arm_gcc: str, tmp_path: Path) -> None:
    image = read_elf(link_arm(arm_gcc, tmp_path, SOURCE, SCRIPT, "-s"))
    assert image.symbols == {}
    assert image.sections
