"""Lower bounds: what no plan can stay under.

At any instant the live buffers lie one above the other, so the greatest sum of live bytes (USMP's memory
pressure) bounds the peak. Offsets are multiples of the least alignment of those buffers, so every buffer but
the topmost takes its size rounded up to it. With explicit conflicts every clique gives such a bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ..model.memory import align_up
from .clique import heavy_clique
from .packing import Packing


class Bound(Struct, frozen=True):
    """A proof that a pool needs ``size_bytes``.

    members: indices of buffers that pairwise conflict. instant: when all of them live, or None when they are
    held together by explicit conflicts.
    """

    size_bytes: int
    members: tuple[int, ...]
    instant: int | None


def lower_bound(packing: Packing) -> Bound:
    """The best bound known for ``packing``; 0 bytes when it is empty."""
    best = Bound(0, (), None)
    mixed = len(set(packing.alignments)) > 1
    for instant, live in cliques_over_time(packing.firsts, packing.ends):
        height, members = stack_height(packing, live, mixed)
        if height > best.size_bytes:
            best = Bound(height, members, instant)
    if packing.explicit:
        height, members = stack_height(packing, heavy_clique(packing), mixed)
        if height > best.size_bytes:
            best = Bound(height, members, None)
    for i, offset in enumerate(packing.fixed):
        if offset is not None and offset + packing.sizes[i] > best.size_bytes:
            best = Bound(offset + packing.sizes[i], (i,), packing.firsts[i])
    return best


def cliques_over_time(firsts: Sequence[int], ends: Sequence[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """(instant, indices of the buffers live then) for every greatest set of buffers that live together."""
    events = sorted([(t, 1, i) for i, t in enumerate(firsts)] + [(t, 0, i) for i, t in enumerate(ends)])
    live: set[int] = set()
    grew = False
    instant = 0
    for t, starts, i in events:
        if starts:
            live.add(i)
            grew, instant = True, t
        else:
            if grew:
                yield instant, tuple(sorted(live))
            grew = False
            live.discard(i)


def stack_height(packing: Packing, clique: Sequence[int], mixed: bool) -> tuple[int, tuple[int, ...]]:
    """Least height of ``clique`` one above the other, and the members that prove it.

    With several alignments each subset of members at or above one alignment is a bound of its own.
    """
    best, proof = 0, tuple(clique)
    for alignment in sorted({packing.alignments[i] for i in clique}) if mixed else (packing.alignments[0],):
        members = [i for i in clique if packing.alignments[i] >= alignment]
        rounded = [align_up(packing.sizes[i], alignment) for i in members]
        slack = max((r - packing.sizes[i] for r, i in zip(rounded, members, strict=True)), default=0)
        if sum(rounded) - slack > best:
            best, proof = sum(rounded) - slack, tuple(members)
    return best, proof
