"""The heaviest set of pairwise conflicting buffers, where conflicts do not follow from lifespans alone."""

from __future__ import annotations

from .packing import Packing

#: branch and bound steps; any clique is a valid bound, so running out costs tightness, not truth
STEP_LIMIT = 20_000


def heavy_clique(packing: Packing) -> tuple[int, ...]:
    """Indices of the heaviest clique found in ``STEP_LIMIT`` steps (the heaviest there is, up to about 60
    buffers), by Carraghan and Pardalos' branch and bound with the bytes as weights."""
    weights = packing.sizes
    adjacent = [frozenset(row) for row in packing.neighbours]
    best: list[int] = []
    best_weight = 0
    steps = STEP_LIMIT
    roots = sorted(range(len(packing)), key=lambda i: (-weights[i] - sum(weights[j] for j in adjacent[i]), i))
    stack: list[tuple[list[int], int, list[int]]] = [([], 0, roots)]
    while stack and steps:
        steps -= 1
        chosen, weight, open_ = stack.pop()
        if weight > best_weight:
            best, best_weight = chosen, weight
        if not open_ or weight + sum(weights[i] for i in open_) <= best_weight:
            continue
        head, rest = open_[0], open_[1:]
        stack.append((chosen, weight, rest))
        stack.append(([*chosen, head], weight + weights[head], [i for i in rest if i in adjacent[head]]))
    return tuple(sorted(best))


def cover(packing: Packing) -> list[tuple[int, ...]]:
    """Cliques that hold every explicit conflict, each grown with the largest buffers that still fit in."""
    adjacent = [frozenset(row) for row in packing.neighbours]
    cliques = [heavy_clique(packing)]
    held = {(i, j) for i in cliques[0] for j in cliques[0]}
    for i, j in packing.edges:
        if (i, j) in held:
            continue
        clique = [i, j]
        for k in sorted(adjacent[i] & adjacent[j], key=lambda k: (-packing.sizes[k], k)):
            if adjacent[k].issuperset(clique):
                clique.append(k)
        held.update((a, b) for a in clique for b in clique)
        cliques.append(tuple(sorted(clique)))
    return cliques
