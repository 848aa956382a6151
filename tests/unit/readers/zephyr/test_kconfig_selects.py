"""``select`` and ``default`` lines of Kconfig files, followed without Kconfig."""

from __future__ import annotations

import pytest

from generator.readers.zephyr.kconfig import default_number, defined_symbols, holds, selected_symbols

BOARD = """\
config BOARD_DUAL
	select SOC_DUAL_CM7 if BOARD_DUAL_CM7 || \\
		BOARD_DUAL_CM7_NS
	select SOC_DUAL_CM4 if BOARD_DUAL_CM4
"""
SOC = """\
config SOC_SERIES_DUAL
	bool
	select HAS_VENDOR_CUBE
	select HAS_TRACE if TRACE_MODULE

config SOC_DUAL_CM7   # the fast one
	bool "The fast core"
	select SOC_SERIES_DUAL
	select CPU_HAS_FPU

config SOC_DUAL_CM4
	select SOC_SERIES_DUAL
	help
		select NOTHING

if SOC_DUAL_CM4

config SYS_CLOCK_HW_CYCLES_PER_SEC
	default 32768

config SOC_SERIES_DUAL
	select SLOW

endif # SOC_DUAL_CM4

config SYS_CLOCK_HW_CYCLES_PER_SEC
	default 1000000 if LOW_POWER_TIMER
	default 480000000
"""


def test_what_a_target_selects_directly_and_through_others() -> None:
    found = selected_symbols([BOARD, SOC], {"BOARD_DUAL", "BOARD_DUAL_CM7"})
    assert found == {
        *("BOARD_DUAL", "BOARD_DUAL_CM7", "SOC_DUAL_CM7"),
        *("SOC_SERIES_DUAL", "CPU_HAS_FPU", "HAS_VENDOR_CUBE"),
    }


def test_a_condition_over_two_lines_and_a_block_around_an_entry() -> None:
    assert "CPU_HAS_FPU" in selected_symbols([BOARD, SOC], {"BOARD_DUAL", "BOARD_DUAL_CM7_NS"})
    slow = selected_symbols([BOARD, SOC], {"BOARD_DUAL", "BOARD_DUAL_CM4"})
    assert "SLOW" in slow and "CPU_HAS_FPU" not in slow


def test_a_number_by_default_where_its_conditions_hold() -> None:
    name = "SYS_CLOCK_HW_CYCLES_PER_SEC"
    assert default_number([SOC], name, frozenset()) == 480_000_000
    assert default_number([SOC], name, frozenset({"SOC_DUAL_CM4"})) == 32768
    assert default_number([SOC], name, frozenset({"LOW_POWER_TIMER"})) == 1_000_000
    assert default_number([SOC], "NUM_IRQS", frozenset()) is None


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("A", True),
        ("!A", False),
        ("B", False),
        ("A && !B", True),
        ("A && B || A", True),
        ("!(A || B)", False),
        ("y", True),
        ("A && VALUE >= 3", False),
        ("$(dt_nodelabel_enabled,rcc)", False),
        ("", False),
        ("!", True),
    ],
)
def test_conditions(condition: str, expected: bool) -> None:
    assert holds(condition, {"A"}) is expected


def test_the_symbols_that_a_file_defines() -> None:
    assert defined_symbols(BOARD) == {"BOARD_DUAL"}


def test_help_texts_are_not_read() -> None:
    text = (
        "config A\n\tbool\n\thelp\n\t  Choose it\n\t  if you want.\n\n\t  select D\n\nconfig B\n\tselect C\n"
    )
    assert selected_symbols([text], ["A", "B"]) == {"A", "B", "C"}


def test_a_default_for_a_symbol_of_another_file_is_that_symbols() -> None:
    text = "config A\n\tint\n\nconfigdefault B\n\tdefault 8\n\tselect C\n"
    assert default_number([text], "A", frozenset()) is None
    assert default_number([text], "B", frozenset()) == 8
    assert defined_symbols(text) == {"A"}
