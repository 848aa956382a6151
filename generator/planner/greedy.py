"""USMP's greedy planners, over any number of pools.

Source of the rules: TVM 0.12, src/tir/usmp/algo/greedy.cc. A buffer goes above the highest end of the
conflicting buffers already placed; holes are never filled. Offsets are rounded to the buffer's own alignment
(USMP rounds to its neighbour's).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from generator.wording import counted

from ..errors import DoesNotFitError
from ..model.memory import Allocation, Buffer, PlanProblem, Pool, align_up
from .packing import candidate_pools, canonical_key, pack
from .solution import Budget, Solution

#: a buffer's lowest allowed offset given the (offset, end) of its placed neighbours, its size and alignment
Fit = Callable[[list[tuple[int, int]], int, int], int]


TIGHTER = "use --planner portfolio, which packs tighter, or enlarge a pool"


class Board:
    """Buffers of a whole problem with their candidate pools, for placing one after another."""

    def __init__(self, problem: PlanProblem) -> None:
        self.buffers = sorted(problem.buffers, key=canonical_key)
        self.neighbours = pack(problem.buffers, Pool("any")).neighbours
        self.candidates = [candidate_pools(problem, buffer) for buffer in self.buffers]

    def order(self, key: Callable[[Buffer, int], tuple[int, int]]) -> list[int]:
        """Indices by descending ``key(buffer, number of conflicts)``, ties by descending name."""

        def full(i: int) -> tuple[tuple[int, int], str]:
            return key(self.buffers[i], len(self.neighbours[i])), self.buffers[i].name

        return sorted(range(len(self.buffers)), key=full, reverse=True)

    def place(self, order: Sequence[int], fit: Fit) -> dict[int, tuple[Pool, int]]:
        """Place in ``order``, fixed buffers first, each in the first candidate pool with room.

        A buffer that fits nowhere is missing from the result.
        """
        spots: dict[int, tuple[Pool, int]] = {}
        for i, buffer in enumerate(self.buffers):
            if buffer.fixed is not None:
                spots[i] = (self.candidates[i][0], buffer.fixed[1])
        for i in order:
            if i in spots:
                continue
            size = self.buffers[i].size_bytes
            near: dict[str, list[tuple[int, int]]] = {}
            for j in self.neighbours[i]:
                if j in spots:
                    pool, offset = spots[j]
                    near.setdefault(pool.name, []).append((offset, offset + self.buffers[j].size_bytes))
            for pool in self.candidates[i]:
                alignment = max(self.buffers[i].alignment_bytes, pool.alignment_bytes)
                offset = fit(near.get(pool.name, []), size, alignment)
                if pool.size_bytes is None or offset + size <= pool.size_bytes:
                    spots[i] = (pool, offset)
                    break
        return spots

    def solution(self, spots: dict[int, tuple[Pool, int]], planner: str, hint: str = TIGHTER) -> Solution:
        """The spots as a Solution; raises DoesNotFitError naming the first buffer without one."""
        for i, buffer in enumerate(self.buffers):
            if i not in spots:
                raise DoesNotFitError(
                    f"{planner} found no room for its {counted(buffer.size_bytes, 'byte')} in "
                    + ", ".join(repr(pool.name) for pool in self.candidates[i]),
                    where=f"buffer {buffer.name!r}",
                    hint=hint,
                )
        return Solution(
            tuple(
                Allocation(self.buffers[i].name, pool.name, offset)
                for i, (pool, offset) in sorted(spots.items())
            )
        )


def on_top(near: Iterable[tuple[int, int]], size: int, alignment: int) -> int:
    """Above everything in ``near``, whatever holes there are."""
    return align_up(max((end for _, end in near), default=0), alignment)


def first_fit(near: Iterable[tuple[int, int]], size: int, alignment: int) -> int:
    """The lowest hole between ``near`` that is large enough."""
    offset = 0
    for low, end in sorted(near):
        if offset + size <= low:
            break
        if end > offset:
            offset = align_up(end, alignment)
    return offset


def by_size(buffer: Buffer, conflicts: int) -> tuple[int, int]:
    """Larger first, then more conflicts first. conflicts: how many."""
    return buffer.size_bytes, conflicts


def by_conflicts(buffer: Buffer, conflicts: int) -> tuple[int, int]:
    """More conflicts first, then larger first. conflicts: how many."""
    return conflicts, buffer.size_bytes


def greedy_by_size(problem: PlanProblem, budget: Budget) -> Solution:
    """USMP's ``greedy_by_size``: largest buffers first."""
    board = Board(problem)
    return board.solution(board.place(board.order(by_size), on_top), "greedy_by_size")


def greedy_by_conflicts(problem: PlanProblem, budget: Budget) -> Solution:
    """USMP's ``greedy_by_conflicts``: buffers with most conflicts first."""
    board = Board(problem)
    return board.solution(board.place(board.order(by_conflicts), on_top), "greedy_by_conflicts")
