"""The core's own registers."""

from __future__ import annotations

import pytest
from virtual_bench import machine

from generator.virtual.nvic import BUS_FAULT, PENDSV, SYSTICK, ExceptionController
from generator.virtual.system import SystemSpace


class Bench:
    def __init__(self) -> None:
        self.now = 0
        description = machine()
        self.controller = ExceptionController(description.interrupts, description.priority_bits)
        self.space = SystemSpace(description, self.controller, lambda: self.now, lambda: 0)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_identity_and_cache_sizes(bench: Bench) -> None:
    assert bench.space.read(0xED00) == 0x410FC271
    assert bench.space.read(0xED80) == 0xF003E019  # 4 KB of data cache: 32 sets, 4 ways, 32-byte lines
    bench.space.write(0xED84, 1)
    assert bench.space.read(0xED80) == 0xF007E009  # 4 KB of instruction cache: 64 sets, 2 ways


def test_vector_table_moves_in_steps_of_128(bench: Bench) -> None:
    assert bench.space.read(0xED08) == 0x00200000
    bench.space.write(0xED08, 0x080001FF)
    assert bench.space.vector_table == 0x08000180


def test_grouping_needs_its_key(bench: Bench) -> None:
    bench.space.write(0xED0C, 0x00000300)
    assert bench.controller.group_bits == 0
    bench.space.write(0xED0C, 0x05FA0300)
    assert bench.controller.group_bits == 3
    assert bench.space.read(0xED0C) == 0xFA050300
    assert not bench.space.reset_requested


def test_pend_and_unpend_through_icsr(bench: Bench) -> None:
    bench.space.write(0xED04, 1 << 28)
    bench.space.write(0xED04, 1 << 26)
    assert bench.controller.pending == {PENDSV, SYSTICK}
    assert bench.space.read(0xED04) & (1 << 28 | 1 << 26) == 1 << 28 | 1 << 26
    assert bench.space.read(0xED04) >> 12 & 0x1FF == PENDSV
    bench.space.write(0xED04, 1 << 27)
    assert bench.controller.pending == {SYSTICK}


def test_fault_handlers_are_enabled_through_shcsr(bench: Bench) -> None:
    assert BUS_FAULT not in bench.controller.enabled
    bench.space.write(0xED24, 1 << 17)
    assert BUS_FAULT in bench.controller.enabled
    assert bench.space.read(0xED24) == 1 << 17


def test_status_bits_are_cleared_by_ones(bench: Bench) -> None:
    bench.space.cfsr = 0x00030100
    bench.space.write(0xED28, 0x00010000)
    assert bench.space.read(0xED28) == 0x00020100
    assert bench.space.peek(0xED28) == 0


def test_system_priorities_are_bytes_of_words(bench: Bench) -> None:
    bench.space.write(0xED20, 0xFFE00000)
    assert bench.controller.priority(PENDSV) == 0xE0
    assert bench.controller.priority(SYSTICK) == 0xF0
    assert bench.space.read(0xED20) == 0xF0E00000


@pytest.mark.parametrize(
    ("access", "enabled"), [(0b0000, False), (0b0011, False), (0b0101, True), (0b1111, True)]
)
def test_fpu_is_on_with_access_to_both_coprocessors(bench: Bench, access: int, enabled: bool) -> None:
    bench.space.write(0xED88, access << 20)
    assert bench.space.fpu_enabled == enabled
    assert bench.space.code_changed


def test_systick_becomes_pending_when_due(bench: Bench) -> None:
    bench.space.write(0xE014, 99)
    bench.space.write(0xE018, 0)
    bench.space.write(0xE010, 7)
    bench.now = 99
    bench.space.advance()
    assert not bench.controller.pending
    bench.now = 100
    bench.space.advance()
    assert bench.controller.pending == {SYSTICK}


def test_cycle_counter_needs_trace_and_its_own_enable(bench: Bench) -> None:
    bench.space.write(0x1000, 1)
    bench.now = 50
    assert bench.space.read(0x1004) == 0
    bench.space.write(0xEDFC, 1 << 24)
    bench.now = 80
    assert bench.space.read(0x1004) == 30


def test_cycle_counter_stands_still_while_the_core_sleeps(bench: Bench) -> None:
    bench.space.write(0xEDFC, 1 << 24)
    bench.space.write(0x1000, 1)
    bench.now, bench.space.slept_cycles = 1000, 900
    assert bench.space.read(0x1004) == 100


def test_memory_protection_registers_keep_their_values(bench: Bench) -> None:
    assert bench.space.read(0xED90) == 8 << 8
    bench.space.write(0xED9C, 0x20000000)
    assert bench.space.read(0xED9C) == 0x20000000


def test_unknown_registers_are_not_handled(bench: Bench) -> None:
    assert bench.space.handles(0xED00)
    assert not bench.space.handles(0x0000)
    assert not bench.space.handles(0xEE00)


def test_caches_are_absent_when_described_so() -> None:
    bench = Bench()
    from msgspec.structs import replace

    plain = replace(machine(), data_cache_bytes=0, instruction_cache_bytes=0)
    space = SystemSpace(plain, bench.controller, lambda: 0, lambda: 0)
    assert space.read(0xED78) == 0
    assert space.read(0xED80) == 0
