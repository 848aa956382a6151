"""Several pools: what goes where, with scipy and without."""

from __future__ import annotations

import sys
from random import Random

import pytest
from msgspec.structs import replace

from generator.errors import DoesNotFitError
from generator.model.memory import Buffer, MemoryPlan, PlanProblem, Pool
from generator.planner import plan

POOLS = (Pool("dtcm", 4_096, 32, 1.0), Pool("sram", 16_384, 16, 2.5), Pool("sdram", None, 32, 9.0))


def random_problem(count: int, seed: int = 1) -> PlanProblem:
    draw = Random(seed)
    buffers = []
    for i in range(count):
        size = draw.randrange(16, 4_000)
        buffers.append(
            Buffer(f"b{i}", size, (i, i + 1 + draw.randrange(3)), 16, accesses=size * draw.randrange(1, 9))
        )
    return PlanProblem(tuple(buffers), POOLS)


def pools_of(result: MemoryPlan) -> dict[str, str]:
    return {a.buffer: a.pool for a in result.allocations}


@pytest.fixture
def without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("scipy", "scipy.optimize", "scipy.sparse"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "generator.planner.assignment", raising=False)


def test_what_is_used_most_lives_in_the_fastest_pool() -> None:
    buffers = (
        Buffer("cold", 3_000, (0, 4), accesses=10),
        Buffer("hot", 3_000, (1, 3), accesses=1_000),
        Buffer("dma", 2_000, (0, 4), pools=("sram", "sdram"), accesses=9_999),
    )
    result = plan(PlanProblem(buffers, POOLS))
    assert pools_of(result) == {"cold": "sram", "hot": "dtcm", "dma": "sram"}
    assert result.access_certificate == "optimal (meets the lower bound)"


def test_of_pools_with_equal_cost_the_preferred_one_is_taken() -> None:
    pools = (Pool("one", 1_000), Pool("two", 1_000))
    result = plan(PlanProblem((Buffer("a", 64, (0, 1), pools=("two", "one")),), pools))
    assert pools_of(result) == {"a": "two"}


def test_read_only_buffers_may_live_in_read_only_pools() -> None:
    pools = (Pool("flash", 1_000, access_cost=0.5, read_only=True), Pool("sram", 1_000))
    buffers = (Buffer("weights", 100, (0, 9), read_only=True), Buffer("activation", 100, (0, 9)))
    assert pools_of(plan(PlanProblem(buffers, pools))) == {"weights": "flash", "activation": "sram"}


def test_fixed_buffers_count_in_their_pool() -> None:
    buffers = (
        Buffer("held", 4_000, (0, 9), 32, fixed=("dtcm", 0)),
        Buffer("hot", 3_000, (0, 9), accesses=99),
    )
    assert pools_of(plan(PlanProblem(buffers, POOLS))) == {"held": "dtcm", "hot": "sram"}


def test_a_hundred_buffers_are_spread_at_the_least_cost() -> None:
    pytest.importorskip("scipy")
    result = plan(random_problem(100))
    assert result.access_certificate == "optimal (meets the lower bound)"


@pytest.mark.usefixtures("without_scipy")
def test_without_scipy_local_search_spreads_and_claims_no_more_than_it_knows() -> None:
    result = plan(random_problem(100))
    assert result.access_cost is not None
    assert result.access_cost_bound is not None
    assert result.access_cost_bound < result.access_cost
    assert (result.access_certificate or "").startswith("gap")


#: by load any two of these fit the fast pool, but one above the other the large ones take 64 + 64 + 70 bytes
CROWD = PlanProblem(
    (
        Buffer("large 1", 70, (0, 2), 64, accesses=5),
        Buffer("large 2", 70, (0, 2), 64, accesses=5),
        Buffer("small", 20, (0, 2), 4, accesses=1),
    ),
    (Pool("fast", 150, 4, 1.0), Pool("slow", None, 4, 2.0)),
)


def test_buffers_that_do_not_fit_together_are_parted_at_the_least_cost() -> None:
    pytest.importorskip("scipy")
    result = plan(CROWD)
    assert sorted(pools_of(result).items())[2] == ("small", "fast")
    assert result.access_cost == 5 * 1.0 + 5 * 2.0 + 1 * 1.0
    assert result.access_certificate == "optimal (meets the lower bound)"


@pytest.mark.usefixtures("without_scipy")
def test_without_scipy_what_an_overfull_pool_cannot_hold_moves_on() -> None:
    result = plan(CROWD)
    assert result.access_cost == 5 * 1.0 + 5 * 2.0 + 1 * 1.0
    assert (result.access_certificate or "").startswith("gap")


def dense_problem(seed: int) -> PlanProblem:
    """Sixty buffers with long lives, so that what fits a pool by load alone seldom fits it."""
    draw = Random(seed)
    buffers = []
    for i in range(60):
        first, end = sorted(draw.sample(range(61), 2))
        size = draw.randrange(64, 4_096)
        buffers.append(Buffer(f"b{i}", size, (first, end), accesses=size * draw.randrange(1, 9)))
    return PlanProblem(
        tuple(buffers), (Pool("dtcm", 8_192, 32, 1.0), Pool("sram", 24_576, 16, 2.5), POOLS[2])
    )


@pytest.mark.parametrize("seed", range(6))
def test_dense_problems_come_near_their_bound(seed: int) -> None:
    pytest.importorskip("scipy")
    problem = dense_problem(seed)
    result = plan(problem)
    assert result.access_cost is not None
    assert result.access_cost_bound is not None
    assert result.access_cost <= 1.05 * result.access_cost_bound
    assert result.access_cost < (plan(problem, "greedy_by_size").access_cost or 0)


def test_room_in_a_crowded_pool_leads_to_a_cheaper_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("scipy")
    problem = dense_problem(0)
    with_room = plan(problem).access_cost
    monkeypatch.setattr("generator.planner.pools.ROOM_PERCENT", ())
    without = plan(problem).access_cost
    assert with_room is not None and without is not None and with_room < without


@pytest.mark.usefixtures("without_scipy")
@pytest.mark.parametrize("seed", range(3))
def test_dense_problems_without_scipy_are_no_worse_than_greedy(seed: int) -> None:
    problem = dense_problem(seed)
    assert (plan(problem).access_cost or 0) <= (plan(problem, "greedy_by_size").access_cost or 0)


def test_a_buffer_proved_too_much_for_a_pool_is_not_moved_back_for_preference() -> None:
    pytest.importorskip("scipy")
    preferred = tuple(replace(buffer, pools=("fast", "slow")) for buffer in CROWD.buffers)
    pools = (Pool("fast", 150, 4, 1.0), Pool("slow", None, 4, 1.0))
    assert "slow" in pools_of(plan(PlanProblem(preferred, pools))).values()


#: 240 bytes in pools of 300 together, of which each holds one buffer only
THREE_IN_TWO = PlanProblem(
    tuple(Buffer(f"b{i}", 80, (0, 2)) for i in range(3)), (Pool("one", 150), Pool("two", 150))
)


def test_what_no_assignment_can_hold_is_proved_impossible() -> None:
    pytest.importorskip("scipy")
    with pytest.raises(DoesNotFitError, match="cannot be spread over these pools, whatever their offsets"):
        plan(THREE_IN_TWO)


@pytest.mark.usefixtures("without_scipy")
def test_without_scipy_the_buffer_without_room_is_named() -> None:
    with pytest.raises(
        DoesNotFitError, match="buffer 'b0': portfolio found no room for its 80 bytes"
    ) as caught:
        plan(THREE_IN_TWO)
    assert caught.value.hint == "enlarge a pool or allow the buffer another one"
