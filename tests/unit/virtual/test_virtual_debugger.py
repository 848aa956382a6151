"""The debugger's hold on the core: it sees every instruction, and changes nothing by looking."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from virtual_bench import CODE, FLASH, STACK, machine, program_elf, run
from virtual_programs import PROGRAMS

from generator.virtual.debugger import Debugger, Why
from generator.virtual.image import parse_image
from generator.virtual.watchpoints import Watchpoint

START = FLASH + CODE
#: programs that end by themselves and have no timer, whose interrupts would wait during steps
STEPPED = (
    "supervisor_call",
    "process_stack",
    "fpu_frame",
    "it_block",
    "unprivileged",
    "sdram",
    "qspi",
    "memories",
)

Open = Callable[..., Debugger]


def never(_timeout_s: float) -> bool:
    return False


@pytest.fixture
def opened() -> Iterator[Open]:
    pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
    debuggers: list[Debugger] = []

    def open_(name: str, poll: Callable[[float], bool] = never, *, native: bool = True) -> Debugger:
        image = parse_image(program_elf(name), name)
        debuggers.append(Debugger(machine(), image, lambda byte: None, poll, native=native))
        return debuggers[-1]

    yield open_
    for debugger in debuggers:
        debugger.close()


def label(name: str, which: str) -> int:
    return START + PROGRAMS[name].labels[which]


@pytest.mark.parametrize("native", [True, False], ids=["native", "python"])
@pytest.mark.parametrize("name", STEPPED)
def test_stepping_through_a_program_is_running_it(name: str, native: bool, opened: Open) -> None:
    whole = run(name)
    debugger = opened(name, native=native)
    halt = debugger.step()
    while halt.why is Why.STEPPED:
        halt = debugger.step()
    assert halt.why is Why.EXIT and halt.exit_code == whole.exit_code
    assert debugger.processor.instructions == whole.instructions


@pytest.mark.parametrize("name", [*STEPPED, "ticks", "nested_interrupts", "busy"])
def test_a_breakpoint_at_every_label_changes_neither_result_nor_count(name: str, opened: Open) -> None:
    whole = run(name)
    debugger = opened(name)
    for offset in PROGRAMS[name].labels.values():
        debugger.set_breakpoint(START + offset)
    halt, halts = debugger.resume(), 0
    while halt.why is Why.BREAKPOINT and halts < 1000:
        halts += 1
        halt = debugger.resume()
    if halt.why is Why.EXIT:
        assert halt.exit_code == whole.exit_code and halts
        assert debugger.processor.instructions == whole.instructions
    else:
        assert halts == 1000


def test_a_breakpoint_halts_before_its_instruction_each_time(opened: Open) -> None:
    debugger = opened("ticks")
    debugger.set_breakpoint(label("ticks", "on_15") | 1)
    for ticks in range(5):
        assert debugger.resume().why is Why.BREAKPOINT
        assert debugger.read_register("pc") == label("ticks", "on_15")
        assert debugger.read_register("r4") == ticks
    debugger.clear_breakpoint(label("ticks", "on_15"))
    assert debugger.resume().why is Why.EXIT


def test_a_breakpoint_behind_wfi_halts_once_for_each_waking(opened: Open) -> None:
    debugger = opened("ticks")
    debugger.set_breakpoint(label("ticks", "again") + 2)
    seen = []
    while debugger.resume().why is Why.BREAKPOINT:
        seen.append(debugger.read_register("r4"))
    assert seen == [1, 2, 3, 4, 5]


def test_a_step_over_wfi_sleeps_until_it_wakes_and_takes_no_interrupt(opened: Open) -> None:
    debugger = opened("ticks")
    debugger.set_breakpoint(label("ticks", "again"))
    debugger.resume()
    assert debugger.step().why is Why.STEPPED
    assert debugger.read_register("pc") == label("ticks", "again") + 2
    debugger.step()
    assert debugger.processor.slept_cycles > 900
    assert debugger.read_register("r4") == 0 and debugger.read_register("r5") == 1


@pytest.mark.parametrize("reads", [False, True], ids=["write", "access"])
def test_a_watched_store_halts_before_it_takes_effect(reads: bool, opened: Open) -> None:
    debugger = opened("supervisor_call")
    watchpoint = Watchpoint(STACK - 2, 1, reads, True)
    # The frame of the supervisor call is stacked by the core, not by an instruction: it is not watched.
    debugger.set_watchpoint(watchpoint)
    halt = debugger.resume()
    pushes = label("supervisor_call", "exit")
    assert (halt.why, halt.watchpoint, halt.address) == (Why.WATCHPOINT, watchpoint, STACK - 2)
    assert (debugger.read_register("pc"), debugger.read_register("sp")) == (pushes, STACK)
    result = debugger.read_register("r4")
    assert debugger.read_memory(STACK - 4, 4) != result.to_bytes(4, "little")
    assert debugger.step().why is Why.STEPPED
    assert (debugger.read_register("pc"), debugger.read_register("sp")) == (pushes + 2, STACK - 4)
    assert debugger.read_memory(STACK - 4, 4) == result.to_bytes(4, "little")
    halt = debugger.resume()
    assert halt.why is Why.EXIT and halt.exit_code == run("supervisor_call").exit_code
    assert debugger.processor.instructions == run("supervisor_call").instructions


def test_a_watched_load_halts_before_its_register_changes(opened: Open) -> None:
    debugger = opened("process_stack")
    literal = START + len(PROGRAMS["process_stack"].code) - 8
    assert debugger.read_memory(literal, 4) == 0x20008004.to_bytes(4, "little")
    debugger.set_watchpoint(Watchpoint(literal, 4, True, False))
    assert debugger.resume().why is Why.WATCHPOINT
    assert debugger.read_register("pc") == START and debugger.read_register("r0") == 0
    debugger.clear_watchpoint(Watchpoint(literal, 4, True, False))
    assert debugger.resume().why is Why.EXIT


def test_registers_of_peripherals_cannot_be_watched(opened: Open) -> None:
    with pytest.raises(LookupError):
        opened("ticks").set_watchpoint(Watchpoint(0x4001_1000, 4, False, True))


@pytest.mark.parametrize("how", ["resume", "step"])
def test_a_fault_halts_before_its_handler_runs(how: str, opened: Open) -> None:
    debugger = opened("fpu_before_enabled")
    halt = getattr(debugger, how)()
    while halt.why is Why.STEPPED:
        halt = debugger.step()
    assert halt.why is Why.FAULT
    fault = debugger.processor.fault
    assert fault is not None and "NOCP" in fault.cause
    assert debugger.read_register("pc") == START + len(PROGRAMS["fpu_before_enabled"].code)
    assert debugger.read_register("xpsr") & 0x1FF == 3
    assert debugger.resume().why is Why.FAULT


def test_a_firmware_that_resets_the_core_goes_on_from_its_reset_handler(opened: Open) -> None:
    debugger = opened("system_reset")
    debugger.set_breakpoint(START)
    for _ in range(3):
        assert debugger.resume().why is Why.BREAKPOINT
    assert debugger.read_register("pc") == START


def test_what_runs_on_and_what_sleeps_for_good_can_be_interrupted(opened: Open) -> None:
    for name in ("sleep_for_good", "ticks_for_good"):
        answers = iter([False, False, False, True])
        debugger = opened(name, lambda _, answers=answers: next(answers))
        assert debugger.resume().why is Why.INTERRUPTED
        assert next(answers, None) is None


def test_a_step_range_ends_outside_of_it(opened: Open) -> None:
    debugger = opened("supervisor_call")
    assert debugger.step_through(START, START + 4).why is Why.STEPPED
    assert debugger.read_register("pc") == START + 4
    debugger.set_breakpoint(label("supervisor_call", "on_11") + 4)
    assert debugger.step_through(START, FLASH + 0x10000).why is Why.BREAKPOINT
    assert debugger.read_register("pc") == label("supervisor_call", "on_11") + 4


def test_registers_and_memory_can_be_written(opened: Open) -> None:
    debugger = opened("supervisor_call")
    debugger.set_breakpoint(label("supervisor_call", "exit"))
    debugger.resume()
    for name, value in (("r4", 42), ("s5", 0x3F80_0000), ("primask", 1), ("psp", 0x2000_4000)):
        debugger.write_register(name, value)
        assert debugger.read_register(name) == value
    debugger.write_memory(STACK - 9, b"abcde")
    assert debugger.read_memory(STACK - 10, 7)[1:6] == b"abcde"
    assert debugger.resume().exit_code == 42
    with pytest.raises(LookupError):
        debugger.read_memory(0x3000_0000, 4)
    with pytest.raises(LookupError):
        debugger.write_memory(0x3000_0000, b"x")


def test_moving_pc_wakes_a_sleeping_core(opened: Open) -> None:
    debugger = opened("sleep_for_good", lambda timeout_s: timeout_s > 0)
    assert debugger.resume().why is Why.INTERRUPTED
    debugger.write_register("pc", START)
    assert debugger.step().why is Why.STEPPED


def test_looking_at_a_serial_port_takes_no_byte_from_it(opened: Open) -> None:
    debugger = opened("poll_echo")
    debugger.processor.feed(b"x")
    receive_data = 0x4001_1024
    assert [debugger.read_memory(receive_data, 4)[0] for _ in range(3)] == [ord("x")] * 3
    assert debugger.read_memory(0xE000_ED00, 4) == machine().cpuid.to_bytes(4, "little")


def test_flash_is_programmed_by_the_debugger_and_stays_over_a_reset(opened: Open) -> None:
    debugger = opened("supervisor_call")
    other = PROGRAMS["it_block"]
    with pytest.raises(LookupError):
        debugger.write_flash(0x2000_0000, b"x")
    debugger.erase_flash(START, 0x100)
    assert debugger.read_memory(START, 4) == b"\xff" * 4
    debugger.write_flash(START, other.code)
    handler = START + other.labels["on_11"] | 1
    debugger.write_flash(FLASH + 4 * 11, handler.to_bytes(4, "little"))
    debugger.reset()
    halt = debugger.resume()
    assert halt.why is Why.EXIT and halt.exit_code == run("it_block").exit_code


def test_flash_that_does_not_answer_yet_is_programmed_and_stays_over_a_reset(opened: Open) -> None:
    debugger = opened("qspi")
    debugger.write_flash(0x9000_0000, (0x1234).to_bytes(4, "little"))
    with pytest.raises(LookupError):
        debugger.read_memory(0x9000_0000, 4)
    debugger.reset()
    halt = debugger.resume()
    assert halt.why is Why.EXIT and halt.exit_code == 0x1234
    assert debugger.read_memory(0x9000_0000, 4) == b"\x34\x12\0\0"
