"""One pool's share of a problem, as plain integers by index: what the algorithms work on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property

from msgspec import Struct

from ..model.memory import Buffer, PlanProblem, Pool, live_together


class Packing(Struct, frozen=True, dict=True):
    """Buffers that share one pool, in an order that does not depend on how the caller listed them.

    sizes, alignments, firsts, ends: by buffer index; bytes, bytes, operator indices [first, end) (of a buffer
    with several intervals the longest; its other conflicts are edges).
    fixed: the given offset in bytes, or None where it is to be chosen.
    edges: pairs of indices that may not overlap although their lifespans do not meet.
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    alignments: tuple[int, ...]
    firsts: tuple[int, ...]
    ends: tuple[int, ...]
    fixed: tuple[int | None, ...]
    edges: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def explicit(self) -> bool:
        """Whether some conflicts do not follow from lifespans."""
        return bool(self.edges)

    @property
    def movable(self) -> int:
        """How many buffers are not fixed."""
        return self.fixed.count(None)

    @cached_property
    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """By buffer: indices of the buffers that may not overlap it, ascending."""
        found: list[list[int]] = [[] for _ in self.sizes]
        for i, end in enumerate(self.ends):
            meets = range(i + 1, bisect_left(self.firsts, end, i + 1))
            found[i].extend(meets)
            for j in meets:
                found[j].append(i)
        for i, j in self.edges:
            found[i].append(j)
            found[j].append(i)
        return tuple(tuple(sorted(row)) for row in found)

    @cached_property
    def conflicts(self) -> int:
        """How many conflicts there are, each counted from both sides."""
        return sum(map(len, self.neighbours))

    def peak(self, offsets: Sequence[int]) -> int:
        """Highest end of any buffer, in bytes."""
        return max((o + s for o, s in zip(offsets, self.sizes, strict=True)), default=0)


def pack(buffers: Iterable[Buffer], pool: Pool) -> Packing:
    """The packing of ``buffers`` in ``pool``; the stricter alignment of buffer and pool holds.

    A conflict named by one buffer holds for both; one that names a buffer not listed is left out.
    """
    ordered = sorted(buffers, key=canonical_key)
    return Packing(
        names=tuple(b.name for b in ordered),
        sizes=tuple(b.size_bytes for b in ordered),
        alignments=tuple(max(b.alignment_bytes, pool.alignment_bytes) for b in ordered),
        firsts=tuple(longest_interval(b)[0] for b in ordered),
        ends=tuple(longest_interval(b)[1] for b in ordered),
        fixed=tuple(None if b.fixed is None else b.fixed[1] for b in ordered),
        edges=_edges(ordered),
    )


def _edges(ordered: Sequence[Buffer]) -> tuple[tuple[int, int], ...]:
    index = {b.name: i for i, b in enumerate(ordered)}
    pairs = {(i, index[name]) for i, b in enumerate(ordered) for name in b.conflicts if name in index}
    pairs |= {
        (i, j)
        for i, buffer in enumerate(ordered)
        if len(buffer.intervals) > 1
        for j, other in enumerate(ordered)
        if i != j and live_together(buffer, other)
    }
    return tuple(sorted({(min(pair), max(pair)) for pair in pairs if not _meet(ordered, *pair)}))


def _meet(ordered: Sequence[Buffer], i: int, j: int) -> bool:
    """Whether the conflict of two buffers follows from their longest intervals."""
    (first, end), (other_first, other_end) = longest_interval(ordered[i]), longest_interval(ordered[j])
    return first < other_end and other_first < end


def longest_interval(buffer: Buffer) -> tuple[int, int]:
    """The longest of the intervals in which the buffer's content counts, the first of several."""
    return max(buffer.intervals, key=lambda interval: interval[1] - interval[0])


def canonical_key(buffer: Buffer) -> tuple[int, int, int, int, str]:
    """Sorts buffers the same way however they were listed (names are unique)."""
    return (*longest_interval(buffer), buffer.size_bytes, buffer.alignment_bytes, buffer.name)


def candidate_pools(problem: PlanProblem, buffer: Buffer) -> tuple[Pool, ...]:
    """Pools the buffer may live in, most preferred first.

    A fixed buffer has its own pool alone. A buffer that names no pools may live in any, cheapest access
    first; a read-only pool takes read-only buffers alone.
    """
    by_name = {pool.name: pool for pool in problem.pools}
    if buffer.fixed is not None:
        return (by_name[buffer.fixed[0]],)
    if buffer.pools:
        named = tuple(by_name[name] for name in buffer.pools)
    else:
        named = tuple(sorted(problem.pools, key=lambda pool: pool.access_cost))
    return tuple(pool for pool in named if buffer.read_only or not pool.read_only)
