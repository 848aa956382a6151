"""Zephyr's list of boards and what a name means in it."""

from __future__ import annotations

import pytest

from generator.errors import UsageError
from generator.model.zephyr_board import ListedBoard
from generator.readers.zephyr.board_list import find_target, is_target_name, parse_board_list

PRINTED = """\
WARNING: something else that is printed
NAME;nucleo|DIR;/z/boards/st/nucleo;/more/nucleo|REVISION_DEFAULT;NOTFOUND|SOCS;f7|QUALIFIERS;f7;f7/ns
NAME;fpga|DIR;/z/boards/fpga|REVISION_DEFAULT;NOTFOUND|SOCS;a1;a2|QUALIFIERS;a1;a2/cpu0;a2/cpu1
NAME;five|DIR;/z/boards/five|REVISION_DEFAULT;A|SOCS;e31|QUALIFIERS;e31
"""
NUCLEO, FPGA, FIVE = BOARDS = parse_board_list(PRINTED)


def test_the_lines_of_the_list() -> None:
    assert ListedBoard("nucleo", ("/z/boards/st/nucleo", "/more/nucleo"), ("f7", "f7/ns"), ("f7",)) == NUCLEO
    assert FIVE.revision == "A"
    assert NUCLEO.targets == ("nucleo", "nucleo/f7", "nucleo/f7/ns")
    assert FPGA.targets == ("fpga/a1", "fpga/a2/cpu0", "fpga/a2/cpu1")


@pytest.mark.parametrize(
    ("name", "files", "symbol"),
    [
        ("nucleo", ("nucleo_f7", "nucleo"), "BOARD_NUCLEO_F7"),
        ("nucleo/f7/ns", ("nucleo_f7_ns", "nucleo_ns"), "BOARD_NUCLEO_F7_NS"),
        ("nucleo//ns", ("nucleo_f7_ns", "nucleo_ns"), "BOARD_NUCLEO_F7_NS"),
        ("fpga/a2/cpu0", ("fpga_a2_cpu0", "fpga_cpu0"), "BOARD_FPGA_A2_CPU0"),
    ],
)
def test_a_target_and_its_files(name: str, files: tuple[str, ...], symbol: str) -> None:
    target = find_target(name, BOARDS)
    assert (target.given, target.file_names) == (name, files)
    assert symbol in target.symbols


def test_a_revision_that_is_named_and_one_that_is_not() -> None:
    assert find_target("five@B", BOARDS).revision == "B"
    assert find_target("five", BOARDS).revision == "A"


@pytest.mark.parametrize(
    ("name", "what", "hint"),
    [
        ("nucle", "Zephyr has no board 'nucle'", "did you mean 'nucleo'"),
        ("zzzzzz", "Zephyr has no board 'zzzzzz'", "`west boards` lists the boards"),
        ("Not A Name", "Zephyr has no board 'Not A Name'", "`west boards`"),
        ("fpga", "board 'fpga' has no target 'fpga'", "fpga/a1"),
        ("fpga/a2/cpu3", "board 'fpga' has no target 'fpga/a2/cpu3'", "'fpga/a2/cpu0'"),
    ],
)
def test_names_that_no_board_has(name: str, what: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_target(name, BOARDS)
    assert caught.value.what == what and hint in str(caught.value.hint)


def test_what_is_written_like_a_target() -> None:
    assert all(map(is_target_name, ("nucleo", "fpga/a2/cpu0", "five@B", "five@1.0.0/e31", "nucleo//ns")))
    assert not any(map(is_target_name, ("./boards/mine", "../x", "My Board", "a/b.yaml", "")))
