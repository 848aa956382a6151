"""The cheapest loose assignment of buffers to pools, as a mixed integer program for scipy's HiGHS."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from ..c_stdout import c_output_dropped
from .assignment_problem import AssignmentProblem


class Assignment(Struct, frozen=True):
    """``pools``: pool index by buffer, None when none was found. ``bound``: no loose assignment costs less.
    ``impossible``: there is none at all."""

    pools: list[int] | None
    bound: float
    impossible: bool = False


def cheapest(task: AssignmentProblem, node_limit: int) -> Assignment:
    """Solve the program to the end or for ``node_limit`` branch and bound nodes.

    Variables: buffer i lives in pool p, 0 or 1. Each buffer lives in one pool; in each pool with a limit the
    heights of each clique add up to at most that; of buffers known not to fit it
    together one lives elsewhere.
    """
    variables = [(i, p) for i, row in enumerate(task.candidates) for p in row]
    column = {pair: k for k, pair in enumerate(variables)}
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    lower: list[float] = []
    upper: list[float] = []

    def constrain(terms: Sequence[tuple[int, float]], low: float, high: float) -> None:
        rows.extend([len(lower)] * len(terms))
        columns.extend(k for k, _ in terms)
        values.extend(value for _, value in terms)
        lower.append(low)
        upper.append(high)

    for i, row in enumerate(task.candidates):
        constrain([(column[i, p], 1.0) for p in row], 1.0, 1.0)
    for p, limit in enumerate(task.limits):
        for clique in task.cliques:
            # whole units, so that coefficients are small integers
            terms = [(column[i, p], task.heights[i][p] // task.units[p]) for i in clique if (i, p) in column]
            if limit is not None and sum(value for _, value in terms) > limit // task.units[p]:
                constrain(terms, -np.inf, limit // task.units[p])
    for p, crowd in task.cuts:
        constrain([(column[i, p], 1.0) for i in crowd], -np.inf, len(crowd) - 1.0)
    costs = np.array([task.costs[i][p] for i, p in variables])
    matrix = csr_array((values, (rows, columns)), shape=(len(lower), len(variables)))
    # HiGHS 1.12 prints stray lines whatever its options say (ERGO-Code/HiGHS#2783)
    with c_output_dropped():
        result = milp(
            costs,
            integrality=np.ones(len(variables)),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(matrix, lower, upper),
            options={"node_limit": node_limit, "mip_rel_gap": 0.0},
        )
    if result.status == 2:
        return Assignment(None, float("inf"), impossible=True)
    known = getattr(result, "mip_dual_bound", None)
    bound = task.least_cost() if known is None else max(float(known), task.least_cost())
    if result.x is None:
        return Assignment(None, bound)
    chosen = [max(row, key=lambda p: result.x[column[i, p]]) for i, row in enumerate(task.candidates)]
    return Assignment(chosen, bound)
