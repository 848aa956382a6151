"""Several pools: which buffer lives in which, lexicographically.

1. Capacities and the pools each buffer may live in.
2. The sum of accesses x access cost.
3. The pools a buffer prefers, then each pool's peak.

The cheapest assignment by load comes from a mixed integer program where scipy is installed, from local search
where it is not; then each pool is packed by itself. Buffers proved not to fit a pool together are passed to the
program, which is solved again; from a pool that merely could not be packed buffers move on (``settle``), and
assignments that leave it some room are tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ..errors import DoesNotFitError
from ..model.memory import Allocation, PlanProblem
from .assignment_problem import AssignmentProblem, local_search, prefer
from .bounds import lower_bound
from .greedy import Board, by_size, first_fit
from .one_pool import Packed, pack_pool
from .packing import pack
from .repair import repair
from .solution import Budget, Solution

if TYPE_CHECKING:
    from .assignment import Assignment

#: how many sets of buffers that do not fit together are passed to the program
CUTS = 2
#: how much of a pool is given away where all of it could not be packed; the more, the easier to pack
ROOM_PERCENT = (95, 90)
#: how far above its bound a cost may stay without further attempts
NEAR = 0.01
#: search nodes for each pool of an attempt
ATTEMPT_NODES = 4_000
#: steps for lowering the peaks of all pools of an attempt
ATTEMPT_STEPS = 2_400_000


def assign(problem: PlanProblem, budget: Budget) -> Solution:
    """Spread the buffers over the pools and pack each; DoesNotFitError when no way is found."""
    if not problem.buffers:
        return Solution(())
    task = AssignmentProblem(problem)
    trial = replace(
        budget,
        fit_nodes=min(budget.fit_nodes, ATTEMPT_NODES),
        search_steps=min(budget.search_steps, ATTEMPT_STEPS) // (2 * len(problem.pools)),
    )
    quick = replace(budget, assign_steps=budget.assign_steps // 20)
    assignment, bound = _assignment(task, budget)
    packed: dict[int, Packed] = {}
    for cuts_left in reversed(range(CUTS + 1)):
        if assignment is None:
            break
        packed = _pack_each(task, assignment, trial)
        short = [p for p, result in packed.items() if _over(task, p, result) > 0]
        if not short:
            return _solution(task, assignment, packed, bound)
        if not cuts_left or not all(_over_for_certain(task, p, packed[p]) for p in short):
            break
        task.cuts += [(p, _crowd(task, assignment, p)) for p in short]
        better = _solved(task, quick)
        if better is None or better.pools is None:
            break
        assignment, bound = prefer(task, better.pools), max(bound, better.bound)
    repaired = None if assignment is None else _repaired(task, assignment, packed, bound, quick, trial)
    if repaired is not None:
        return _solution(task, *repaired, bound)
    board = Board(problem)
    solution = board.solution(
        board.place(board.order(by_size), first_fit),
        "portfolio",
        "enlarge a pool or allow the buffer another one",
    )
    return replace(solution, access_cost_bound=bound)


def _assignment(task: AssignmentProblem, budget: Budget) -> tuple[list[int] | None, float]:
    """A cheap loose assignment, or None when none is found, and a bound on the cost of every plan."""
    found, bound = local_search(task), task.least_cost()
    if found is None or task.cost(found) > bound:
        best = _solved(task, budget)
        if best is not None:
            bound = max(bound, best.bound)
            if best.pools is not None and (found is None or task.cost(best.pools) < task.cost(found)):
                found = best.pools
    return None if found is None else prefer(task, found), bound


def _repaired(
    task: AssignmentProblem,
    assignment: list[int],
    packed: dict[int, Packed],
    bound: float,
    quick: Budget,
    trial: Budget,
) -> tuple[list[int], dict[int, Packed]] | None:
    """The cheapest plan found near ``assignment``, of which ``packed`` exceeds some pools, or near the cheapest
    assignments that leave those pools a part of their room; None when none is found."""
    best = repair(task, assignment, packed, trial)
    crowded = {p for p, result in packed.items() if _over(task, p, result) > 0}
    for percent in ROOM_PERCENT:
        if best is not None and task.cost(best[0]) <= bound * (1 + NEAR):
            break
        tighter = copy(task)
        tighter.limits = [
            limit * percent // 100 & -task.units[p] if limit is not None and p in crowded else limit
            for p, limit in enumerate(task.limits)
        ]
        answer = _cheapest(tighter, quick)
        found = local_search(tighter) if answer is None else answer.pools
        if found is None:
            continue
        other = repair(task, found, _pack_each(task, found, trial), trial)
        if other is not None and (best is None or task.cost(other[0]) < task.cost(best[0])):
            best = other
    return best


def _cheapest(task: AssignmentProblem, budget: Budget) -> Assignment | None:
    """The mixed integer program's answer, or None without scipy."""
    try:
        from .assignment import cheapest
    except ImportError:
        return None
    return cheapest(task, max(1, budget.assign_steps // len(task.buffers)))


def _solved(task: AssignmentProblem, budget: Budget) -> Assignment | None:
    """``_cheapest``; raises DoesNotFitError when it is proved that there is no assignment."""
    answer = _cheapest(task, budget)
    if answer is not None and answer.impossible:
        raise DoesNotFitError(
            "the buffers cannot be spread over these pools, whatever their offsets",
            where=f"pools {', '.join(repr(pool.name) for pool in task.pools)}",
            hint="enlarge a pool or allow some buffers another one",
        )
    return answer


def _over_for_certain(task: AssignmentProblem, p: int, packed: Packed) -> bool:
    size = task.pools[p].size_bytes
    return size is not None and packed.proved_bytes > size


def _crowd(task: AssignmentProblem, assignment: Sequence[int], p: int) -> tuple[int, ...]:
    """Buffers that were proved not to fit pool ``p`` together: a clique if there is one, otherwise all in it."""
    residents = [i for i, at in enumerate(assignment) if at == p]
    pool = task.pools[p]
    bound = lower_bound(pack([task.buffers[i] for i in residents], pool))
    if pool.size_bytes is not None and bound.size_bytes > pool.size_bytes:
        return tuple(residents[k] for k in bound.members)
    return tuple(residents)


def _pack_each(task: AssignmentProblem, assignment: Sequence[int], budget: Budget) -> dict[int, Packed]:
    packed = {}
    for p, pool in enumerate(task.pools):
        residents = [buffer for buffer, at in zip(task.buffers, assignment, strict=True) if at == p]
        if residents:
            packed[p] = pack_pool(pack(residents, pool), pool.size_bytes, budget)
    return packed


def _over(task: AssignmentProblem, p: int, packed: Packed) -> int:
    size = task.pools[p].size_bytes
    return 0 if size is None else packed.peak_bytes - size


def _solution(
    task: AssignmentProblem, assignment: Sequence[int], packed: dict[int, Packed], bound: float
) -> Solution:
    allocations = []
    for p, result in packed.items():
        pool = task.pools[p]
        # both list the residents in canonical order
        residents = [buffer.name for buffer, at in zip(task.buffers, assignment, strict=True) if at == p]
        places = zip(residents, result.offsets, strict=True)
        allocations += [Allocation(name, pool.name, offset) for name, offset in places]
    proved = {task.pools[p].name: result.proved_bytes for p, result in packed.items()}
    return Solution(tuple(allocations), proved, bound)
