"""The entry to the planners: checks the problem, plans, validates the plan, and says what is proved of it."""

from __future__ import annotations

from importlib import import_module
from math import fsum
from typing import TYPE_CHECKING

from ..errors import MlfgenError, PlanError, did_you_mean
from ..model.memory import Allocation, MemoryPlan, PlanProblem, Pool, PoolUse, Proof
from .bounds import lower_bound
from .check import check_problem
from .packing import candidate_pools, pack
from .solution import Budget, Planner, Solution
from .validate import validate_plan

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

#: entry point group in which a distribution registers planners of its own
ENTRY_POINT_GROUP = "mlfgen.planners"

#: name -> module of this package; the function bears the planner's name
BUILT_IN = {
    "portfolio": "portfolio",
    "greedy_by_size": "greedy",
    "greedy_by_conflicts": "greedy",
    "hill_climb": "hill_climb",
    "exact": "exact",
}


def plan(problem: PlanProblem, planner: str = "portfolio", *, budget: Budget | None = None) -> MemoryPlan:
    """Give every buffer a pool and an offset.

    The result depends on the set of buffers and the pools, not on the order of the buffers, and is the same
    bytes on every machine: budgets are counts of steps. It has passed ``validate_plan``, whichever planner made it.

    Raises PlanError for a problem that makes no sense or an unknown planner, DoesNotFitError when the buffers
    do not fit the pools, ToolMissingError when the planner needs a package that is not installed.
    """
    check_problem(problem)
    solution = find_planner(planner)(problem, budget or Budget())
    places = {allocation.buffer: allocation for allocation in solution.allocations}
    names = {buffer.name for buffer in problem.buffers}
    if len(places) != len(solution.allocations) or places.keys() != names:
        raise PlanError(
            f"planner {planner!r} does not place each buffer exactly once",
            hint="a planner returns one Allocation for each buffer of the problem",
        )
    allocations = tuple(places[buffer.name] for buffer in problem.buffers)
    uses = tuple(_use(problem, pool, allocations, solution) for pool in problem.pools)
    cost, bound = _access_costs(problem, allocations, solution)
    result = MemoryPlan(problem, allocations, uses, planner, cost, bound)
    validate_plan(result)
    return result


def planner_names() -> tuple[str, ...]:
    """Names ``plan`` takes: the built-in ones, then those of installed distributions."""
    return (*BUILT_IN, *sorted({point.name for point in _entry_points()} - BUILT_IN.keys()))


def find_planner(name: str) -> Planner:
    """The planner called ``name``; installed packages are looked through only if it is not built in.

    Raises PlanError, with near spellings, when there is none.
    """
    if name in BUILT_IN:
        found: Planner = getattr(import_module(f".{BUILT_IN[name]}", __package__), name)
        return found
    for point in _entry_points():
        if point.name == name:
            return _plugin(name, point)
    known = planner_names()
    raise PlanError(
        f"unknown planner {name!r}",
        hint=did_you_mean(name, known, f"planners: {', '.join(known)}"),
    )


def _entry_points() -> list[EntryPoint]:
    from importlib.metadata import entry_points

    return sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: (point.name, point.value))


def _plugin(name: str, point: EntryPoint) -> Planner:
    """A registered ``function(problem) -> iterable of Allocation`` as a planner.

    Faults of the outside code become PlanErrors that name it; it is taken at its word for nothing.
    """
    where = f"planner {name!r} ({point.value})"
    try:
        function = point.load()
    except (ImportError, AttributeError) as error:
        raise PlanError(
            f"cannot be loaded: {error}", where=where, hint="reinstall the package that registers it"
        ) from error

    def call(problem: PlanProblem, budget: Budget) -> Solution:
        try:
            allocations = tuple(function(problem))
        except MlfgenError:
            raise
        except Exception as error:
            raise PlanError(
                f"failed with {type(error).__name__}: {error}",
                where=where,
                hint="report it to the planner's author",
            ) from error
        if not all(isinstance(allocation, Allocation) for allocation in allocations):
            raise PlanError(
                "returned something other than Allocation objects",
                where=where,
                hint="a planner returns one generator.model.memory.Allocation for each buffer",
            )
        return Solution(allocations)

    return call


def _use(
    problem: PlanProblem, pool: Pool, allocations: tuple[Allocation, ...], solution: Solution
) -> PoolUse:
    residents = [b for b, at in zip(problem.buffers, allocations, strict=True) if at.pool == pool.name]
    places = {at.buffer: at.offset_bytes for at in allocations}
    peak = max((places[b.name] + b.size_bytes for b in residents), default=0)
    bound = lower_bound(pack(residents, pool)).size_bytes
    proved = max(bound, solution.proved_bytes.get(pool.name, 0))
    if peak == bound:
        proof = Proof.MEETS_LOWER_BOUND
    elif peak == proved:
        proof = Proof.SEARCH_EXHAUSTED
    else:
        proof = Proof.GAP
    return PoolUse(pool.name, peak, proved, proof)


def _access_costs(
    problem: PlanProblem, allocations: tuple[Allocation, ...], solution: Solution
) -> tuple[float, float]:
    """The plan's sum of accesses x access cost, and the best bound known for any plan's."""
    costs = {pool.name: pool.access_cost for pool in problem.pools}
    pairs = zip(problem.buffers, allocations, strict=True)
    cost = fsum(buffer.accesses * costs[at.pool] for buffer, at in pairs)
    cheapest = (min(pool.access_cost for pool in candidate_pools(problem, b)) for b in problem.buffers)
    least = fsum(b.accesses * cost for b, cost in zip(problem.buffers, cheapest, strict=True))
    return cost, min(cost, max(least, solution.access_cost_bound or 0.0))
