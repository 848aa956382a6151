"""Instructions by function: exact, with nested and tail calls, without interrupts."""

from __future__ import annotations

import pytest
from virtual_bench import CODE, FLASH, elf, flash_content, machine, program_elf, run
from virtual_programs import PROGRAMS

from generator.model.profile import FunctionCount
from generator.virtual import profile_elf

BUDGET = 100_000


def counts(image: bytes, *functions: str, native: bool = True) -> tuple[FunctionCount, ...]:
    pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
    _, found = profile_elf(
        image, machine(), functions, end_marker=None, instruction_budget=BUDGET, native=native
    )
    return found


@pytest.mark.parametrize("native", [True, False], ids=["native", "python"])
def test_calls_are_counted_to_the_instruction(native: bool) -> None:
    # work: 1 + 3 * 2 + 1. tail: a nop, a branch and work, which is counted for both. asks: without its handler.
    assert counts(program_elf("calls"), "asks", "tail", "work", native=native) == (
        FunctionCount("work", 3, 24),
        FunctionCount("tail", 1, 10),
        FunctionCount("asks", 1, 2),
    )


def test_being_counted_changes_neither_end_nor_count() -> None:
    whole = run("calls")
    run_, _ = profile_elf(
        program_elf("calls"), machine(), {"work", "tail"}, end_marker=None, instruction_budget=BUDGET
    )
    assert run_ == whole


def test_functions_the_image_does_not_have_are_left_out() -> None:
    assert counts(program_elf("calls"), "play", "exit") == ()


def test_a_compilers_own_copy_goes_by_the_functions_name() -> None:
    program = PROGRAMS["calls"]
    functions = {"work.constprop.0": (FLASH + CODE + program.labels["work"], 8)}
    image = elf([(FLASH, flash_content(program))], functions)
    assert counts(image, "work") == (FunctionCount("work", 3, 24),)
