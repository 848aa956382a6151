"""Memory planning: the problem, the plan, and what is proved of it.

The vocabulary is that of TVM's Unified Static Memory Planner (RFC 0009): pool, allocation, conflict,
liveness, memory pressure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Pool:
    """A memory that buffers may be placed in.

    size_bytes:      capacity, or None when it is what the plan is to find out.
    alignment_bytes: a power of two; every offset in the pool is a multiple of it.
    access_cost:     relative cost of one access, > 0; a faster memory costs less.
    read_only:       only read-only buffers may live in it.
    """

    name: str
    size_bytes: int | None = None
    alignment_bytes: int = 1
    access_cost: float = 1.0
    read_only: bool = False


@dataclass(frozen=True)
class Buffer:
    """Something that needs memory for part of the time.

    size_bytes:      > 0. With a size range this is the declared maximum.
    lifespan:        half-open interval of operator indices [first, end), end > first.
    alignment_bytes: a power of two.
    pools:           candidate pools by name, most preferred first; empty means any pool.
    conflicts:       buffers that may not overlap this one besides those its lifespan meets.
    fixed:           (pool, offset in bytes) when the place is given and not to be chosen.
    min_size_bytes:  lower end of the size range of a dynamically sized buffer, or None.
    accesses:        how often its bytes are read or written in one run, for placing among pools.
    live:            where its content counts in several intervals only, those intervals, ascending and apart;
                     lifespan is their hull. Empty: it counts during all of the lifespan.
    """

    name: str
    size_bytes: int
    lifespan: tuple[int, int]
    alignment_bytes: int = 16
    pools: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    fixed: tuple[str, int] | None = None
    min_size_bytes: int | None = None
    accesses: int = 1
    read_only: bool = False
    live: tuple[tuple[int, int], ...] = ()

    @property
    def intervals(self) -> tuple[tuple[int, int], ...]:
        """When its content counts: ``live``, or the one lifespan."""
        return self.live or (self.lifespan,)


def live_together(a: Buffer, b: Buffer) -> bool:
    """Whether both buffers' contents count at some instant, whatever conflicts are named besides."""
    return any(
        first < other_end and other_first < end
        for first, end in a.intervals
        for other_first, other_end in b.intervals
    )


@dataclass(frozen=True)
class PlanProblem:
    """Buffers to place and pools to place them in. Names are unique within each."""

    buffers: tuple[Buffer, ...]
    pools: tuple[Pool, ...]


@dataclass(frozen=True)
class Allocation:
    """Where a buffer lives: ``pool`` base + ``offset_bytes``."""

    buffer: str
    pool: str
    offset_bytes: int


class Proof(Enum):
    """What is known of a plan's peak."""

    MEETS_LOWER_BOUND = "optimal (meets the lower bound)"
    SEARCH_EXHAUSTED = "optimal (search exhausted)"
    GAP = "gap"


@dataclass(frozen=True)
class PoolUse:
    """How much of one pool a plan takes.

    peak_bytes:        highest end of any allocation in it.
    lower_bound_bytes: no plan with the same buffers in this pool can have a lower peak.
    """

    pool: str
    peak_bytes: int
    lower_bound_bytes: int
    proof: Proof

    @property
    def gap_percent(self) -> float:
        if self.lower_bound_bytes == 0:
            return 0.0
        return 100.0 * (self.peak_bytes - self.lower_bound_bytes) / self.lower_bound_bytes

    @property
    def certificate(self) -> str:
        if self.proof is not Proof.GAP:
            return self.proof.value
        return f"gap {self.gap_percent:.1f} %" if self.gap_percent >= 0.05 else "gap below 0.1 %"


@dataclass(frozen=True)
class MemoryPlan:
    """A complete placement: one allocation a buffer, in the problem's buffer order."""

    problem: PlanProblem
    allocations: tuple[Allocation, ...]
    uses: tuple[PoolUse, ...]
    planner: str
