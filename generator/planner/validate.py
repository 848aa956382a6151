"""The judge of every plan. It knows the model alone, no solver, and checks pair by pair."""

from __future__ import annotations

from itertools import islice
from math import fsum, isclose
from typing import TypeAlias

from generator.wording import counted

from ..errors import PlanError
from ..model.memory import Allocation, Buffer, MemoryPlan, Pool, PoolUse, Proof, live_together

_Placed: TypeAlias = tuple[Buffer, Allocation]


def validate_plan(plan: MemoryPlan) -> None:
    """Raise PlanError at the first thing in ``plan`` that would corrupt memory or claims too much.

    Checked: one allocation per buffer in the problem's order; known and permitted pools; fixed placements;
    alignment of buffer and pool; capacity; every pair of conflicting buffers in a pool; and that
    the figures stated for each pool are those of the allocations.
    """
    buffers = plan.problem.buffers
    listed = tuple(allocation.buffer for allocation in plan.allocations)
    expected = tuple(buffer.name for buffer in buffers)
    if listed != expected:
        raise _fault(
            plan,
            f"the plan does not place each buffer once and in order: {_first_difference(expected, listed)}",
        )
    pools = {pool.name: pool for pool in plan.problem.pools}
    placed: dict[str, list[tuple[Buffer, Allocation]]] = {name: [] for name in pools}
    for buffer, allocation in zip(buffers, plan.allocations, strict=True):
        pool = pools.get(allocation.pool)
        if pool is None:
            raise _fault(
                plan,
                f"buffer {buffer.name!r} is placed in {allocation.pool!r}, which is not a pool of the problem",
            )
        _check_placement(plan, buffer, allocation, pool)
        placed[pool.name].append((buffer, allocation))
    for name, residents in placed.items():
        overlap = _first_overlap(residents)
        if overlap is not None:
            (a, at_a), (b, at_b) = overlap
            low = max(at_a.offset_bytes, at_b.offset_bytes)
            end = min(at_a.offset_bytes + a.size_bytes, at_b.offset_bytes + b.size_bytes)
            raise _fault(
                plan,
                f"buffers {_spot(a, at_a)} and {_spot(b, at_b)} overlap by {counted(end - low, 'byte')} in {name!r} "
                f"while {_reason(a, b)}",
            )
    _check_uses(plan, placed)
    _check_access_cost(plan)


def _check_placement(plan: MemoryPlan, buffer: Buffer, allocation: Allocation, pool: Pool) -> None:
    offset, size = allocation.offset_bytes, buffer.size_bytes
    spot = f"buffer {buffer.name!r} at offset {offset} in pool {pool.name!r}"
    if offset < 0:
        raise _fault(plan, f"{spot} starts {counted(-offset, 'byte')} before the pool")
    if buffer.fixed is not None and (allocation.pool, offset) != buffer.fixed:
        raise _fault(plan, f"{spot} is fixed at offset {buffer.fixed[1]} in pool {buffer.fixed[0]!r}")
    if buffer.pools and pool.name not in buffer.pools:
        raise _fault(plan, f"{spot} may be placed only in {', '.join(map(repr, buffer.pools))}")
    if pool.read_only and not buffer.read_only:
        raise _fault(plan, f"{spot} is written to, and the pool is read-only")
    for owner, alignment in (("buffer", buffer.alignment_bytes), ("pool", pool.alignment_bytes)):
        if offset % alignment:
            raise _fault(
                plan,
                f"{spot} is {counted(offset % alignment, 'byte')} off the {owner}'s alignment of {alignment}",
            )
    if pool.size_bytes is not None and offset + size > pool.size_bytes:
        raise _fault(
            plan,
            f"{spot} ends {counted(offset + size - pool.size_bytes, 'byte')} beyond the pool's {pool.size_bytes}",
        )


def _first_overlap(residents: list[_Placed]) -> tuple[_Placed, _Placed] | None:
    """A pair that conflicts and shares bytes: named as conflicting, or living together.

    In order of their births, each buffer is compared with those born before it dies.
    """
    place = {buffer.name: index for index, (buffer, _) in enumerate(residents)}
    for index, one in enumerate(residents):
        for other in (place[name] for name in one[0].conflicts if name in place):
            if _share_bytes(one, residents[other]):
                return residents[min(index, other)], residents[max(index, other)]
    born = [min(first for first, _ in buffer.intervals) for buffer, _ in residents]
    order = sorted(range(len(residents)), key=born.__getitem__)
    for turn, index in enumerate(order):
        one = residents[index]
        dies = max(end for _, end in one[0].intervals)
        for later in islice(order, turn + 1, None):
            if born[later] >= dies:
                break
            if _share_bytes(one, residents[later]) and live_together(one[0], residents[later][0]):
                low, high = sorted((index, later))
                return residents[low], residents[high]
    return None


def _share_bytes(one: _Placed, other: _Placed) -> bool:
    (a, at_a), (b, at_b) = one, other
    return (
        at_a.offset_bytes < at_b.offset_bytes + b.size_bytes
        and at_b.offset_bytes < at_a.offset_bytes + a.size_bytes
    )


def _spot(buffer: Buffer, allocation: Allocation) -> str:
    return f"{buffer.name!r} [{allocation.offset_bytes}, {allocation.offset_bytes + buffer.size_bytes})"


def _reason(a: Buffer, b: Buffer) -> str:
    for first, end in a.intervals:
        for other_first, other_end in b.intervals:
            if max(first, other_first) < min(end, other_end):
                return f"both live in [{max(first, other_first)}, {min(end, other_end)})"
    return "they are named as conflicting"


def _check_uses(plan: MemoryPlan, placed: dict[str, list[tuple[Buffer, Allocation]]]) -> None:
    if tuple(use.pool for use in plan.uses) != tuple(placed):
        raise _fault(plan, "the plan does not state the use of each pool once and in order")
    for use in plan.uses:
        peak = max((at.offset_bytes + buffer.size_bytes for buffer, at in placed[use.pool]), default=0)
        if use.peak_bytes != peak:
            raise _fault(
                plan,
                f"pool {use.pool!r} is said to peak at {counted(use.peak_bytes, 'byte')}, but peaks at {peak}",
            )
        if not _claim_holds(use):
            raise _fault(
                plan,
                f"pool {use.pool!r} is called {use.proof.value!r} with a peak of {use.peak_bytes} bytes and "
                f"a lower bound of {use.lower_bound_bytes}",
            )


def _check_access_cost(plan: MemoryPlan) -> None:
    if plan.access_cost is None:
        return
    costs = {pool.name: pool.access_cost for pool in plan.problem.pools}
    accesses = {buffer.name: buffer.accesses for buffer in plan.problem.buffers}
    cost = fsum(accesses[at.buffer] * costs[at.pool] for at in plan.allocations)
    if not isclose(plan.access_cost, cost):
        raise _fault(plan, f"the access cost is said to be {plan.access_cost:g}, but is {cost:g}")
    if plan.access_cost_bound is not None and plan.access_cost_bound > plan.access_cost:
        raise _fault(
            plan, f"the access cost {plan.access_cost:g} is below its bound {plan.access_cost_bound:g}"
        )


def _claim_holds(use: PoolUse) -> bool:
    if use.proof is Proof.GAP:
        return use.peak_bytes > use.lower_bound_bytes
    return use.peak_bytes == use.lower_bound_bytes


def _first_difference(expected: tuple[str, ...], listed: tuple[str, ...]) -> str:
    for want, got in zip(expected, listed, strict=False):
        if want != got:
            return f"expected {want!r}, found {got!r}"
    return f"expected {len(expected)} buffers, found {len(listed)}"


def _fault(plan: MemoryPlan, what: str) -> PlanError:
    return PlanError(
        what,
        where=f"planner {plan.planner!r}",
        hint="this plan is refused; another planner (--planner portfolio) may give a valid one",
    )
