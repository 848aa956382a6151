"""The default planner."""

from __future__ import annotations

from generator.wording import counted

from ..errors import DoesNotFitError
from ..model.memory import Allocation, PlanProblem
from .one_pool import pack_pool
from .packing import pack
from .pools import assign
from .solution import Budget, Solution


def portfolio(problem: PlanProblem, budget: Budget) -> Solution:
    """One pool: greedy orders, then search (``one_pool``). Several: spread over them first (``pools``).

    Raises DoesNotFitError with the best peak found and the bytes that no plan can do without.
    """
    if len(problem.pools) != 1:
        return assign(problem, budget)
    pool = problem.pools[0]
    packing = pack(problem.buffers, pool)
    packed = pack_pool(packing, pool.size_bytes, budget)
    if pool.size_bytes is not None and packed.peak_bytes > pool.size_bytes:
        certain = packed.proved_bytes > pool.size_bytes
        raise DoesNotFitError(
            f"{'no plan' if certain else 'no plan found'} fits its {counted(pool.size_bytes, 'byte')}: the best "
            f"takes {packed.peak_bytes}, and none can take less than {packed.proved_bytes}",
            where=f"pool {pool.name!r}",
            hint=f"enlarge the pool by {counted(packed.peak_bytes - pool.size_bytes, 'byte')}"
            + ("" if certain else ", or raise --effort"),
        )
    places = zip(packing.names, packed.offsets, strict=True)
    return Solution(
        tuple(Allocation(name, pool.name, offset) for name, offset in places),
        {pool.name: packed.proved_bytes},
    )
