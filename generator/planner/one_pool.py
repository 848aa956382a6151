"""One pool: the cheapest method that can prove its plan, and the best plan found when none can.

1. The lower bound, then greedy plans in several orders: the first plan that meets the bound is optimal.
2. A short search for a plan at the bound; where a capacity is given and not met, a long one at the capacity.
3. Short searches between what is proved and what is found.
4. A long search at the bound, then bisection, as far as the budget goes, whether a capacity is given or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from ..model.memory import align_up
from .bounds import lower_bound
from .greedy_orders import greedy_orders
from .packing import Packing
from .solution import Budget

if TYPE_CHECKING:
    from .sections import Sections

#: conflicts (counted from both sides) above which the whole set of greedy orders costs more than a search
MANY_CONFLICTS = 20_000
#: buffers above which the search's memory (a few arrays a buffer) is not worth it
MANY_BUFFERS = 2_000
#: buffers up to which the peak is lowered to the last byte
FEW_BUFFERS = 100
#: how far above its bound a peak may stay without a long search
NEAR_PERCENT = 1
#: what a node takes of ``Budget.search_steps`` beside one step for each buffer
STEPS_PER_NODE = 200


class Packed(Struct, frozen=True):
    """``offsets`` in bytes by buffer index; no plan has a peak lower than ``proved_bytes``."""

    offsets: tuple[int, ...]
    peak_bytes: int
    proved_bytes: int


def pack_pool(packing: Packing, capacity_bytes: int | None, budget: Budget) -> Packed:
    """The lowest plan the budget finds.

    Its peak may be above ``capacity_bytes`` (None: no limit) when none is found below.
    """
    hunt = _Hunt(packing, budget)
    many = packing.conflicts > MANY_CONFLICTS
    plans = greedy_orders(packing)
    hunt.offer_until_proved(islice(plans, 1 if many else None))
    if hunt.proved or not packing.movable:
        return hunt.result()
    if len(packing) > MANY_BUFFERS:
        hunt.offer_until_proved(plans)
        return hunt.result()
    # the bound counts on the buffer that fills its rounded height least to lie on top; the next multiple of the
    # alignment does not, and is far easier to reach
    if capacity_bytes != hunt.low and hunt.aim(hunt.rounded_low, hunt.share) and not many:
        hunt.aim(hunt.low, hunt.share)
    if capacity_bytes is not None and hunt.low <= capacity_bytes < hunt.peak:
        hunt.offer_until_proved(plans)
        hunt.aim(capacity_bytes, budget.fit_nodes)
    hunt.close_in()
    hunt.search_thoroughly()
    return hunt.result()


class _Hunt:
    """The best plan so far and what is proved, between which the peak is hunted."""

    def __init__(self, packing: Packing, budget: Budget) -> None:
        self.packing = packing
        self.low = lower_bound(packing).size_bytes
        self.offsets: tuple[int, ...] = ()
        self.peak = 1 << 62
        self.nodes_left = budget.search_steps // (len(packing) + STEPS_PER_NODE)
        self._sections: Sections | None = None
        self._attempts = 0

    @property
    def share(self) -> int:
        """Nodes for one attempt: straight down to a plan with a quarter to spare, within the budget."""
        return min(len(self.packing) * 5 // 4 + 50, self.nodes_left)

    @property
    def rounded_low(self) -> int:
        """The bound, rounded up to the alignment all offsets have."""
        return align_up(self.low, min(self.packing.alignments))

    @property
    def decided(self) -> bool:
        """Nothing left to win, or with many buffers only bytes that alignment would waste anyway."""
        return self.proved or (len(self.packing) > FEW_BUFFERS and self.peak <= self.rounded_low)

    @property
    def proved(self) -> bool:
        return self.peak <= self.low

    def result(self) -> Packed:
        return Packed(self.offsets, self.peak, self.low)

    def offer(self, offsets: Sequence[int]) -> None:
        peak = self.packing.peak(offsets)
        if peak < self.peak:
            self.offsets, self.peak = tuple(offsets), peak

    def offer_until_proved(self, plans: Iterable[Sequence[int]]) -> None:
        for offsets in plans:
            self.offer(offsets)
            if self.proved:
                break

    def aim(self, target_bytes: int, nodes: int) -> bool:
        """Search for a plan at ``target_bytes`` or below unless one is known; True when one is found."""
        if self.peak <= target_bytes or nodes <= 0:
            return self.peak <= target_bytes
        # numpy takes longer to import than most models take to plan, so only a search brings it in
        from .search import Verdict, decide
        from .sections import sections_of

        if self._sections is None:
            self._sections = sections_of(self.packing)
        decision = decide(self._sections, target_bytes, nodes, self._attempts)
        self._attempts += 1
        self.nodes_left -= min(decision.nodes, self.nodes_left)
        if decision.verdict is Verdict.FITS:
            self.offer(decision.offsets)
        elif decision.verdict is Verdict.IMPOSSIBLE:
            self.low = max(self.low, target_bytes + 1)
        return decision.verdict is Verdict.FITS

    def close_in(self) -> None:
        """Aim at a quarter of the room between bound and peak with few nodes, where most plans are found."""
        self._between(1, lambda: self.share)

    def search_thoroughly(self) -> None:
        """Half of the nodes for a plan at the bound, then bisection with a third of what is left each time.

        A peak that is near its bound already gets a tenth: a search of seconds would win a few bytes.
        """
        if not self.decided and self.peak * 100 <= self.low * (100 + NEAR_PERCENT):
            self.nodes_left //= 10
        if not self.decided:
            self.aim(self.rounded_low, self.nodes_left // 2)
        self._between(2, lambda: max(self.share, self.nodes_left // 3))

    def _between(self, quarters: int, nodes: Callable[[], int]) -> None:
        """Aim between bound and peak; where an attempt gives up go on above, never claiming it."""
        floor = self.low
        while floor < self.peak and not self.decided and self._can_try:
            target = floor + (self.peak - 1 - floor) * quarters // 4
            if not self.aim(target, nodes()):
                floor = max(self.low, target + 1)

    @property
    def _can_try(self) -> bool:
        """Whether the nodes left suffice to place every buffer once."""
        return self.nodes_left >= self.packing.movable
