"""Memory planning: the problem, the plan, and what is proved of it.

The vocabulary is that of TVM's Unified Static Memory Planner (RFC 0009): pool, allocation, conflict,
liveness, memory pressure.
"""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

#: the pool of planned workspace, in plans, in ``--pool`` and in the generated C
WORKSPACE = "workspace"


#: stands for the planner of a plan that was read from compiled code
COMPILER = "compiler"


def align_up(value: int, alignment: int) -> int:
    """The least multiple of alignment, a power of two, from value up."""
    return (value + alignment - 1) & -alignment


class Pool(Struct, frozen=True):
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


class Buffer(Struct, frozen=True):
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


class PlanProblem(Struct, frozen=True):
    """Buffers to place and pools to place them in. Names are unique within each."""

    buffers: tuple[Buffer, ...]
    pools: tuple[Pool, ...]


class Allocation(Struct, frozen=True):
    """Where a buffer lives: ``pool`` base + ``offset_bytes``."""

    buffer: str
    pool: str
    offset_bytes: int


class Proof(Enum):
    """What is known of a plan's peak."""

    MEETS_LOWER_BOUND = "optimal (meets the lower bound)"
    SEARCH_EXHAUSTED = "optimal (search exhausted)"
    GAP = "gap"


class PoolUse(Struct, frozen=True):
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
        """How far the peak may be above the least possible, in percent of the lower bound."""
        if self.lower_bound_bytes == 0:
            return 0.0
        return 100.0 * (self.peak_bytes - self.lower_bound_bytes) / self.lower_bound_bytes

    @property
    def certificate(self) -> str:
        """What is proved of the peak, in words."""
        if self.proof is not Proof.GAP:
            return str(self.proof.value)
        return gap_text(self.gap_percent)


class MemoryPlan(Struct, frozen=True):
    """A complete placement: one allocation per buffer, in the problem's buffer order.

    access_cost:       sum of the buffers' accesses x their pool's access cost, or None where not computed.
    access_cost_bound: no plan has a lower one, or None.
    """

    problem: PlanProblem
    allocations: tuple[Allocation, ...]
    uses: tuple[PoolUse, ...]
    planner: str
    access_cost: float | None = None
    access_cost_bound: float | None = None

    @property
    def access_certificate(self) -> str | None:
        """What is known of the access cost, in the words of ``PoolUse.certificate``."""
        if self.access_cost is None or self.access_cost_bound is None:
            return None
        # both are sums of floating point numbers, which may differ in their last digits
        if self.access_cost <= self.access_cost_bound * (1 + 1e-9):
            return Proof.MEETS_LOWER_BOUND.value
        if self.access_cost_bound <= 0:
            return Proof.GAP.value
        return gap_text(100 * (self.access_cost - self.access_cost_bound) / self.access_cost_bound)


def gap_text(percent: float) -> str:
    """A gap in words, never rounded to nothing."""
    return f"gap {percent:.1f} %" if percent >= 0.05 else "gap below 0.1 %"
