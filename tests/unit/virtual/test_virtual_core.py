"""The virtual core on programs of a few instructions: exceptions, masks, timers, faults."""

from __future__ import annotations

import pytest
from virtual_bench import CODE, FLASH, STACK, description, machine, program_elf, run
from virtual_programs import PROGRAMS

from generator.model.virtual import EndedBy, VirtualRun
from generator.readers.board.machine import parse_machine
from generator.virtual import run_elf
from generator.virtual.image import parse_image
from generator.virtual.processor import Processor


def code(name: str, **options: object) -> int | None:
    result = run(name, **options)
    assert result.ended_by is EndedBy.EXIT, result
    return result.exit_code


def test_supervisor_call_enters_and_returns_with_flags_kept() -> None:
    assert code("supervisor_call") == 11 << 16 | 0xFFF9


def test_process_stack_frame_is_aligned_and_the_pointer_comes_back() -> None:
    assert code("process_stack") == 1 << 16 | 0xFFFD


def test_fpu_context_is_saved_where_the_core_saves_it() -> None:
    # s0 is the caller's and comes back as 1; s20 is the handler's to keep, and stays 16.
    assert code("fpu_frame") == 0xFFE9 << 16 | 1 + 16


def test_systick_wakes_the_sleeper_and_sleep_is_counted_apart() -> None:
    result = run("ticks")
    assert result.exit_code == 5 << 16 | 5
    assert result.instructions < 100
    assert 5000 - 100 < result.slept_cycles < 5000


def test_primask_holds_the_handler_back_but_not_the_wake_up() -> None:
    assert code("masked_wake_up") == 0x123


def test_basepri_holds_back_what_is_not_more_urgent() -> None:
    assert code("base_priority") == 0x123


def test_interrupts_nest_by_priority_and_chain() -> None:
    assert code("nested_interrupts") == 0x12345


def test_it_block_goes_on_after_an_exception() -> None:
    assert code("it_block") == 1


def test_unprivileged_thread_keeps_its_stack_and_rights() -> None:
    unprivileged, on_process_stack = 1, 2
    assert code("unprivileged") == (unprivileged | on_process_stack) << 4 | unprivileged


def test_sleep_on_exit_lets_only_handlers_run() -> None:
    assert code("sleep_on_exit") == 1 << 8 | 3


def test_hints_do_nothing() -> None:
    assert code("hints") == 4


def test_cycle_counter_follows_the_instructions() -> None:
    rounds = 100
    assert rounds * 2 <= (code("cycle_counter") or 0) <= rounds * 2 + 5


def test_time_slices_do_not_lose_ticks() -> None:
    # 200,000 rounds of six instructions at a tick every 5,000 cycles.
    assert code("busy") == 240


def test_flash_is_seen_at_its_alias_and_ram_is_not_zero_at_power_up() -> None:
    assert code("memories") == 0xA5A5A5A5


def test_exchanged_code_is_counted_anew() -> None:
    result = run("modified_code")
    assert result.exit_code == 3
    before_and_between, leaving = 9 + 9, 1 + 6
    adds_add_bx, wide_add_bx = 3, 2
    assert result.instructions == before_and_between + adds_add_bx + wide_add_bx + leaving


def test_sdram_answers_once_its_controller_is_set_up() -> None:
    assert code("sdram") == 0x12345678
    fault = run("sdram_too_early").fault
    assert fault is not None
    assert fault.address == 0xC0000000


SERIAL_FLASH = (0x90000000, (0x12345678).to_bytes(4, "little"))


def test_serial_flash_holds_what_the_image_stores_and_answers_while_its_controller_maps_it() -> None:
    assert code("qspi", stored=(SERIAL_FLASH,)) == 0x12345678
    assert code("qspi") == 0xFFFFFFFF
    fault = run("qspi_left", stored=(SERIAL_FLASH,)).fault
    assert fault is not None and fault.address == 0x90000000
    assert dict(fault.registers)["r4"] == 0x12345678, "the second load failed, not the first"


def test_reset_request_ends_the_run() -> None:
    assert run("system_reset").ended_by is EndedBy.RESET


def test_core_that_nothing_will_wake_ends_the_run() -> None:
    result = run("sleep_for_good")
    assert (result.ended_by, result.instructions) == (EndedBy.ASLEEP, 1)


def test_budget_ends_the_run_at_the_next_block() -> None:
    result = run("busy", budget=1000)
    assert result.ended_by is EndedBy.BUDGET
    assert 1000 <= result.instructions < 1010


def test_accesses_nobody_answers_are_stored_and_reported() -> None:
    result = run("strange_registers")
    assert result.exit_code == 0x5A
    seen = {(u.address, u.size_bytes, u.write): (u.count, u.symbol) for u in result.unmodelled}
    assert seen == {
        (0x50060800, 4, False): (1, "start"),
        (0x50060800, 4, True): (2, "start"),
        (0x50060801, 1, True): (1, "start"),
    }


def test_three_runs_are_the_same_run() -> None:
    runs = [run("busy") for _ in range(3)]
    assert runs[0] == runs[1] == runs[2]


@pytest.mark.parametrize(
    "name", ["busy", "ticks", "nested_interrupts", "base_priority", "modified_code", "fpu_frame"]
)
def test_counting_in_machine_code_and_in_python_agree(name: str) -> None:
    pytest.importorskip("llvmlite", reason="llvmlite is not installed: nothing counts in machine code")
    assert run(name, native=True) == run(name, native=False)


# ------------------------------------------------------------------------------------------- faults

FAULTS = {
    "undefined": ("UNDEFINSTR", "broken+0x2", None),
    "double_precision": ("UNDEFINSTR", "start+0x10", None),
    "store_to_flash": ("PRECISERR", "start+0x4", FLASH),
    "jump_to_arm": ("INVSTATE", "start", None),
    "jump_to_nowhere": ("IBUSERR", None, 0x70000000),
    "jump_to_register": ("IACCVIOL", None, None),
    "unaligned_exclusive": ("UNALIGNED", "start+0x2", None),
    "fpu_before_enabled": ("NOCP", "start+0x4", None),
    "bad_exception_return": ("INVPC", None, None),
    "stack_in_nowhere": ("STKERR", "start+0x6", None),
}


def registers(result: VirtualRun) -> dict[str, int]:
    assert result.fault is not None
    return dict(result.fault.registers)


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_named_and_located(name: str) -> None:
    cause, symbol, address = FAULTS[name]
    result = run(name)
    assert result.ended_by is EndedBy.FAULT
    assert result.fault is not None
    assert cause in result.fault.cause
    assert "FORCED" in result.fault.cause
    assert result.fault.symbol == symbol
    assert result.fault.address == address


def test_fault_keeps_the_registers_and_the_caller() -> None:
    result = run("undefined")
    labels = PROGRAMS["undefined"].labels
    assert registers(result)["r1"] == 42
    assert registers(result)["pc"] == FLASH + CODE + labels["broken"] + 2
    assert registers(result)["sp"] == STACK
    assert result.fault is not None
    assert result.fault.caller == "start+0x6"


def test_what_precedes_an_fpu_fault_in_its_block_is_executed_and_counted() -> None:
    result = run("fpu_before_enabled")
    assert registers(result)["r6"] == 2
    assert result.instructions == 2


def test_enabled_fault_handler_runs_and_the_run_still_counts_as_a_fault() -> None:
    result = run("skipped_bus_fault")
    assert result.exit_code == 0x60000010
    assert result.ended_by is EndedBy.FAULT
    assert result.fault is not None
    assert result.fault.exception == 5


def test_fault_in_the_hard_fault_handler_locks_up() -> None:
    result = run("double_fault")
    assert result.ended_by is EndedBy.FAULT
    assert result.fault is not None
    assert result.fault.symbol == "start"
    assert result.instructions == 0


def test_interrupt_without_a_stack_locks_up() -> None:
    result = run("tick_on_bad_stack")
    assert result.ended_by is EndedBy.FAULT
    assert result.fault is not None
    assert "STKERR" in result.fault.cause
    assert result.instructions < 200


# ------------------------------------------------------------------------------------------ console


def test_input_arrives_by_interrupt() -> None:
    result = run("echo", console_input=b"To and fro.")
    assert result.console == b"To and fro."
    assert result.exit_code == ord(".")


def test_end_marker_ends_the_run_and_output_comes_as_it_is_sent() -> None:
    heard: list[bytes] = []
    result = run("poll_echo", console_input=b"abcENDdef", end_marker="END", on_output=heard.append)
    assert result.ended_by is EndedBy.MARKER
    assert result.console == b"abcEND" == b"".join(heard)


def test_error_in_the_output_callback_reaches_the_caller() -> None:
    def broken(_: bytes) -> None:
        raise KeyError("from the callback")

    with pytest.raises(KeyError, match="from the callback"):
        run("poll_echo", console_input=b"a", on_output=broken)


def test_memory_that_may_not_be_executed_is_not() -> None:
    pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
    described = description()
    described["memories"]["sram"]["executable"] = False
    strict = parse_machine(described)
    result = run_elf(program_elf("modified_code"), strict, end_marker=None, instruction_budget=1000)
    assert result.fault is not None
    assert "IACCVIOL" in result.fault.cause
    assert registers(result)["pc"] == 0x20000000


@pytest.mark.parametrize("step", [1, 777, 50_000])
def test_slices_make_no_difference(step: int) -> None:
    whole = run("ticks") if step == 1 else run("busy")
    processor = Processor(
        machine(), parse_image(program_elf("ticks" if step == 1 else "busy"), "it"), lambda _: None
    )
    ended = None
    while ended is None:
        ended = processor.run(processor.instructions + step)
    assert (ended, processor.instructions, processor.slept_cycles, processor.exit_code) == (
        whole.ended_by,
        whole.instructions,
        whole.slept_cycles,
        whole.exit_code,
    )
