"""Several pools: which buffer lives in which, lexicographically.

1. Capacities and the pools each buffer may live in.
2. The sum of accesses x access cost.
3. The pools a buffer prefers, then each pool's peak.

The cheapest assignment by load comes from a mixed integer program where scipy is installed, from local search
where it is not; then each pool is packed by itself. Buffers proved not to fit a pool together are told to the
program, which is solved again; from a pool that merely could not be packed buffers move on (``settle``), and
assignments that leave it some room are tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import DoesNotFitError
from ..model.memory import Allocation, PlanProblem
from .bounds import lower_bound
from .greedy import Board, by_size, first_fit
from .packing import pack
from .settle import settle
from .single import Packed, pack_pool
from .solution import Budget, Solution
from .spread import Spread, local_search, prefer

if TYPE_CHECKING:
    from .assignment import Assignment

#: how many sets of buffers that do not fit together are told to the program
CUTS = 2
#: how much of a pool is given away where all of it could not be packed; the more, the easier to pack
ROOM_PERCENT = (95, 90)
#: how far above its bound a cost may stay without further attempts
NEAR = 0.01
#: search nodes for each pool of an attempt
ATTEMPT_NODES = 4_000


def assign(problem: PlanProblem, budget: Budget) -> Solution:
    """Spread the buffers over the pools and pack each; DoesNotFitError when no way is found."""
    if not problem.buffers:
        return Solution(())
    spread = Spread(problem)
    trial = replace(
        budget,
        fit_nodes=min(budget.fit_nodes, ATTEMPT_NODES),
        improve_steps=budget.improve_steps // (2 * len(problem.pools)),
    )
    quick = replace(budget, assign_steps=budget.assign_steps // 20)
    assignment, bound = _assignment(spread, budget)
    packed: dict[int, Packed] = {}
    for cuts_left in reversed(range(CUTS + 1)):
        if assignment is None:
            break
        packed = _pack_each(spread, assignment, trial)
        short = [p for p, result in packed.items() if _over(spread, p, result) > 0]
        if not short:
            return _solution(spread, assignment, packed, bound)
        if not cuts_left or not all(_over_for_certain(spread, p, packed[p]) for p in short):
            break
        spread.cuts += [(p, _crowd(spread, assignment, p)) for p in short]
        better = _solved(spread, quick)
        if better is None or better.pools is None:
            break
        assignment, bound = prefer(spread, better.pools), max(bound, better.bound)
    settled = None if assignment is None else _settled(spread, assignment, packed, bound, quick, trial)
    if settled is not None:
        return _solution(spread, *settled, bound)
    board = Board(problem)
    solution = board.solution(
        board.place(board.order(by_size), first_fit),
        "portfolio",
        "enlarge a pool or allow the buffer another one",
    )
    return replace(solution, access_cost_bound=bound)


def _assignment(spread: Spread, budget: Budget) -> tuple[list[int] | None, float]:
    """A cheap loose assignment, or None when none is found, and a bound on the cost of every plan."""
    found, bound = local_search(spread), spread.least_cost()
    if found is None or spread.cost(found) > bound:
        best = _solved(spread, budget)
        if best is not None:
            bound = max(bound, best.bound)
            if best.pools is not None and (found is None or spread.cost(best.pools) < spread.cost(found)):
                found = best.pools
    return None if found is None else prefer(spread, found), bound


def _settled(
    spread: Spread,
    assignment: list[int],
    packed: dict[int, Packed],
    bound: float,
    quick: Budget,
    trial: Budget,
) -> tuple[list[int], dict[int, Packed]] | None:
    """The cheapest plan found near ``assignment``, of which ``packed`` exceeds some pools, or near the cheapest
    assignments that leave those pools a part of their room; None when none is found."""
    best = settle(spread, assignment, packed, trial)
    crowded = {p for p, result in packed.items() if _over(spread, p, result) > 0}
    for percent in ROOM_PERCENT:
        if best is not None and spread.cost(best[0]) <= bound * (1 + NEAR):
            break
        tighter = copy(spread)
        tighter.limits = [
            limit * percent // 100 & -spread.units[p] if limit is not None and p in crowded else limit
            for p, limit in enumerate(spread.limits)
        ]
        answer = _cheapest(tighter, quick)
        found = local_search(tighter) if answer is None else answer.pools
        if found is None:
            continue
        other = settle(spread, found, _pack_each(spread, found, trial), trial)
        if other is not None and (best is None or spread.cost(other[0]) < spread.cost(best[0])):
            best = other
    return best


def _cheapest(spread: Spread, budget: Budget) -> Assignment | None:
    """The mixed integer program's answer, or None without scipy."""
    try:
        from .assignment import cheapest
    except ImportError:
        return None
    return cheapest(spread, max(1, budget.assign_steps // len(spread.buffers)))


def _solved(spread: Spread, budget: Budget) -> Assignment | None:
    """The same; DoesNotFitError when it is proved that there is no assignment."""
    answer = _cheapest(spread, budget)
    if answer is not None and answer.impossible:
        raise DoesNotFitError(
            "the buffers cannot be spread over these pools, whatever their offsets",
            where=f"pools {', '.join(repr(pool.name) for pool in spread.pools)}",
            hint="enlarge a pool or allow some buffers another one",
        )
    return answer


def _over_for_certain(spread: Spread, p: int, packed: Packed) -> bool:
    size = spread.pools[p].size_bytes
    return size is not None and packed.proved_bytes > size


def _crowd(spread: Spread, assignment: Sequence[int], p: int) -> tuple[int, ...]:
    """Buffers that were proved not to fit pool ``p`` together: a clique where one tells, else all in it."""
    residents = [i for i, at in enumerate(assignment) if at == p]
    pool = spread.pools[p]
    bound = lower_bound(pack([spread.buffers[i] for i in residents], pool))
    if pool.size_bytes is not None and bound.size_bytes > pool.size_bytes:
        return tuple(residents[k] for k in bound.members)
    return tuple(residents)


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
