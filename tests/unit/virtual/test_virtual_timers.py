"""SysTick and the cycle counter against counters that count one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from generator.virtual.timers import CycleCounter, SysTick

ENABLE, TICKINT, CORE_CLOCK, COUNTFLAG = 1, 2, 4, 1 << 16


def started(reload: int, control: int = ENABLE | TICKINT | CORE_CLOCK, divider: int = 8) -> SysTick:
    timer = SysTick(divider)
    timer.write_reload(reload, 0)
    timer.clear(0)
    timer.write_control(control, 0)
    return timer


@given(st.integers(1, 20), st.lists(st.integers(0, 30), max_size=20), st.booleans())
def test_value_and_interrupts_follow_a_counter_that_counts(
    reload: int, steps: list[int], core_clock: bool
) -> None:
    divider = 1 if core_clock else 8
    timer = started(reload, ENABLE | TICKINT | (CORE_CLOCK if core_clock else 0))
    naive = now = 0
    for step in steps:
        due = False
        for _ in range(step):
            now += 1
            if now % divider == 0:
                naive = reload if naive == 0 else naive - 1
                due = due or naive == 0
        assert timer.advance(now) == due
        assert timer.value(now) == naive


def test_next_interrupt_is_when_it_comes() -> None:
    timer = started(999)
    assert timer.next_interrupt() == 1000
    assert not timer.advance(999)
    assert timer.advance(1000)
    assert timer.next_interrupt() == 2000


def test_flag_is_set_at_zero_and_cleared_by_reading() -> None:
    timer = started(9)
    timer.advance(10)
    assert timer.read_control() & COUNTFLAG
    assert not timer.read_control() & COUNTFLAG


def test_no_interrupt_without_its_bit_but_a_flag() -> None:
    timer = started(9, ENABLE | CORE_CLOCK)
    assert timer.next_interrupt() is None
    assert not timer.advance(10)
    assert timer.read_control() & COUNTFLAG


def test_stopped_counter_keeps_its_value() -> None:
    timer = started(99)
    timer.advance(40)
    timer.write_control(0, 40)
    assert timer.value(1000) == timer.value(40) == 60
    timer.write_control(ENABLE | CORE_CLOCK, 1000)
    assert timer.value(1010) == 50


def test_new_reload_value_counts_from_the_next_round() -> None:
    timer = started(99)
    timer.advance(50)
    timer.write_reload(9, 50)
    assert timer.next_interrupt() == 100
    timer.advance(100)
    assert timer.next_interrupt() == 110


def test_reload_of_zero_does_not_count() -> None:
    timer = started(0)
    assert timer.next_interrupt() is None
    assert timer.value(500) == 0


def test_missed_rounds_raise_one_interrupt() -> None:
    timer = started(9)
    assert timer.advance(105)
    assert timer.next_interrupt() == 110


def test_cycle_counter_counts_while_enabled_modulo_a_word() -> None:
    cycles = CycleCounter()
    assert cycles.value(50) == 0
    cycles.enable(True, 100)
    assert cycles.value(130) == 30
    cycles.set(0xFFFF_FFF0, 200)
    assert cycles.value(0x20 + 200) == 0x10
    cycles.enable(False, 300)
    assert cycles.value(900) == cycles.value(300)
