"""Where a plan is full: the instants at which the most bytes live, and who holds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from msgspec import Struct

from generator.model.memory import Allocation, Buffer, MemoryPlan
from generator.model.plan_labels import PlanLabels

Interval = tuple[int, int]

_PREFIX = re.compile(r"^tvmgen_\w*?(?:fused_|(?=cmsis_nn_))")


class Held(Struct, frozen=True):
    """A buffer at a moment, and the half-open interval around it in which it lives."""

    buffer: Buffer
    allocation: Allocation
    interval: Interval

    @property
    def end_bytes(self) -> int:
        return self.allocation.offset_bytes + self.buffer.size_bytes


class Moment(Struct, frozen=True):
    """A stretch of time in which the same buffers of one pool live.

    span:       half-open, in operator indices. operator: what runs at its first index, or None.
    live_bytes: sum of their sizes, without padding. held: largest first, then by name.
    """

    pool: str
    span: Interval
    operator: str | None
    live_bytes: int
    held: tuple[Held, ...]


def residents(plan: MemoryPlan, pool: str) -> tuple[Held, ...]:
    """What lives in a pool: a buffer once for each interval in which it holds something."""
    return tuple(
        Held(buffer, at, interval)
        for buffer, at in zip(plan.problem.buffers, plan.allocations, strict=True)
        if at.pool == pool
        for interval in buffer.intervals
    )


def operator_at(instant: int, labels: PlanLabels) -> str | None:
    """What runs at an operator index, or None where it has no name."""
    return labels.operators[instant] if 0 <= instant < len(labels.operators) else None


def operator_title(function: str) -> str:
    """A C function of TVM without the prefix that all operators of a model share."""
    return _PREFIX.sub("", function) or function


def run_at(instant: int, labels: PlanLabels) -> int:
    """Which run of an operator an operator index belongs to; equal for the loop nests of one run."""
    return labels.runs[instant] if 0 <= instant < len(labels.runs) else instant


def moments(plan: MemoryPlan, pool: str, labels: PlanLabels) -> tuple[Moment, ...]:
    """The pool's whole time, cut where a buffer comes or goes; stretches without any are left out."""
    living = residents(plan, pool)
    edges = sorted({edge for held in living for edge in held.interval})
    starts: dict[int, list[int]] = {}
    for i, held in enumerate(living):
        starts.setdefault(held.interval[0], []).append(i)
    found, live = [], set[int]()
    for low, end in pairwise(edges):
        live = {i for i in live if living[i].interval[1] > low} | set(starts.get(low, ()))
        if live:
            found.append(_moment(pool, (low, end), [living[i] for i in live], labels))
    return tuple(found)


def _moment(pool: str, span: Interval, living: Iterable[Held], labels: PlanLabels) -> Moment:
    held = sorted(living, key=lambda h: (-h.buffer.size_bytes, h.buffer.name))
    total = sum(h.buffer.size_bytes for h in held)
    return Moment(pool, span, operator_at(span[0], labels), total, tuple(held))


def peak_moment(found: Sequence[Moment]) -> Moment | None:
    """The one with the most live bytes; of equals the one that reaches highest, then the first."""
    if not found:
        return None
    return max(found, key=lambda m: (m.live_bytes, max(h.end_bytes for h in m.held), -m.span[0]))


def next_peak(found: Sequence[Moment], peak: Moment, labels: PlanLabels) -> Moment | None:
    """The fullest moment outside the run of the peak's operator: it stays, whatever that operator is made to do."""
    run = run_at(peak.span[0], labels)
    return peak_moment([moment for moment in found if run_at(moment.span[0], labels) != run])
