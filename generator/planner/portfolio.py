"""The default planner."""

from __future__ import annotations

from ..errors import DoesNotFitError
from ..model.memory import Allocation, PlanProblem
from .one_pool import pack_pool
from .packing import pack
from .pools import assign
from .solution import Budget, Solution


def portfolio(problem: PlanProblem, budget: Budget) -> Solution:
    """One pool: greedy orders, then search (``one_pool``). Several: spread over them first (``pools``)."""
    if len(problem.pools) != 1:
        return assign(problem, budget)
    pool = problem.pools[0]
    packing = pack(problem.buffers, pool)
    packed = pack_pool(packing, pool.size_bytes, budget)
    if pool.size_bytes is not None and packed.peak_bytes > pool.size_bytes:
        certain = packed.proved_bytes > pool.size_bytes
        raise DoesNotFitError(
            f"{'no plan' if certain else 'no plan found'} fits its {pool.size_bytes} bytes: the best takes "
            f"{packed.peak_bytes}, none takes less than {packed.proved_bytes}",
            where=f"pool {pool.name!r}",
            hint=f"enlarge the pool by {packed.peak_bytes - pool.size_bytes} bytes"
            + ("" if certain else ", or raise the budget"),
        )
    places = zip(packing.names, packed.offsets, strict=True)
    return Solution(
        tuple(Allocation(name, pool.name, offset) for name, offset in places),
        {pool.name: packed.proved_bytes},
    )
