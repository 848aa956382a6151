"""Plans that are wrong in one way each, which the validator must name."""

from __future__ import annotations

from itertools import combinations
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.errors import PlanError
from generator.model.memory import (
    Allocation,
    Buffer,
    MemoryPlan,
    PlanProblem,
    Pool,
    PoolUse,
    Proof,
    live_together,
)
from generator.planner import Budget, plan, validate_plan

from .strategies import one_pool

PROBLEM = PlanProblem(
    (
        Buffer("a", 64, (0, 2)),
        Buffer("b", 32, (1, 3), 32),
        Buffer("c", 64, (3, 5), pools=("sram",)),
        Buffer("d", 16, (6, 7), conflicts=("c",), fixed=("sram", 96)),
    ),
    (Pool("sram", 256, 16), Pool("rom", 256, read_only=True)),
)
GOOD = MemoryPlan(
    PROBLEM,
    (
        Allocation("a", "sram", 0),
        Allocation("b", "sram", 64),
        Allocation("c", "sram", 0),
        Allocation("d", "sram", 96),
    ),
    (PoolUse("sram", 112, 112, Proof.MEETS_LOWER_BOUND), PoolUse("rom", 0, 0, Proof.MEETS_LOWER_BOUND)),
    "by hand",
)


def moved(name: str, pool: str, offset: int) -> MemoryPlan:
    allocations = tuple(Allocation(name, pool, offset) if a.buffer == name else a for a in GOOD.allocations)
    return replace(GOOD, allocations=allocations)


def with_use(**changes: object) -> MemoryPlan:
    return replace(GOOD, uses=(replace(GOOD.uses[0], **changes), GOOD.uses[1]))  # type: ignore[arg-type]


def test_the_good_plan_passes() -> None:
    validate_plan(GOOD)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            moved("b", "sram", 32),
            r"'a' \[0, 64\) and 'b' \[32, 64\) overlap by 32 bytes in 'sram' while both live in \[1, 2\)",
        ),
        (
            moved("c", "sram", 48),
            r"'c' \[48, 112\) and 'd' \[96, 112\) overlap by 16 bytes .* named as conflicting",
        ),
        (moved("b", "sram", 80), "16 bytes off the buffer's alignment of 32"),
        (moved("a", "sram", 8), "8 bytes off the buffer's alignment of 16"),
        (moved("a", "sram", -16), "16 bytes before the pool"),
        (moved("b", "sram", 256), "ends 32 bytes beyond the pool's 256"),
        (moved("a", "rom", 0), "is written to, and the pool is read-only"),
        (moved("c", "rom", 0), "may be placed only in 'sram'"),
        (moved("d", "sram", 112), "is fixed at offset 96 in pool 'sram'"),
        (moved("a", "flash", 0), "'flash', which is not a pool of the problem"),
        (replace(GOOD, allocations=GOOD.allocations[:-1]), "expected 4 buffers, found 3"),
        (replace(GOOD, allocations=(*GOOD.allocations, GOOD.allocations[0])), "expected 4 buffers, found 5"),
        (replace(GOOD, allocations=GOOD.allocations[::-1]), "expected 'a', found 'd'"),
        (with_use(peak_bytes=96), "is said to peak at 96 bytes, but peaks at 112"),
        (with_use(lower_bound_bytes=96), "with a peak of 112 bytes and a lower bound of 96"),
        (with_use(lower_bound_bytes=128, proof=Proof.GAP), "lower bound of 128"),
        (with_use(proof=Proof.GAP), "'gap'"),
        (replace(GOOD, uses=GOOD.uses[:1]), "use of each pool once and in order"),
        (replace(GOOD, access_cost=3.0), "access cost is said to be 3, but is 4"),
        (replace(GOOD, access_cost=4.0, access_cost_bound=5.0), "below its bound 5"),
    ],
)
def test_each_fault_is_named(wrong: MemoryPlan, message: str) -> None:
    with pytest.raises(PlanError, match=message) as caught:
        validate_plan(wrong)
    assert caught.value.where == "planner 'by hand'"
    assert caught.value.hint


@settings(max_examples=80)
@given(data=st.data(), problem=one_pool())
def test_a_buffer_moved_onto_a_neighbour_is_caught(data: st.DataObject, problem: PlanProblem) -> None:
    """Any mutation: one buffer of a good plan moves onto another that lives at the same time."""
    good = plan(problem, "greedy_by_size", budget=Budget())
    buffers = problem.buffers
    pairs = [
        (i, j)
        for i, a in enumerate(buffers)
        for j, b in enumerate(buffers)
        if i != j and any(max(p[0], q[0]) < min(p[1], q[1]) for p in a.intervals for q in b.intervals)
    ]
    if not pairs:
        return
    i, j = data.draw(st.sampled_from(pairs))
    shift = data.draw(st.integers(0, buffers[j].size_bytes - 1))
    onto = good.allocations[j].offset_bytes + shift
    allocations = list(good.allocations)
    allocations[i] = replace(allocations[i], offset_bytes=onto)
    with pytest.raises(PlanError):
        validate_plan(replace(good, allocations=tuple(allocations)))


@settings(max_examples=200)
@given(data=st.data(), problem=one_pool())
def test_the_judge_finds_what_comparing_every_pair_finds(data: st.DataObject, problem: PlanProblem) -> None:
    buffers = tuple(replace(b, fixed=None, pools=(), alignment_bytes=1) for b in problem.buffers)
    spots = tuple(Allocation(b.name, "p", data.draw(st.integers(0, 500))) for b in buffers)
    wrong = any(
        at.offset_bytes < other.offset_bytes + b.size_bytes
        and other.offset_bytes < at.offset_bytes + a.size_bytes
        and (live_together(a, b) or a.name in b.conflicts or b.name in a.conflicts)
        for (a, at), (b, other) in combinations(zip(buffers, spots, strict=True), 2)
    )
    peak = max(at.offset_bytes + b.size_bytes for b, at in zip(buffers, spots, strict=True))
    uses = (PoolUse("p", peak, peak, Proof.MEETS_LOWER_BOUND),)
    found = None
    try:
        validate_plan(MemoryPlan(PlanProblem(buffers, (Pool("p"),)), spots, uses, "by hand"))
    except PlanError as error:
        found = error
    assert wrong == (found is not None and "overlap by" in found.what)


def test_many_buffers_that_live_one_after_another_are_judged_at_once() -> None:
    """Two hundred million pairs, of which each buffer meets two."""
    buffers = tuple(Buffer(f"b{i}", 16, (i, i + 2)) for i in range(20_000))
    problem = PlanProblem(buffers, (Pool("sram"),))
    allocations = tuple(Allocation(b.name, "sram", 16 * (i % 2)) for i, b in enumerate(buffers))
    uses = (PoolUse("sram", 32, 32, Proof.MEETS_LOWER_BOUND),)
    started = process_time()
    validate_plan(MemoryPlan(problem, allocations, uses, "by hand"))
    assert process_time() - started < 5
