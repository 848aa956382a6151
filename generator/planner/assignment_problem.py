"""Buffers to spread over several pools, looked at by load alone.

An assignment is loose when in no pool and no clique (set of buffers that live together) the bytes exceed the
capacity. Every plan is loose, so the cheapest loose assignment bounds the cost of every plan from below;
nearly every loose assignment can be packed.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from ..model.memory import PlanProblem, align_up
from .bounds import cliques_over_time
from .clique import cover
from .packing import candidate_pools, canonical_key, pack

#: rounds of local search; each round tries to improve every buffer once
ROUNDS = 20


class AssignmentProblem:
    """A problem with several pools, by buffer index (canonical order) and pool index (the problem's order).

    candidates: pool indices a buffer may live in, most preferred first.
    costs:      candidate -> accesses x access cost.
    heights:    candidate -> bytes, rounded up to the least alignment an offset in that pool can have.
    units:      by pool, the bytes of which heights and limits are multiples.
    inside:     cliques the buffer is in. limits: by pool, what a clique's heights may add up to, or None.
    cuts:       (pool, buffers that are known not to fit it together).
    """

    def __init__(self, problem: PlanProblem) -> None:
        self.pools = problem.pools
        self.buffers = sorted(problem.buffers, key=canonical_key)
        index = {pool.name: p for p, pool in enumerate(problem.pools)}
        self.candidates = [[index[pool.name] for pool in candidate_pools(problem, b)] for b in self.buffers]
        self.costs = [
            {p: b.accesses * self.pools[p].access_cost for p in row}
            for b, row in zip(self.buffers, self.candidates, strict=True)
        ]
        finest = min((b.alignment_bytes for b in self.buffers), default=1)
        self.units = units = [max(finest, pool.alignment_bytes) for pool in self.pools]
        self.heights = [
            {p: align_up(b.size_bytes, units[p]) for p in row}
            for b, row in zip(self.buffers, self.candidates, strict=True)
        ]
        self.limits = [
            # heights add up to a multiple of the unit
            None if pool.size_bytes is None else (pool.size_bytes + self._slack(p)) & -units[p]
            for p, pool in enumerate(self.pools)
        ]
        self.cuts: list[tuple[int, tuple[int, ...]]] = []
        packing = pack(self.buffers, self.pools[0])
        self.cliques = [live for _, live in cliques_over_time(packing.firsts, packing.ends)]
        if packing.explicit:
            self.cliques += cover(packing)
        self.inside: list[list[int]] = [[] for _ in self.buffers]
        for c, clique in enumerate(self.cliques):
            for i in clique:
                self.inside[i].append(c)

    def _slack(self, p: int) -> int:
        """The topmost buffer of a stack need not be filled up to its rounded height."""
        pairs = zip(self.buffers, self.heights, strict=True)
        return max((row[p] - buffer.size_bytes for buffer, row in pairs if p in row), default=0)

    def cost(self, assignment: Sequence[int]) -> float:
        """Sum of accesses x access cost."""
        return fsum(self.costs[i][p] for i, p in enumerate(assignment))

    def least_cost(self) -> float:
        """The cost if every buffer lived in its cheapest pool."""
        return fsum(min(row.values()) for row in self.costs)


class Loads:
    """An assignment being built or changed, with the load of every clique in every pool."""

    def __init__(self, task: AssignmentProblem, assignment: Sequence[int] = ()) -> None:
        self.task = task
        self.loads = [[0] * len(task.cliques) for _ in task.pools]
        self.pool_of: list[int | None] = [None] * len(task.buffers)
        for i, p in enumerate(assignment):
            self.add(i, p)

    def fits(self, i: int, p: int) -> bool:
        """Whether buffer ``i`` has room in pool ``p`` at every instant of its life, by load alone."""
        limit, load, height = self.task.limits[p], self.loads[p], self.task.heights[i][p]
        return limit is None or all(load[c] + height <= limit for c in self.task.inside[i])

    def add(self, i: int, p: int) -> None:
        """Put buffer ``i``, which is nowhere, in pool ``p``."""
        self.pool_of[i] = p
        for c in self.task.inside[i]:
            self.loads[p][c] += self.task.heights[i][p]

    def remove(self, i: int) -> int:
        """Take buffer ``i`` out of its pool; returns that pool, or -1 if it was nowhere."""
        p = self.pool_of[i]
        if p is None:
            return -1
        self.pool_of[i] = None
        for c in self.task.inside[i]:
            self.loads[p][c] -= self.task.heights[i][p]
        return p

    def assignment(self) -> list[int] | None:
        """Pool by buffer, or None while some buffer has none."""
        placed = [p for p in self.pool_of if p is not None]
        return placed if len(placed) == len(self.pool_of) else None


def local_search(task: AssignmentProblem) -> list[int] | None:
    """A cheap loose assignment without a solver, or None when some buffer finds no pool.

    What gains most per byte goes first to its cheapest pool with room, buffers with one candidate before all;
    then each buffer in turn may push out others that lose less.
    """
    loads = Loads(task)
    order = sorted(range(len(task.buffers)), key=lambda i: (-gain_per_byte(task, i), i))
    held = [i for i in order if len(task.candidates[i]) == 1]
    for i in [*held, *(i for i in order if len(task.candidates[i]) > 1)]:
        p = _cheapest(loads, i)
        if p is not None:
            loads.add(i, p)
    for _ in range(ROUNDS):
        gains = [_improve(loads, i) for i in order]
        if not any(gains):
            break
    return loads.assignment()


def prefer(task: AssignmentProblem, assignment: list[int]) -> list[int]:
    """The same cost with more buffers in pools they prefer, by single moves; no cut is broken."""
    loads = Loads(task, assignment)
    cut = {(i, p) for p, crowd in task.cuts for i in crowd}
    for i, row in enumerate(task.candidates):
        now = loads.remove(i)
        same = [
            p
            for p in row
            if task.costs[i][p] <= task.costs[i][now] and loads.fits(i, p) and (i, p) not in cut
        ]
        loads.add(i, same[0] if same else now)
    return loads.assignment() or assignment


def gain_per_byte(task: AssignmentProblem, i: int) -> float:
    """What a byte of buffer ``i`` gains in its cheapest pool against its dearest: accesses x access cost."""
    costs = task.costs[i].values()
    return (max(costs) - min(costs)) / task.buffers[i].size_bytes


def _cheapest(loads: Loads, i: int) -> int | None:
    costs = loads.task.costs[i]
    ranked = sorted(loads.task.candidates[i], key=lambda p: costs[p])
    return next((p for p in ranked if loads.fits(i, p)), None)


def _improve(loads: Loads, i: int) -> bool:
    """Move buffer ``i`` to a cheaper pool, pushing residents elsewhere, if that lowers the cost in sum."""
    task = loads.task
    costs = task.costs[i]
    now = loads.pool_of[i]
    for p in sorted(task.candidates[i], key=lambda p: costs[p]):
        if now is not None and costs[p] >= costs[now]:
            return False
        moved = _push_in(loads, i, p)
        after = [(j, loads.pool_of[j]) for j, _ in moved]
        gain = fsum(
            (task.costs[j][q] if q >= 0 else 2 * sum(task.costs[j].values()) + 1)
            - (task.costs[j][r] if r is not None else 2 * sum(task.costs[j].values()) + 1)
            for (j, q), (_, r) in zip(moved, after, strict=True)
        )
        homeless = sum(r is None for _, r in after) - sum(q < 0 for _, q in moved)
        if moved and loads.pool_of[i] == p and (homeless < 0 or (homeless == 0 and gain > 0)):
            return True
        for j, _ in moved:
            loads.remove(j)
        for j, q in moved:
            if q >= 0:
                loads.add(j, q)
    return False


def _push_in(loads: Loads, i: int, p: int) -> list[tuple[int, int]]:
    """Place ``i`` in ``p``, moving residents with least to lose while there is no room.

    Returns every buffer touched with the pool it had before (-1 for none).
    """
    task = loads.task
    moved = [(i, loads.remove(i))]
    near = sorted({j for c in task.inside[i] for j in task.cliques[c] if loads.pool_of[j] == p})
    for j in sorted(near, key=lambda j: (gain_per_byte(task, j), j)):
        if loads.fits(i, p):
            break
        if len(task.candidates[j]) > 1:
            moved.append((j, loads.remove(j)))
    if loads.fits(i, p):
        loads.add(i, p)
    for j, _ in moved[1:]:
        q = _cheapest(loads, j)
        if q is not None:
            loads.add(j, q)
    return moved
