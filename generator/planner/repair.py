"""From an assignment to pools that could not all be packed to a plan that holds.

Pool by pool, cheapest access first: the pool keeps what its packing has within the capacity and takes back
what a search still fits in; the rest goes to the pools that follow. In the end buffers move to cheaper pools
wherever a search finds room for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from .assignment_problem import AssignmentProblem, Loads, gain_per_byte
from .one_pool import Packed, pack_pool
from .packing import pack
from .solution import Budget

#: search nodes for each attempt to fit one more buffer in
FIT_NODES = 300


def repair(
    task: AssignmentProblem, assignment: Sequence[int], packed: Mapping[int, Packed], budget: Budget
) -> tuple[list[int], dict[int, Packed]] | None:
    """Pool by buffer near ``assignment``, and each pool's packing; None when some buffer finds no room.

    ``packed`` holds the packings of ``assignment``, of which some exceed their pool.
    """
    pools = sorted(range(len(task.pools)), key=lambda p: (task.pools[p].access_cost, p))
    work = _Repair(task, assignment, packed, budget)
    for turn, p in enumerate(pools):
        work.keep_what_fits(p, pools[turn + 1 :])
    for p in pools:
        for i in work.gainers(p):
            work.take(i, p)
    repaired = work.loads.assignment()
    return None if repaired is None else (repaired, {p: work.packing(p) for p in sorted(set(repaired))})


class _Repair:
    """The assignment being changed, with the packings known of its pools."""

    def __init__(
        self, task: AssignmentProblem, assignment: Sequence[int], packed: Mapping[int, Packed], budget: Budget
    ) -> None:
        self.task = task
        self.budget = budget
        self.loads = Loads(task, assignment)
        self.known = {(p, tuple(self._residents(p))): result for p, result in packed.items()}

    def keep_what_fits(self, p: int, later: Sequence[int]) -> None:
        """Send what sticks out of pool ``p`` and finds no other place in it to ``later`` ones, the cheapest
        with room by load if there is one."""
        limit = self.task.pools[p].size_bytes
        members = self._residents(p)
        if limit is None or not members:
            return
        offsets = self.packing(p).offsets
        sizes = (self.task.buffers[i].size_bytes for i in members)
        out = [i for i, at, size in zip(members, offsets, sizes, strict=True) if at + size > limit]
        for i in out:
            self.loads.remove(i)
        for i in sorted(out, key=lambda i: (-self._gain(i), i)):
            if self.take(i, p):
                continue
            costs = self.task.costs[i]
            free = [q for q in later if q in costs]
            if free:
                self.loads.add(i, min(free, key=lambda q: (not self.loads.fits(i, q), costs[q])))

    def gainers(self, p: int) -> list[int]:
        """Buffers in other pools that would cost less in ``p``, those that gain most per byte first."""
        order = sorted(range(len(self.task.buffers)), key=lambda i: (-gain_per_byte(self.task, i), i))
        found = []
        for i in order:
            costs, now = self.task.costs[i], self.loads.pool_of[i]
            if p in costs and (now is None or costs[p] < costs[now]):
                found.append(i)
        return found

    def take(self, i: int, p: int) -> bool:
        """Move buffer ``i`` to pool ``p`` if a search fits it in with what is there."""
        if not self.loads.fits(i, p):
            return False
        members = sorted([*self._residents(p), i])
        limit = self.task.pools[p].size_bytes
        packed = self._pack(p, members, replace(self.budget, fit_nodes=FIT_NODES, search_steps=0))
        if limit is not None and packed.peak_bytes > limit:
            return False
        self.loads.remove(i)
        self.loads.add(i, p)
        self.known[p, tuple(members)] = packed
        return True

    def packing(self, p: int) -> Packed:
        """The packing of pool ``p``, packed tighter than was needed to know that it fits."""
        members = self._residents(p)
        packed = self._pack(p, members, self.budget)
        known = self.known.get((p, tuple(members)), packed)
        return min(packed, known, key=lambda result: result.peak_bytes)

    def _pack(self, p: int, members: Sequence[int], budget: Budget) -> Packed:
        pool = self.task.pools[p]
        return pack_pool(pack([self.task.buffers[i] for i in members], pool), pool.size_bytes, budget)

    def _residents(self, p: int) -> list[int]:
        return [i for i, at in enumerate(self.loads.pool_of) if at == p]

    def _gain(self, i: int) -> float:
        costs = self.task.costs[i].values()
        return max(costs) - min(costs)
