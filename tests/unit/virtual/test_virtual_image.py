"""ELF images: read, placed, and refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from virtual_bench import FLASH, elf, machine, program_elf

from generator.errors import RunError, ToolMissingError
from generator.virtual import engine, run_elf
from generator.virtual.image import load_image, parse_image, place


def test_segments_and_functions_are_read() -> None:
    image = parse_image(elf([(FLASH, b"\x01\x02")], {"main": (FLASH + 8, 6), "next": (FLASH + 14, 2)}), "it")
    assert [(s.address, s.data) for s in image.segments] == [(FLASH, b"\x01\x02")]
    assert image.symbol_at(FLASH + 8) == "main"
    assert image.symbol_at(FLASH + 12) == "main+0x4"
    assert image.symbol_at(FLASH + 14) == "next"
    assert image.symbol_at(FLASH) is None
    assert image.symbol_at(FLASH + 16) is None


def test_image_may_be_a_path(tmp_path: Path) -> None:
    path = tmp_path / "app.elf"
    path.write_bytes(program_elf("hints"))
    assert load_image(path) == load_image(str(path)) == load_image(path.read_bytes())


def refused(data: bytes) -> RunError:
    with pytest.raises(RunError) as caught:
        image = parse_image(data, "app.elf")
        place(image, machine())
    assert caught.value.hint
    return caught.value


def test_what_is_no_elf_is_refused() -> None:
    assert "not a valid ELF" in refused(b"PK\x03\x04 not an ELF").what
    assert "not a valid ELF" in refused(b"").what


def test_other_machine_is_refused() -> None:
    assert "EM_RISCV" in refused(elf([(FLASH, b"\0" * 8)], machine=243)).what


def test_nothing_to_load_is_refused() -> None:
    assert "nothing to load" in refused(elf([])).what


def test_segment_outside_the_memories_is_refused() -> None:
    error = refused(elf([(0x70000000, b"\0" * 8)]))
    assert "0x70000000 to 0x70000007" in error.what
    assert "flash 0x08000000" in (error.hint or "")


def test_segment_over_the_end_of_flash_is_refused() -> None:
    assert "outside the board's memories" in refused(elf([(0x080FFFFC, b"\0" * 8)])).what


def test_segment_in_ram_is_refused_and_noload_is_named() -> None:
    error = refused(elf([(FLASH, b"\0" * 8), (0xC0000000, b"\0" * 8)]))
    assert "sdram" in error.what
    assert "NOLOAD" in (error.hint or "")


def test_truncated_file_is_refused() -> None:
    data = program_elf("busy")
    assert refused(data[:200])


def test_functions_are_not_looked_for_in_a_section_that_only_has_the_name() -> None:
    data = elf([(FLASH, b"\1\2")], {"main": (FLASH, 2)})
    table = int.from_bytes(data[32:36], "little")
    kinds = [table + 40 * index + 4 for index in range(int.from_bytes(data[48:50], "little"))]
    (symbols,) = (at for at in kinds if data[at : at + 4] == b"\2\0\0\0")
    renamed = data[:symbols] + b"\1" + data[symbols + 1 :]
    assert parse_image(data, "it").functions and parse_image(renamed, "it").functions == ()


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="can't be read"):
        load_image(tmp_path / "none.elf")


@settings(max_examples=200)
@given(st.data())
def test_damaged_file_is_read_or_refused_in_our_words(data: st.DataObject) -> None:
    content = bytearray(program_elf("hints"))
    for _ in range(data.draw(st.integers(1, 8))):
        # The two ends hold the headers; what lies between is code.
        position = data.draw(
            st.one_of(st.integers(0, 120), st.integers(len(content) - 300, len(content) - 1))
        )
        content[position] = data.draw(st.integers(0, 255))
    try:
        place(parse_image(bytes(content), "damaged.elf"), machine())
    except RunError as error:
        assert error.hint


def test_image_without_a_vector_table_is_refused() -> None:
    pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
    with pytest.raises(RunError, match="no vector table"):
        run_elf(elf([(FLASH + 0x1000, b"\0" * 8)]), machine(), end_marker=None, instruction_budget=10)


def test_absent_emulator_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "unicorn", None)
    with pytest.raises(ToolMissingError) as caught:
        engine.import_unicorn()
    assert caught.value.hint == "pip install 'mlfgen[virtual]'"
