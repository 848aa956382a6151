"""An exact planner on OR-Tools' CP-SAT, for mixed alignments and explicit conflicts.

For each pool offsets are integers in units of the finest alignment in it. The buffers of every greatest set
that lives together, and every pair in explicit conflict, get a NoOverlap constraint. CP-SAT starts from the
portfolio's plan, so its answer is never worse.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from ..errors import ToolMissingError
from ..model.memory import PlanProblem
from .bounds import cliques_over_time
from .packing import Packing, pack
from .portfolio import portfolio
from .solution import Budget, Solution


def exact(problem: PlanProblem, budget: Budget) -> Solution:
    """The portfolio's plan, each pool of it then minimised and if possible proved by CP-SAT.

    Which buffer lives in which pool stays as the portfolio decides. Deterministic: one worker, a fixed seed,
    a limit in CP-SAT's deterministic time. Raises ToolMissingError without the package ``ortools``.
    """
    cp_model = _cp_model()
    solution = portfolio(problem, budget)
    places = {at.buffer: at for at in solution.allocations}
    proved = dict(solution.proved_bytes)
    for pool in problem.pools:
        residents = [buffer for buffer in problem.buffers if places[buffer.name].pool == pool.name]
        packing = pack(residents, pool)
        offsets = [places[name].offset_bytes for name in packing.names]
        if packing.peak(offsets) <= proved.get(pool.name, 0):
            continue
        better, bound = _minimise(cp_model, packing, offsets, budget)
        proved[pool.name] = max(bound, proved.get(pool.name, 0))
        for name, offset in zip(packing.names, better, strict=True):
            places[name] = replace(places[name], offset_bytes=offset)
    return Solution(tuple(places.values()), proved, solution.access_cost_bound)


def _cp_model() -> Any:
    try:
        from ortools.sat.python import cp_model
    except ImportError as error:
        raise ToolMissingError(
            "the planner 'exact' needs the Python package ortools, which is not installed",
            hint="pip install 'mlfgen[exact]' (about 80 MB), or use --planner portfolio",
        ) from error
    return cp_model


def _minimise(cp_model: Any, packing: Packing, known: list[int], budget: Budget) -> tuple[list[int], int]:
    """Offsets no worse than ``known``, and a lower bound on the peak, both in bytes."""
    unit = min(packing.alignments, default=1)
    top = packing.peak(known)
    model = cp_model.CpModel()
    starts, intervals = [], []
    for i, size in enumerate(packing.sizes):
        step = packing.alignments[i] // unit
        heights = -(-size // unit)
        turn = model.new_int_var(0, max((top - size) // (step * unit), 0), f"turn{i}")
        start = step * turn
        if packing.fixed[i] is not None:
            model.add(start * unit == packing.fixed[i])
        model.add_hint(turn, known[i] // (step * unit))
        starts.append(start)
        intervals.append(model.new_fixed_size_interval_var(start, heights, f"span{i}"))
    peak = model.new_int_var(0, top, "peak")
    for i, size in enumerate(packing.sizes):
        model.add(starts[i] * unit + size <= peak)
    for _, live in cliques_over_time(packing.firsts, packing.ends):
        model.add_no_overlap([intervals[i] for i in live])
    for i, j in packing.edges:
        model.add_no_overlap([intervals[i], intervals[j]])
    model.minimize(peak)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = budget.exact_seconds
    status = solver.solve(model)
    bound = int(solver.best_objective_bound) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else 0
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return known, bound
    return [int(solver.value(start)) * unit for start in starts], bound
