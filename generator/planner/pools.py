"""Several pools: which buffer lives in which, lexicographically.

1. Capacities and the pools each buffer may live in.
2. The sum of accesses x access cost.
3. The pools a buffer prefers, then each pool's peak.

The cheapest assignment by load comes from a mixed integer program where scipy is installed, from local search
where it is not; then each pool is packed by itself. A pool that cannot be packed has its load limit lowered
and what loses least leaves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..model.memory import Allocation, PlanProblem
from .greedy import Board, by_size, first_fit
from .packing import pack
from .single import Packed, pack_pool
from .solution import Budget, Solution
from .spread import Spread, local_search, prefer, relieve

#: how often the limit of a pool that could not be packed is lowered
ATTEMPTS = 8
#: search nodes for each pool of an attempt
ATTEMPT_NODES = 4_000


def assign(problem: PlanProblem, budget: Budget) -> Solution:
    """Spread the buffers over the pools and pack each; DoesNotFitError when no way is found."""
    if not problem.buffers:
        return Solution(())
    spread = Spread(problem)
    limits = list(spread.limits)
    trial = replace(
        budget,
        fit_nodes=min(budget.fit_nodes, ATTEMPT_NODES),
        improve_steps=budget.improve_steps // (2 * len(problem.pools)),
    )
    assignment, bound = _assignment(spread, limits, budget)
    for _ in range(ATTEMPTS):
        if assignment is None:
            break
        packed = _pack_each(spread, assignment, trial)
        short = [p for p, result in packed.items() if _over(spread, p, result) > 0]
        if not short:
            return _solution(spread, assignment, packed, bound)
        for p in short:
            limit = limits[p]
            if limit is not None:
                limits[p] = limit - max(_over(spread, p, packed[p]) // 4, limit // 200)
        assignment = relieve(spread, assignment, limits)
    board = Board(problem)
    solution = board.solution(board.place(board.order(by_size), first_fit), "portfolio")
    return replace(solution, access_cost_bound=bound)


def _assignment(
    spread: Spread, limits: Sequence[int | None], budget: Budget
) -> tuple[list[int] | None, float]:
    """A cheap loose assignment, or None, and a bound on the cost of every loose assignment."""
    found, bound = local_search(spread, limits), spread.least_cost()
    if found is None or spread.cost(found) > bound:
        try:
            from .assignment import cheapest
        except ImportError:
            pass
        else:
            best = cheapest(spread, limits, max(1, budget.assign_steps // len(spread.buffers)))
            bound = bound if best.impossible else best.bound
            if best.pools is not None and (found is None or spread.cost(best.pools) < spread.cost(found)):
                found = best.pools
    return None if found is None else prefer(spread, found, limits), bound


def _pack_each(spread: Spread, assignment: Sequence[int], budget: Budget) -> dict[int, Packed]:
    packed = {}
    for p, pool in enumerate(spread.pools):
        residents = [buffer for buffer, at in zip(spread.buffers, assignment, strict=True) if at == p]
        if residents:
            packed[p] = pack_pool(pack(residents, pool), pool.size_bytes, budget)
    return packed


def _over(spread: Spread, p: int, packed: Packed) -> int:
    size = spread.pools[p].size_bytes
    return 0 if size is None else packed.peak_bytes - size


def _solution(spread: Spread, assignment: Sequence[int], packed: dict[int, Packed], bound: float) -> Solution:
    allocations = []
    for p, result in packed.items():
        pool = spread.pools[p]
        # both list the residents in canonical order
        residents = [buffer.name for buffer, at in zip(spread.buffers, assignment, strict=True) if at == p]
        places = zip(residents, result.offsets, strict=True)
        allocations += [Allocation(name, pool.name, offset) for name, offset in places]
    proved = {spread.pools[p].name: result.proved_bytes for p, result in packed.items()}
    return Solution(tuple(allocations), proved, bound)
