"""Does a packing fit a capacity? A tree search that finds a plan, proves there is none, or runs out of nodes.

The frame is minimalloc's (M. D. Moffitt, "MiniMalloc: A Lightweight Memory Allocator for Hardware-Accelerated
Machine Learning", ASPLOS 2024): buffers are placed at their lowest free offset; offsets never decrease along
a branch; a branch ends when some section (a set of buffers that live together) no longer fits; and the rest
falls apart into independent components where no unplaced buffer spans. Added here:

* offsets never decrease, so a child at offset o is out when o plus the largest load left in any section
  exceeds the capacity;
* a buffer passed over can only come to lie on top of one placed later, which raises its section's floor;
* a placement that hampers no neighbour needs no alternatives;
* a section that overflowed is asked first whether other placements would overflow it too;
* of equal buffers the first comes first;
* components known to fail are remembered and not searched again.

Each holds for any alignments, fixed buffers and explicit conflicts, so an exhausted search is a proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import pairwise

import numpy as np
from msgspec import Struct

from .component import Component
from .sections import PLACED, Ints, Sections

#: how buffers at equal offsets are ranked (letters: ``sections``, T the greatest load of its sections), and
#: whether anew in each component; no single one is good everywhere, so they take turns
STRATEGIES = (("TWA", True), ("TO", True), ("TAW", True), ("TC", False), ("WAT", True))


NONE = np.array([], dtype=np.int64)


class Verdict(Enum):
    """What a search has found out."""

    FITS = "fits"
    IMPOSSIBLE = "impossible"
    UNDECIDED = "undecided"


class Decision(Struct, frozen=True):
    """``offsets`` in bytes by buffer index when it fits; ``nodes`` the steps taken."""

    verdict: Verdict
    offsets: tuple[int, ...]
    nodes: int


def decide(sections: Sections, capacity_bytes: int, node_limit: int, start: int = 0) -> Decision:
    """Search for a plan no higher than ``capacity_bytes`` in ``node_limit`` nodes.

    The strategies take turns, beginning with number ``start``: first long enough to go straight down to a
    plan with a quarter to spare, then twice as long each round.
    """
    order = [STRATEGIES[(start + k) % len(STRATEGIES)] for k in range(len(STRATEGIES))]
    trees: list[_Tree] = []
    turn, used = len(sections.packing) * 5 // 4 + 50, 0
    while used < node_limit:
        for k, (keys, anew) in enumerate(order):
            if k == len(trees):
                trees.append(_Tree(sections, capacity_bytes, keys, anew))
            before = trees[k].nodes
            verdict = trees[k].advance(min(turn, node_limit - used))
            used += trees[k].nodes - before
            if verdict is Verdict.FITS:
                return Decision(verdict, tuple(trees[k].offsets), used)
            if verdict is Verdict.IMPOSSIBLE:
                return Decision(verdict, (), used)
            if used >= node_limit:
                break
        turn *= 2
    return Decision(Verdict.UNDECIDED, (), used)


class _Node:
    """A component being worked on: its children (buffers to place next, in turn), and what the current child
    leaves of it."""

    def __init__(self, component: Component, children: Ints) -> None:
        self.component = component
        self.children = children
        self.tried = 0
        self.pending: list[Component] = []
        self.harmless = False


class _Tree:
    """One strategy's search, which can be stopped and taken up again."""

    def __init__(self, sections: Sections, capacity_bytes: int, keys: str, anew: bool) -> None:
        self.sections = sections
        self.capacity = capacity_bytes
        self.keys = keys
        self.anew = anew
        self.nodes = 0
        self.offsets = [0 if offset is None else offset for offset in sections.packing.fixed]
        self.limits = capacity_bytes + sections.slack
        self.failed: dict[bytes, tuple[int, int]] = {}
        self.culprit = -1
        root = _Node(self._whole(), NONE)
        root.pending = list(self._components(root.component, None))
        self.stack = [root]

    def advance(self, nodes: int) -> Verdict:
        """Search on for ``nodes`` more nodes."""
        stop = self.nodes + nodes
        stack = self.stack
        while True:
            while stack and not stack[-1].pending:
                stack.pop()
            if not stack:
                return Verdict.FITS
            if self.nodes >= stop:
                return Verdict.UNDECIDED
            self.nodes += 1
            stack.append(self._open(stack[-1].pending.pop()))
            while not self._try_child(stack[-1]):
                self._remember(stack.pop().component)
                if len(stack) == 1:
                    return Verdict.IMPOSSIBLE

    def _whole(self) -> Component:
        s = self.sections
        count = len(s.slack)
        unplaced = np.flatnonzero(s.lowest < PLACED)
        load, spans = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        for i in unplaced.tolist():
            load[s.where[i]] += s.heights[i]
            spans[s.first[i] : s.end[i] - 1] += 1
        component = Component(0, count, unplaced, s.lowest, s.lowest, s.lowest, load, spans, (-1, -1))
        return self._ranked(component, unplaced)

    def _ranked(self, component: Component, unplaced: Ints) -> Component:
        """The component with its buffers ranked by the strategy's figures, ties by index.

        Raised bounds rest on the old ranks, so they start again.
        """
        s = self.sections
        figures = []
        for letter in self.keys:
            if letter == "T":
                loads = [component.load[s.where[i]].max() for i in unplaced.tolist()]
                figures.append(np.array(loads, dtype=np.int64))
            else:
                figures.append(s.ranking[letter][unplaced])
        order = np.lexsort((unplaced, *(-figure for figure in reversed(figures))))
        rank = np.zeros(len(s.packing), dtype=np.int64)
        rank[unplaced[order]] = np.arange(len(unplaced))
        return component._replace(
            unplaced=unplaced[order], rank=rank, bound=component.lowest, last=(component.last[0], -1)
        )

    def _components(self, component: Component, placed: int | None) -> Iterator[Component]:
        """What ``component`` falls into where no unplaced buffer spans, largest first; nothing when it is done.

        ``placed`` is the buffer placed last, the only one whose sections can have come apart, or None.
        """
        s = self.sections
        if not len(component.unplaced):
            return
        low, high = (
            (component.first, component.end) if placed is None else (int(s.first[placed]), int(s.end[placed]))
        )
        cuts = np.flatnonzero(component.spans[low : high - 1] == 0) + low + 1
        if s.packing.explicit or not len(cuts):
            yield component
            return
        starts = s.first[component.unplaced]
        pieces = []
        for first, end in pairwise([component.first, *cuts.tolist(), component.end]):
            inside = component.unplaced[(starts >= first) & (starts < end)]
            if len(inside):
                piece = component._replace(first=first, end=end, unplaced=inside)
                pieces.append(self._ranked(piece, inside) if self.anew else piece)
        yield from sorted(pieces, key=lambda piece: -len(piece.unplaced))

    def _open(self, component: Component) -> _Node:
        """A node with the children worth trying, none when the component is seen to be hopeless."""
        s = self.sections
        lowest = component.lowest[component.unplaced]
        room = int((self.limits - component.load)[component.first : component.end].min())
        # at or above the lowest top within reach there would be a gap the buffer below that top could fill
        top = int((lowest + s.heights[component.unplaced]).min()) - 1
        near = np.flatnonzero(lowest <= min(room, top))
        near = near[np.argsort(lowest[near], kind="stable")]
        buffers, offsets = component.unplaced[near], lowest[near]
        at, turn = component.last
        passed = (offsets < at) | ((offsets == at) & (component.rank[buffers] < turn))
        raised = self._raise_passed(component, buffers[passed].tolist())
        if raised is None:
            return _Node(component, NONE)
        return _Node(raised, self._spared(raised, buffers[~passed]))

    def _raise_passed(self, component: Component, passed: list[int]) -> Component | None:
        """The component with the bounds of buffers that were passed over: each must come to lie on an unplaced
        neighbour, which starts at the last offset or above. None when a section overflows by that."""
        s = self.sections
        bound = component.bound
        for i in passed:
            tops = np.maximum(bound[s.neighbours[i]], component.last[0]) + s.neighbour_heights[i]
            least = int(tops.min()) if len(tops) else PLACED
            if least >= PLACED:
                return None
            if least > bound[i]:
                if bound is component.bound:
                    bound = component.bound.copy()
                bound[i] = least
        if bound is component.bound:
            return component
        if self._overflowing(component.first, component.end, bound, component.load, 0) >= 0:
            return None
        return component._replace(bound=bound)

    def _overflowing(self, first: int, end: int, bound: Ints, load: Ints, floor: int) -> int:
        """The section whose unplaced buffers overflow it most above the lowest offset any of them has, or -1."""
        s = self.sections
        starts = s.starts[first:end]
        lowest = np.minimum.reduceat(bound.take(s.members[starts[0] : s.starts[end]]), starts - starts[0])
        left = load[first:end]
        excess = np.where(left > 0, np.maximum(lowest, floor) + left - self.limits[first:end], 0)
        worst = int(excess.argmax())
        return first + worst if excess[worst] > 0 else -1

    def _spared(self, component: Component, children: Ints) -> Ints:
        """``children`` without those that overflow the section that overflowed last, which is the likeliest to.

        It overflows when all its buffers that lie low enough to bear the rest are raised too high.
        """
        s, at = self.sections, self.culprit
        if not component.first <= at < component.end or not component.load[at] or not len(children):
            return children
        room = self.limits[at] - component.load[at]
        members = s.members[s.starts[at] : s.starts[at + 1]]
        bearers = members[component.bound[members] <= room]
        outside = (s.first[children] > at) | (s.end[children] <= at)
        tops = component.lowest[children] + s.sizes[children]
        doomed = outside & (tops > room) & s.conflict[children[:, None], bearers].all(axis=1)
        spared: Ints = children[~doomed]
        return spared

    def _try_child(self, node: _Node) -> bool:
        """Place the node's next child that is not seen to fail; False when there is none left."""
        # a placement that raised no neighbour can't be the cause of the failure below it
        s, lowest = self.sections, node.component.lowest
        while node.tried < len(node.children) and not node.harmless:
            i = int(node.children[node.tried])
            node.tried += 1
            offset, twin = int(lowest[i]), s.twin[i]
            if offset + s.packing.sizes[i] > self.capacity or (twin >= 0 and lowest[twin] != PLACED):
                continue
            components = self._place(node, offset, i)
            if components is None:
                node.children, node.tried = self._spared(node.component, node.children[node.tried :]), 0
            elif not any(self._known_to_fail(component) for component in components):
                node.pending = components
                return True
        return False

    def _place(self, node: _Node, offset: int, i: int) -> list[Component] | None:
        """The components left after buffer ``i`` is placed, or None when a section overflows."""
        s, component = self.sections, node.component
        near = s.neighbours[i]
        before = component.lowest.take(near)
        after = np.maximum(before, s.round_up(offset + s.packing.sizes[i], near))
        if s.has_fixed:
            moved = zip(near.tolist(), after.tolist(), strict=True)
            after = np.array([v if v == PLACED else s.clear(j, v) for j, v in moved], dtype=np.int64)
        node.harmless = bool((before == after).all())
        lowest, bound, load = component.lowest.copy(), component.bound.copy(), component.load.copy()
        lowest[near] = after
        bound[near] = np.maximum(bound[near], after)
        lowest[i] = bound[i] = PLACED
        load[s.where[i]] -= s.heights[i]
        overflowing = self._overflowing(component.first, component.end, bound, load, offset)
        if overflowing >= 0:
            self.culprit = overflowing
            return None
        spans = component.spans
        if s.end[i] - s.first[i] > 1:
            spans = spans.copy()
            spans[s.first[i] : s.end[i] - 1] -= 1
        self.offsets[i] = offset
        rest = component._replace(
            unplaced=component.unplaced[component.unplaced != i],
            lowest=lowest,
            bound=bound,
            load=load,
            spans=spans,
            last=(offset, int(component.rank[i])),
        )
        return list(self._components(rest, i))

    def _known_to_fail(self, component: Component) -> bool:
        state, turn = component.key()
        return state in self.failed and self.failed[state] <= turn

    def _remember(self, component: Component) -> None:
        state, turn = component.key()
        self.failed[state] = min(turn, self.failed.get(state, turn))
