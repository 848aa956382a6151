"""The default planner: the cheapest method that can prove its plan, and the best plan found when none can."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import DoesNotFitError
from ..model.memory import Allocation, PlanProblem
from .bounds import lower_bound
from .family import family
from .packing import Packing, pack
from .pools import assign
from .solution import Budget, Solution


@dataclass(frozen=True)
class Packed:
    """One pool's result: offsets in bytes by buffer index, and the peak below which there is proved to be
    none (0 where nothing is proved)."""

    offsets: tuple[int, ...]
    proved_bytes: int = 0


def portfolio(problem: PlanProblem, budget: Budget) -> Solution:
    """Spread over the pools, then pack each pool on its own."""
    if len(problem.pools) > 1:
        return assign(problem, budget)
    pool = problem.pools[0]
    packing = pack(problem.buffers, pool)
    packed = pack_pool(packing, pool.size_bytes, budget)
    if pool.size_bytes is not None and packing.peak(packed.offsets) > pool.size_bytes:
        raise DoesNotFitError(
            f"the best plan found needs {packing.peak(packed.offsets)} bytes and there are {pool.size_bytes}",
            where=f"pool {pool.name!r}",
            hint=f"the lower bound is {lower_bound(packing).size_bytes} bytes; enlarge the pool",
        )
    return Solution(
        tuple(
            Allocation(name, pool.name, at) for name, at in zip(packing.names, packed.offsets, strict=True)
        ),
        {pool.name: packed.proved_bytes},
    )


def pack_pool(packing: Packing, capacity: int | None, budget: Budget) -> Packed:
    """The lowest plan the budget finds, which may be above ``capacity``."""
    goal = lower_bound(packing).size_bytes
    best: list[int] = []
    best_peak: int | None = None
    for offsets in family(packing):
        peak = packing.peak(offsets)
        if best_peak is None or peak < best_peak:
            best, best_peak = offsets, peak
        if peak <= goal:
            break
    return Packed(tuple(best))
