"""A compiler's placement as a memory plan, to be drawn and described like one that was made here."""

from __future__ import annotations

from generator.model.liveness import PlacedBuffer, PlacedRun
from generator.model.memory import COMPILER, Allocation, Buffer, MemoryPlan, PlanProblem, Pool, PoolUse, Proof
from generator.model.plan_labels import PlanLabels
from generator.planner.bounds import lower_bound
from generator.planner.packing import pack


def placed_plan(run: PlacedRun) -> MemoryPlan:
    """Not validated: what a compiler does wrong is to be seen. Only buffers whose size is known are in it."""
    names = _unique(run.buffers)
    buffers = tuple(
        Buffer(name, placed.size_bytes, placed.lifespan, alignment_bytes=1, pools=(placed.pool,))
        for name, placed in zip(names, run.buffers, strict=True)
    )
    pools = tuple(Pool(name, size_bytes) for name, size_bytes in run.pools)
    allocations = tuple(
        Allocation(name, placed.pool, placed.offset_bytes)
        for name, placed in zip(names, run.buffers, strict=True)
    )
    uses = []
    for pool in pools:
        peak = max(placed.end_byte for placed in run.buffers if placed.pool == pool.name)
        residents = [b for b, placed in zip(buffers, run.buffers, strict=True) if placed.pool == pool.name]
        # In-place buffers share bytes, and unknown ones are not counted: then no bound is known but the peak.
        known = not run.in_place and not run.unread
        bound = lower_bound(pack(residents, pool)).size_bytes if known else 0
        proof = Proof.MEETS_LOWER_BOUND if bound == peak else Proof.GAP
        uses.append(PoolUse(pool.name, peak, bound, proof))
    return MemoryPlan(PlanProblem(buffers, pools), allocations, tuple(uses), COMPILER)


def placed_labels(run: PlacedRun) -> PlanLabels:
    """Names of the plan's operators and kinds of its buffers, for pictures and tables."""
    return PlanLabels(
        operators=tuple(step.function for step in run.steps),
        runs=tuple(step.call for step in run.steps),
        kinds=dict(zip(_unique(run.buffers), (placed.kind for placed in run.buffers), strict=True)),
    )


def _unique(buffers: tuple[PlacedBuffer, ...]) -> list[str]:
    seen: dict[str, int] = {}
    names = []
    for placed in buffers:
        count = seen[placed.name] = seen.get(placed.name, 0) + 1
        names.append(placed.name if count == 1 else f"{placed.name} ({count})")
    return names
