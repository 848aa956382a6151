"""Which exception runs next: checked against the rules of the architecture, and against a naive search."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from generator.virtual.nvic import (
    HARD_FAULT,
    NMI,
    NO_MASKS,
    PENDSV,
    SYSTICK,
    THREAD_PRIORITY,
    ExceptionController,
    Masks,
)
from generator.virtual.nvic_registers import NvicRegisters


def controller() -> ExceptionController:
    return ExceptionController(interrupts=98, priority_bits=4)


def test_priorities_keep_their_implemented_bits_only() -> None:
    nvic = controller()
    nvic.set_priority(16, 0xFF)
    assert nvic.priority(16) == 0xF0


def test_equal_priorities_go_by_number() -> None:
    nvic = controller()
    nvic.pending |= {SYSTICK, PENDSV}
    assert nvic.next_exception(NO_MASKS) == PENDSV


def test_disabled_interrupt_stays_pending() -> None:
    nvic = controller()
    nvic.pending.add(20)
    assert nvic.next_exception(NO_MASKS) == 0
    nvic.enabled.add(20)
    assert nvic.next_exception(NO_MASKS) == 20


def test_subpriority_orders_but_does_not_preempt() -> None:
    nvic = controller()
    nvic.group_bits = 5
    nvic.set_priority(16, 0x50)
    nvic.set_priority(17, 0x40)
    nvic.enabled |= {16, 17}
    nvic.pending |= {16, 17}
    assert nvic.next_exception(NO_MASKS) == 17
    nvic.enter(17)
    assert nvic.next_exception(NO_MASKS) == 0
    nvic.set_priority(16, 0x30)
    assert nvic.next_exception(NO_MASKS) == 16


def test_masks_leave_the_fixed_priorities_alone() -> None:
    nvic = controller()
    nvic.pending.add(NMI)
    assert nvic.next_exception(Masks(faultmask=1)) == NMI
    nvic.pending = {HARD_FAULT}
    assert nvic.next_exception(Masks(primask=1)) == HARD_FAULT
    assert nvic.next_exception(Masks(faultmask=1)) == 0


def test_sleeper_wakes_for_what_only_primask_holds_back() -> None:
    nvic = controller()
    nvic.set_priority(SYSTICK, 0x80)
    nvic.pending.add(SYSTICK)
    assert nvic.wakes(Masks(primask=1))
    assert not nvic.wakes(Masks(primask=1, basepri=0x40))


def test_level_that_stays_high_pends_again() -> None:
    nvic = controller()
    nvic.enabled.add(53)
    nvic.set_level(53, True)
    nvic.enter(53)
    assert nvic.next_exception(NO_MASKS) == 0
    nvic.leave(53)
    assert nvic.next_exception(NO_MASKS) == 53
    nvic.set_level(53, False)
    assert nvic.next_exception(NO_MASKS) == 0


@given(
    st.dictionaries(st.integers(16, 40), st.integers(0, 255), min_size=1),
    st.sets(st.integers(16, 40), max_size=3),
    st.integers(0, 255),
    st.integers(0, 7),
)
def test_next_exception_is_the_naive_one(
    pending: dict[int, int], active: set[int], basepri: int, group_bits: int
) -> None:
    nvic = controller()
    nvic.group_bits = group_bits
    for number, priority in pending.items():
        nvic.set_priority(number, priority)
    nvic.enabled |= set(pending)
    nvic.pending |= set(pending)
    nvic.active |= active

    group_size = 2 << group_bits

    def group(number: int) -> int:
        return nvic.priority(number) // group_size

    limits = [group(number) for number in active]
    if basepri & 0xF0:
        limits.append((basepri & 0xF0) // group_size)
    first = sorted(pending, key=lambda number: (nvic.priority(number), number))[0]
    expected = first if all(group(first) < limit for limit in limits) else 0
    assert nvic.next_exception(Masks(basepri=basepri)) == expected


def test_nothing_active_means_thread_priority() -> None:
    assert controller().execution_priority(NO_MASKS) == THREAD_PRIORITY


def test_registers_set_clear_and_report() -> None:
    nvic = controller()
    registers = NvicRegisters(nvic)
    registers.write(0xE104, 1 << 5)
    assert nvic.enabled >= {16 + 37}
    assert registers.read(0xE184) == 1 << 5
    registers.write(0xE200, 0b110)
    registers.write(0xE280, 0b010)
    assert registers.read(0xE200) == 0b100
    registers.write(0xE184, 0xFFFFFFFF)
    assert registers.read(0xE104) == 0


def test_registers_of_absent_interrupts_read_as_zero() -> None:
    registers = NvicRegisters(controller())
    registers.write(0xE10C, 0xFFFFFFFF)
    assert registers.read(0xE10C) == 0b11
    registers.write(0xE4EC, 0xFFFFFFFF)
    assert registers.read(0xE4EC) == 0


def test_priority_registers_hold_four_interrupts() -> None:
    registers = NvicRegisters(controller())
    registers.write(0xE404, 0x12345678)
    assert registers.read(0xE404) == 0x10305070
