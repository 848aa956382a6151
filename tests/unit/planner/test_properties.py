"""What holds for every planner on every problem."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.model.memory import Buffer, MemoryPlan, PlanProblem
from generator.planner import Budget, plan

from .strategies import one_pool, several_pools

PLANNERS = ["portfolio", "greedy_by_size", "greedy_by_conflicts", "hill_climb"]
#: enough for every branch of the portfolio, little enough for many examples
SMALL = Budget(fit_nodes=2_000, search_steps=20_000, climb_attempts=20, assign_steps=200)


def pressure(problem: PlanProblem) -> int:
    """Greatest sum of live bytes, by trying every instant."""
    last = max(buffer.lifespan[1] for buffer in problem.buffers)
    return max(sum(b.size_bytes for b in problem.buffers if t in instants(b)) for t in range(last))


def instants(buffer: Buffer) -> set[int]:
    return {t for first, end in buffer.intervals for t in range(first, end)}


def assert_valid(result: MemoryPlan) -> None:
    """The validator has passed the plan; this looks again, byte by byte in its own way."""
    at = {a.buffer: a for a in result.allocations}
    pools = {pool.name: pool for pool in result.problem.pools}
    for buffer in result.problem.buffers:
        place = at[buffer.name]
        pool = pools[place.pool]
        assert place.offset_bytes % max(buffer.alignment_bytes, pool.alignment_bytes) == 0
        assert pool.size_bytes is None or place.offset_bytes + buffer.size_bytes <= pool.size_bytes
        assert not buffer.pools or place.pool in buffer.pools
        assert buffer.fixed in (None, (place.pool, place.offset_bytes))
        assert not pool.read_only
    for a, b in combinations(result.problem.buffers, 2):
        together = instants(a) & instants(b)
        if at[a.name].pool == at[b.name].pool and (
            together or a.name in b.conflicts or b.name in a.conflicts
        ):
            low, high = sorted((a, b), key=lambda buffer: at[buffer.name].offset_bytes)
            assert at[low.name].offset_bytes + low.size_bytes <= at[high.name].offset_bytes


@pytest.mark.parametrize("planner", PLANNERS)
@settings(max_examples=60)
@given(problem=one_pool())
def test_plans_are_valid_and_at_least_the_memory_pressure(planner: str, problem: PlanProblem) -> None:
    result = plan(problem, planner, budget=SMALL)
    assert_valid(result)
    use = result.uses[0]
    assert pressure(problem) <= use.lower_bound_bytes <= use.peak_bytes


@pytest.mark.parametrize("planner", PLANNERS)
@settings(max_examples=40)
@given(data=st.data(), problem=st.one_of(one_pool(), several_pools()))
def test_the_order_of_buffers_does_not_matter(
    planner: str, data: st.DataObject, problem: PlanProblem
) -> None:
    shuffled = replace(problem, buffers=tuple(data.draw(st.permutations(problem.buffers))))
    one, other = plan(problem, planner, budget=SMALL), plan(shuffled, planner, budget=SMALL)
    assert {a.buffer: a for a in one.allocations} == {a.buffer: a for a in other.allocations}
    assert one.uses == other.uses


@settings(max_examples=60)
@given(problem=several_pools())
def test_several_pools_are_filled_validly_and_cheaper_than_by_the_greedy_planner(
    problem: PlanProblem,
) -> None:
    result = plan(problem, budget=SMALL)
    assert_valid(result)
    greedy = plan(problem, "greedy_by_size", budget=SMALL)
    assert result.access_cost is not None
    assert greedy.access_cost is not None
    assert result.access_cost_bound is not None
    assert result.access_cost_bound <= min(result.access_cost, greedy.access_cost) * (1 + 1e-9)


@settings(max_examples=60)
@given(problem=one_pool(8))
def test_the_portfolio_is_never_above_the_other_planners(problem: PlanProblem) -> None:
    peaks = {planner: plan(problem, planner, budget=SMALL).uses[0].peak_bytes for planner in PLANNERS}
    assert peaks["portfolio"] <= min(peaks["greedy_by_size"], peaks["greedy_by_conflicts"])
