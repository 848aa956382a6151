import pytest
from msgspec.structs import replace

from generator.toolchain.elf import ElfImage, Section, Symbol
from generator.toolchain.elf_plan import ExpectedSymbol, compare_with_plan

BSS = Section("bss", 0x20010000, 0x1000, None, 32, writable=True, executable=False)
DATA = Section("datas", 0x20020000, 0x100, 0x08001000, 32, writable=True, executable=False)
FLASH = Section("rodata", 0x08000000, 0x1000, 0x08000000, 32, writable=False, executable=False)
POOL = Symbol("pool", 0x20010020, 0x800, "bss")
TABLE = Symbol("table", 0x08000040, 64, "rodata")
PLAN = (
    ExpectedSymbol("pool", 0x800, 32, 0x20010000, 240 << 10),
    ExpectedSymbol("table", 64, 16, 0x08000000, 1 << 20, stored=True),
)


def image_of(*symbols: Symbol, sections: tuple[Section, ...] = (FLASH, BSS, DATA)) -> ElfImage:
    named: dict[str, tuple[Symbol, ...]] = {}
    for symbol in symbols:
        named[symbol.name] = (*named.get(symbol.name, ()), symbol)
    return ElfImage(0, tuple(sorted(sections, key=lambda section: section.address)), named, ())


def test_an_image_as_planned() -> None:
    assert compare_with_plan(image_of(POOL, TABLE), PLAN) == ()


@pytest.mark.parametrize(
    ("symbols", "said"),
    [
        ((TABLE,), "pool: it is not in the image"),
        ((POOL, replace(POOL, address=0x20010900), TABLE), "pool: it is in the image 2 times"),
        ((replace(POOL, size_bytes=0x7FF), TABLE), "pool: it has 2,047 bytes instead of 2,048"),
        ((replace(POOL, address=0x20010108), TABLE), "pool: its address 0x20010108 is not a multiple of 32"),
        ((replace(POOL, address=0x20000000), TABLE), "pool: it is at 0x20000000 to 0x20000800, outside"),
        ((replace(POOL, section="datas"), TABLE), "pool: section 'datas' stores its 2,048 bytes in flash"),
        ((POOL, replace(TABLE, section="bss")), "table: section 'bss' does not store its initial values"),
    ],
)
def test_a_difference_is_named(symbols: tuple[Symbol, ...], said: str) -> None:
    (difference,) = compare_with_plan(image_of(*symbols), PLAN)
    assert str(difference).startswith(said)


def test_a_buffer_that_sticks_out_of_its_region() -> None:
    plan = (ExpectedSymbol("pool", 0x800, 32, 0x20010000, 0x400),)
    (difference,) = compare_with_plan(image_of(POOL), plan)
    assert "outside 0x20010000 to 0x20010400" in difference.what


def test_a_buffer_may_be_allowed_elsewhere_too() -> None:
    plan = replace(PLAN[0], elsewhere=((0x20000000, 0x20050000), (0xC0000000, 0xC0800000)))
    assert compare_with_plan(image_of(replace(POOL, address=0x20000000)), (plan,)) == ()
    (difference,) = compare_with_plan(image_of(replace(POOL, address=0x10000000)), (plan,))
    assert difference.what.endswith("outside 0x20000000 to 0x20050000 and 0xc0000000 to 0xc0800000")


def test_a_function_of_that_name_is_not_the_buffer() -> None:
    function = replace(POOL, function=True)
    assert len(compare_with_plan(image_of(function), PLAN[:1])) == 1
    assert compare_with_plan(image_of(function, POOL), PLAN[:1]) == ()


def test_all_differences_are_reported_at_once() -> None:
    assert len(compare_with_plan(image_of(replace(POOL, size_bytes=1, address=1)), PLAN)) == 4


def test_sections_that_share_memory() -> None:
    # A linker places a section by name into a region without looking at what the default script put there.
    intruder = Section("SRAM0", 0x20010800, 0x2000, None, 4, writable=True, executable=False)
    inner = Section("small", 0x20011900, 0x10, None, 4, writable=True, executable=False)
    differences = compare_with_plan(image_of(sections=(BSS, intruder, inner)), ())
    assert [difference.subject for difference in differences] == ["SRAM0", "small"]
    assert "inside section 'bss'" in differences[0].what


def test_thread_local_templates_share_no_memory() -> None:
    template = replace(BSS, name="tbss", thread_local=True)
    assert compare_with_plan(image_of(sections=(BSS, template)), ()) == ()
