"""Faults of a problem that no planner could solve, reported before any planner starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from generator.wording import counted

from ..errors import DoesNotFitError, PlanError, did_you_mean
from ..model.memory import Buffer, PlanProblem, Pool, live_together
from .bounds import Bound, lower_bound
from .packing import candidate_pools, pack

#: how many culprits a message lists before it counts the rest
LISTED = 10
#: greatest sum of sizes in bytes, and greatest instant
LARGEST = 1 << 53


def check_problem(problem: PlanProblem) -> None:
    """Raise PlanError (DoesNotFitError where bytes are short) if ``problem`` has no valid plan for a reason
    that can be seen at once: malformed buffers or pools, a buffer larger than each of its pools, fixed
    buffers that overlap, or more live bytes at some instant than the pools hold together.
    """
    _check_names("pool", [pool.name for pool in problem.pools])
    _check_names("buffer", [buffer.name for buffer in problem.buffers])
    for pool in problem.pools:
        _check_pool(pool)
    pool_names = {pool.name for pool in problem.pools}
    buffer_names = {buffer.name for buffer in problem.buffers}
    for buffer in problem.buffers:
        _check_buffer(buffer)
        _check_references(buffer, pool_names, buffer_names)
        _check_candidates(problem, buffer)
    _check_magnitudes(problem)
    _check_fixed_pairs(problem.buffers)
    _check_capacity(problem)


def _check_names(kind: str, names: Sequence[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise PlanError(
            f"{kind} name {twice[0]!r} is used more than once", hint=f"give each {kind} its own name"
        )
    unprintable = [name for name in names if not name.isprintable()]
    if unprintable:
        raise PlanError(
            f"{kind} name {unprintable[0][:80]!r} has unprintable characters", hint="use printable names"
        )
    if "" in names:
        raise PlanError(f"a {kind} has no name", hint=f"give each {kind} a name")


def _check_magnitudes(problem: PlanProblem) -> None:
    """Sums of sizes and times must fit the 64-bit integers the search works with, with room to spare."""
    total = sum(buffer.size_bytes + buffer.alignment_bytes for buffer in problem.buffers)
    total += max((buffer.fixed[1] for buffer in problem.buffers if buffer.fixed is not None), default=0)
    time = max((abs(point) for buffer in problem.buffers for point in buffer.lifespan), default=0)
    if total > LARGEST or time > LARGEST:
        raise PlanError(
            f"sizes add up to {total} bytes, the latest instant is {time}",
            where="problem",
            hint=f"both may be at most {LARGEST}",
        )


def _check_pool(pool: Pool) -> None:
    where = f"pool {pool.name!r}"
    if pool.size_bytes is not None and pool.size_bytes < 0:
        raise PlanError(
            f"size is {pool.size_bytes} bytes",
            where=where,
            hint="a pool's size must be 0 or more, or left out",
        )
    if not _power_of_two(pool.alignment_bytes):
        raise PlanError(
            f"alignment {pool.alignment_bytes} is not a power of two",
            where=where,
            hint="use 1, 2, 4, 8, 16 …",
        )
    if not 0 < pool.access_cost < float("inf"):
        raise PlanError(
            f"access cost is {pool.access_cost}", where=where, hint="use a finite cost greater than 0"
        )


def _check_buffer(buffer: Buffer) -> None:
    where = f"buffer {buffer.name!r}"
    if buffer.size_bytes <= 0:
        raise PlanError(
            f"size is {buffer.size_bytes} bytes", where=where, hint="a buffer must have at least 1 byte"
        )
    first, end = buffer.lifespan
    if end <= first:
        raise PlanError(
            f"lifespan [{first}, {end}) is empty",
            where=where,
            hint="the end is exclusive: a buffer that lives in operator 3 alone is [3, 4)",
        )
    if not _power_of_two(buffer.alignment_bytes):
        raise PlanError(
            f"alignment {buffer.alignment_bytes} is not a power of two",
            where=where,
            hint="use 1, 2, 4, 8, 16 …",
        )
    if buffer.live and not _fills(buffer):
        raise PlanError(
            f"intervals {list(buffer.live)} are not ascending parts of its lifespan [{first}, {end})",
            where=where,
            hint="give non-empty, disjoint intervals; the lifespan runs from the first to the last",
        )
    if buffer.min_size_bytes is not None and not 0 <= buffer.min_size_bytes <= buffer.size_bytes:
        raise PlanError(
            f"size range [{buffer.min_size_bytes}, {buffer.size_bytes}] is empty or negative",
            where=where,
            hint="size_bytes is the declared maximum, min_size_bytes lies in 0 … size_bytes",
        )
    if buffer.accesses < 0:
        raise PlanError(f"accesses is {buffer.accesses}", where=where, hint="accesses must be 0 or more")


def _fills(buffer: Buffer) -> bool:
    """Whether the intervals are in order, apart, and have the lifespan as their hull."""
    points = [point for interval in buffer.live for point in interval]
    return points == sorted(set(points)) and (points[0], points[-1]) == buffer.lifespan


def _check_references(buffer: Buffer, pools: set[str], buffers: set[str]) -> None:
    where = f"buffer {buffer.name!r}"
    for name in (*buffer.pools, *(buffer.fixed or ())[:1]):
        if name not in pools:
            raise PlanError(f"unknown pool {name!r}", where=where, hint=_choices("pools", pools, str(name)))
    for name in buffer.conflicts:
        if name not in buffers:
            raise PlanError(
                f"conflict with unknown buffer {name!r}", where=where, hint=_choices("buffers", buffers, name)
            )
        if name == buffer.name:
            raise PlanError(
                "conflicts with itself", where=where, hint="remove its own name from its conflicts"
            )


def _check_candidates(problem: PlanProblem, buffer: Buffer) -> None:
    where = f"buffer {buffer.name!r}"
    candidates = candidate_pools(problem, buffer)
    if not candidates:
        raise PlanError("it may be placed in no pool", where=where, hint="give a pool that is not read-only")
    if buffer.fixed is not None:
        _check_fixed(buffer, candidates[0])
        return
    largest = max((pool.size_bytes for pool in candidates if pool.size_bytes is not None), default=0)
    if all(pool.size_bytes is not None for pool in candidates) and buffer.size_bytes > largest:
        raise DoesNotFitError(
            f"its {counted(buffer.size_bytes, 'byte')} exceed all of its pools: "
            + ", ".join(f"{pool.name!r} has {pool.size_bytes}" for pool in candidates),
            where=where,
            hint=f"enlarge a pool by {counted(buffer.size_bytes - largest, 'byte')}, or allow a larger pool",
        )


def _check_fixed(buffer: Buffer, pool: Pool) -> None:
    offset = buffer.fixed[1] if buffer.fixed is not None else 0
    where = f"buffer {buffer.name!r} fixed at offset {offset} in pool {pool.name!r}"
    if offset < 0:
        raise PlanError("the offset is negative", where=where, hint="offsets count from the pool's start")
    if buffer.pools and pool.name not in buffer.pools:
        raise PlanError(
            "the pool is not one of its candidates", where=where, hint=f"add {pool.name!r} to its pools"
        )
    if pool.read_only and not buffer.read_only:
        raise PlanError("the pool is read-only", where=where, hint="fix it in a pool that can be written")
    alignment = max(buffer.alignment_bytes, pool.alignment_bytes)
    if offset % alignment:
        raise PlanError(
            f"the offset is not a multiple of {alignment}", where=where, hint="move it or relax the alignment"
        )
    if pool.size_bytes is not None and offset + buffer.size_bytes > pool.size_bytes:
        over = offset + buffer.size_bytes - pool.size_bytes
        raise DoesNotFitError(
            f"it ends {counted(over, 'byte')} beyond the pool",
            where=where,
            hint=f"enlarge the pool by {counted(over, 'byte')}",
        )


def _check_fixed_pairs(buffers: Iterable[Buffer]) -> None:
    held = [(buffer, buffer.fixed[0], buffer.fixed[1]) for buffer in buffers if buffer.fixed is not None]
    for i, (a, pool, low) in enumerate(held):
        for b, other_pool, other_low in held[i + 1 :]:
            apart = low + a.size_bytes <= other_low or other_low + b.size_bytes <= low
            named = b.name in a.conflicts or a.name in b.conflicts
            if pool == other_pool and not apart and (named or live_together(a, b)):
                raise PlanError(
                    f"fixed buffers {a.name!r} and {b.name!r} overlap while both are needed",
                    where=f"pool {pool!r}",
                    hint="fix them apart, or let the planner place one of them",
                )


def _check_capacity(problem: PlanProblem) -> None:
    """What lives together must fit the pools it may live in, taken as one."""
    by_pools: dict[frozenset[str], list[Buffer]] = {}
    for buffer in problem.buffers:
        names = frozenset(pool.name for pool in candidate_pools(problem, buffer))
        by_pools.setdefault(names, []).append(buffer)
    capacity = {pool.name: pool.size_bytes for pool in problem.pools}
    groups = {*by_pools, frozenset(capacity)}
    for group in sorted(groups, key=lambda names: (len(names), sorted(names))):
        sizes = [capacity[name] for name in sorted(group)]
        if not group or any(size is None for size in sizes):
            continue
        held = [buffer for names, members in by_pools.items() if names <= group for buffer in members]
        alignment = min(pool.alignment_bytes for pool in problem.pools if pool.name in group)
        packing = pack(held, Pool("all", alignment_bytes=alignment if len(group) == 1 else 1))
        bound = lower_bound(packing)
        if len(group) > 1 and bound.members:
            bound = _plain(bound, [packing.sizes[i] for i in bound.members])
        total = sum(size for size in sizes if size is not None)
        if bound.size_bytes > total:
            raise impossible(
                bound, [(packing.names[i], packing.sizes[i]) for i in bound.members], sorted(group), total
            )


def _plain(bound: Bound, sizes: Sequence[int]) -> Bound:
    """Spread over several pools no rounding between neighbours is certain: count bytes alone."""
    return Bound(sum(sizes), bound.members, bound.instant)


def impossible(
    bound: Bound, members: Sequence[tuple[str, int]], pools: Sequence[str], capacity: int
) -> DoesNotFitError:
    """The error for a proved lack of room; ``members`` are (buffer name, bytes)."""
    ordered = sorted(members, key=lambda member: (-member[1], member[0]))
    listed = ", ".join(f"{name!r} ({size})" for name, size in ordered[:LISTED])
    more = f" and {len(ordered) - LISTED} more" if len(ordered) > LISTED else ""
    when = (
        "buffers in conflict need"
        if bound.instant is None
        else f"at instant {bound.instant} the live buffers need"
    )
    where = ("pool " if len(pools) == 1 else "pools ") + ", ".join(map(repr, pools))
    return DoesNotFitError(
        f"{when} {bound.size_bytes} bytes and there are {capacity}: {listed}{more}",
        where=where,
        hint=f"{bound.size_bytes - capacity} bytes are missing: enlarge the pool, allow some of these buffers "
        "another one, or make the operator need less",
    )


def _power_of_two(value: int) -> bool:
    return value > 0 and value & (value - 1) == 0


def _choices(kind: str, names: Iterable[str], wrong: str) -> str:
    known = sorted(names)
    listed = f"the {kind} are " + ", ".join(map(repr, known[:LISTED])) if known else f"there are no {kind}"
    return did_you_mean(wrong, known, listed)
