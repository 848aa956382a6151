"""One pool's share of a problem, as plain integers by index: what the algorithms work on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..model.memory import Buffer, PlanProblem, Pool


@dataclass(frozen=True)
class Packing:
    """Buffers that share one pool, in an order that does not depend on how the caller listed them.

    sizes, alignments, firsts, ends: by buffer index; bytes, bytes, operator indices [first, end).
    fixed:      the given offset in bytes, or None where it is to be chosen.
    neighbours: indices of the buffers that may not overlap this one, ascending.
    explicit:   some neighbours do not follow from lifespans.
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    alignments: tuple[int, ...]
    firsts: tuple[int, ...]
    ends: tuple[int, ...]
    fixed: tuple[int | None, ...]
    neighbours: tuple[tuple[int, ...], ...]
    explicit: bool

    def __len__(self) -> int:
        return len(self.sizes)

    def peak(self, offsets: Sequence[int]) -> int:
        """Highest end of any buffer, in bytes."""
        return max((o + s for o, s in zip(offsets, self.sizes, strict=True)), default=0)


def pack(buffers: Iterable[Buffer], pool: Pool) -> Packing:
    """The packing of ``buffers`` in ``pool``; the stricter alignment of buffer and pool holds."""
    ordered = sorted(buffers, key=canonical_key)
    neighbours, explicit = neighbours_of(ordered)
    return Packing(
        names=tuple(b.name for b in ordered),
        sizes=tuple(b.size_bytes for b in ordered),
        alignments=tuple(max(b.alignment_bytes, pool.alignment_bytes) for b in ordered),
        firsts=tuple(b.lifespan[0] for b in ordered),
        ends=tuple(b.lifespan[1] for b in ordered),
        fixed=tuple(None if b.fixed is None else b.fixed[1] for b in ordered),
        neighbours=neighbours,
        explicit=explicit,
    )


def canonical_key(buffer: Buffer) -> tuple[int, int, int, int, str]:
    """Sorts buffers the same way however they were listed (names are unique)."""
    return (*buffer.lifespan, buffer.size_bytes, buffer.alignment_bytes, buffer.name)


def neighbours_of(ordered: Sequence[Buffer]) -> tuple[tuple[tuple[int, ...], ...], bool]:
    """Conflicts by index, both ways, of buffers sorted by first use; and whether lifespans alone miss some.

    A conflict named by one buffer holds for both; one that names a buffer not listed is left out.
    """
    found: list[list[int]] = [[] for _ in ordered]
    spans = [b.lifespan for b in ordered]
    for i, (_, end) in enumerate(spans):
        mine = found[i]
        for j in range(i + 1, len(spans)):
            if spans[j][0] >= end:
                break
            mine.append(j)
            found[j].append(i)
    explicit = False
    index = {b.name: i for i, b in enumerate(ordered)}
    for i, buffer in enumerate(ordered):
        if not buffer.conflicts:
            continue
        known = {i, *found[i]}
        for name in buffer.conflicts:
            other = index.get(name)
            if other is not None and other not in known:
                known.add(other)
                found[i].append(other)
                found[other].append(i)
                explicit = True
    return tuple(tuple(sorted(row)) for row in found), explicit


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


def offsets_by_name(packing: Packing, offsets: Sequence[int]) -> Mapping[str, int]:
    """Buffer name -> offset in bytes."""
    return dict(zip(packing.names, offsets, strict=True))


def align_up(value: int, alignment: int) -> int:
    """The next multiple of ``alignment`` (a power of two) at or above ``value``."""
    return (value + alignment - 1) & -alignment
