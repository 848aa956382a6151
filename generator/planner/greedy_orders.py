"""A family of greedy orders on one pool: cheap plans of which one nearly always meets the lower bound.

No single order is good everywhere. On the activations of 37 public .tflite files the best of the family is
optimal each time while each order alone misses some.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .bounds import cliques_over_time
from .packing import Packing


def greedy_orders(packing: Packing) -> Iterator[list[int]]:
    """Plans (offsets in bytes by buffer index) of one greedy after another; lazily, so stop when one is good.

    Fixed buffers stay where they are; every plan is valid for an unlimited pool.
    """
    seen: set[tuple[int, ...]] = set()
    for order in _orders(packing):
        for best_fit in (False, True):
            offsets = place(packing, order, best_fit)
            key = tuple(offsets)
            if key not in seen:
                seen.add(key)
                yield offsets


def place(packing: Packing, order: Sequence[int], best_fit: bool = False) -> list[int]:
    """Offsets in bytes of the buffers placed in ``order``, each in the lowest hole it fits, or with
    ``best_fit`` in the one it fills best (above all others when no hole is large enough)."""
    sizes, alignments, neighbours = packing.sizes, packing.alignments, packing.neighbours
    offsets = [-1 if offset is None else offset for offset in packing.fixed]
    for i in order:
        if offsets[i] >= 0:
            continue
        size, mask = sizes[i], alignments[i] - 1
        at, chosen, least_waste = 0, -1, None
        for low, j in sorted([(offsets[j], j) for j in neighbours[i] if offsets[j] >= 0]):
            room = low - at
            if room >= size:
                if not best_fit:
                    chosen = at
                    break
                if least_waste is None or room < least_waste:
                    chosen, least_waste = at, room
            end = (low + sizes[j] + mask) & ~mask
            if end > at:
                at = end
        offsets[i] = at if chosen < 0 else chosen
    return offsets


def _orders(packing: Packing) -> Iterator[list[int]]:
    sizes, firsts, ends = packing.sizes, packing.firsts, packing.ends
    lengths = [end - first for first, end in zip(firsts, ends, strict=True)]
    indices = range(len(packing))
    yield sorted(indices, key=lambda i: (-sizes[i], -lengths[i], i))
    yield sorted(indices, key=lambda i: (firsts[i], -sizes[i], i))
    yield _breadth(packing)
    yield sorted(indices, key=lambda i: (-sizes[i] * lengths[i], -sizes[i], i))
    yield sorted(indices, key=lambda i: (-lengths[i], -sizes[i], i))
    yield sorted(indices, key=lambda i: (-len(packing.neighbours[i]), -sizes[i], i))
    yield sorted(indices, key=lambda i: (-ends[i], -sizes[i], i))
    pressure = [sizes[i] + sum(sizes[j] for j in packing.neighbours[i]) for i in indices]
    yield sorted(indices, key=lambda i: (-pressure[i], -sizes[i], i))


def _breadth(packing: Packing) -> list[int]:
    """Instants by live bytes, greatest first; at each the buffers not yet listed, largest first."""
    sizes = packing.sizes
    instants = sorted(
        cliques_over_time(packing.firsts, packing.ends), key=lambda at: (-sum(sizes[i] for i in at[1]), at[0])
    )
    order: dict[int, None] = {}
    for _, live in instants:
        order.update(dict.fromkeys(sorted(live, key=lambda i: (-sizes[i], i))))
    return list(order)
