"""The arrays the search works on: sections (sets of buffers that pairwise conflict), sizes, neighbours.

Time is cut into the sections in which a greatest set of buffers lives together; a buffer spans a run of them.
With explicit conflicts further cliques join the list, and a buffer's sections need not be in a row.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ..model.memory import align_up
from .bounds import cliques_over_time
from .clique import cover
from .packing import Packing

Ints = NDArray[np.int64]

#: stands for "placed" in arrays of lowest offsets: above any offset, and sums of it stay within int64
PLACED = 1 << 60


class Sections(Struct, frozen=True):
    """A packing as arrays, by buffer index unless said otherwise.

    heights:    sizes rounded up to the least alignment of all, in bytes; offsets are multiples of it.
    sizes:      in bytes, not rounded.
    conflict:   by two buffers, whether they conflict and the second is not fixed.
    neighbours: indices of conflicting buffers that are not fixed.
    masks:      alignments less one.
    where:      the buffer's sections: a slice, or an array of indices when conflicts are explicit.
    first, end: the buffer's sections lie in [first, end).
    members, starts: section s holds the buffers members[starts[s]:starts[s + 1]]; fixed ones are left out.
    slack:      by section: bytes by which its topmost buffer may stay under its rounded height.
    obstacles:  spans [low, end) in bytes of fixed neighbours, ascending.
    twin:       the previous buffer with the same size, lifespan and alignment, or -1.
    lowest:     lowest offset over empty ground; PLACED for fixed buffers.
    ranking:    letter -> figures to rank buffers by.
    """

    packing: Packing
    heights: Ints
    sizes: Ints
    conflict: NDArray[np.bool_]
    masks: Ints
    uniform: bool
    has_fixed: bool
    neighbours: tuple[Ints, ...]
    neighbour_heights: tuple[Ints, ...]
    where: tuple[slice | Ints, ...]
    first: Ints
    end: Ints
    members: Ints
    starts: Ints
    slack: Ints
    obstacles: tuple[tuple[tuple[int, int], ...], ...]
    twin: tuple[int, ...]
    lowest: Ints
    ranking: dict[str, Ints]

    def round_up(self, offset: int, buffers: Ints) -> Ints | int:
        """``offset`` rounded up to the alignment of each of ``buffers``."""
        if self.uniform:
            return align_up(offset, self.packing.alignments[0])
        masks = self.masks[buffers]
        return (offset + masks) & ~masks

    def clear(self, i: int, offset: int) -> int:
        """The lowest offset at or above ``offset`` at which buffer ``i`` meets no fixed buffer."""
        size, alignment = self.packing.sizes[i], self.packing.alignments[i]
        for low, end in self.obstacles[i]:
            if offset < end and low < offset + size:
                offset = align_up(end, alignment)
        return offset


def sections_of(packing: Packing) -> Sections:
    """Arrays for a packing with at least one buffer that is not fixed."""
    n = len(packing)
    free = [offset is None for offset in packing.fixed]
    cliques = [[i for i in live if free[i]] for _, live in cliques_over_time(packing.firsts, packing.ends)]
    if packing.explicit:
        cliques += [[i for i in clique if free[i]] for clique in cover(packing)]
    cliques = [clique for clique in cliques if clique]
    unit = min(packing.alignments)
    heights = np.array([align_up(size, unit) for size in packing.sizes], dtype=np.int64)
    inside: list[list[int]] = [[] for _ in range(n)]
    for s, clique in enumerate(cliques):
        for i in clique:
            inside[i].append(s)
    conflict = _conflict_matrix(packing, free)
    neighbours = tuple(np.flatnonzero(row) for row in conflict)
    obstacles = ((),) * n if all(free) else tuple(_obstacles(packing, i) for i in range(n))
    first = np.array([row[0] if row else 0 for row in inside], dtype=np.int64)
    end = np.array([row[-1] + 1 if row else 0 for row in inside], dtype=np.int64)
    sections = Sections(
        packing=packing,
        heights=heights,
        sizes=np.array(packing.sizes, dtype=np.int64),
        conflict=conflict,
        masks=np.array(packing.alignments, dtype=np.int64) - 1,
        uniform=len(set(packing.alignments)) == 1,
        has_fixed=not all(free),
        neighbours=neighbours,
        neighbour_heights=tuple(heights[row] for row in neighbours),
        where=tuple(
            np.array(row, dtype=np.int64) if packing.explicit else slice(int(first[i]), int(end[i]))
            for i, row in enumerate(inside)
        ),
        first=first,
        end=end,
        members=np.array([i for clique in cliques for i in clique], dtype=np.int64),
        starts=np.cumsum([0, *(len(clique) for clique in cliques)]),
        slack=np.array([max(int(heights[i]) - packing.sizes[i] for i in c) for c in cliques], dtype=np.int64),
        obstacles=obstacles,
        twin=_twins(packing, free),
        lowest=np.zeros(n, dtype=np.int64),
        ranking=_ranking(packing, inside),
    )
    for i in range(n):
        sections.lowest[i] = sections.clear(i, 0) if free[i] else PLACED
    return sections


def _conflict_matrix(packing: Packing, free: list[bool]) -> NDArray[np.bool_]:
    firsts, ends = np.array(packing.firsts), np.array(packing.ends)
    meet = (firsts[:, None] < ends[None, :]) & (firsts[None, :] < ends[:, None])
    for i, j in packing.edges:
        meet[i, j] = meet[j, i] = True
    np.fill_diagonal(meet, False)
    meet &= np.array(free)
    return meet


def _obstacles(packing: Packing, i: int) -> tuple[tuple[int, int], ...]:
    held = [(packing.fixed[j], packing.sizes[j]) for j in packing.neighbours[i]]
    return tuple(sorted((low, low + size) for low, size in held if low is not None))


def _twins(packing: Packing, free: list[bool]) -> tuple[int, ...]:
    """With explicit conflicts equal lifespans do not make equals, so no buffer has a twin."""
    latest: dict[tuple[int, int, int, int], int] = {}
    twins = [-1] * len(packing)
    for i in range(len(packing)):
        if free[i] and not packing.explicit:
            key = (packing.firsts[i], packing.ends[i], packing.sizes[i], packing.alignments[i])
            twins[i] = latest.get(key, -1)
            latest[key] = i
    return tuple(twins)


def _ranking(packing: Packing, inside: list[list[int]]) -> dict[str, Ints]:
    """Figures to rank buffers by, under one letter each: A area, C sections, O conflicts, W lifespan.

    T, the greatest load of its sections, changes during the search and is computed there.
    """
    widths = np.array(packing.ends, dtype=np.int64) - np.array(packing.firsts, dtype=np.int64)
    return {
        "A": widths * np.array(packing.sizes, dtype=np.int64),
        "C": np.array([len(row) for row in inside], dtype=np.int64),
        "O": np.array([len(row) for row in packing.neighbours], dtype=np.int64),
        "W": widths,
    }
