"""What would move a model's workspace to another memory, and what it takes there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.advice.replan import replan
from generator.advice.saving import Saving
from generator.compose.placement import array_name, planner_pools
from generator.errors import DoesNotFitError
from generator.model.archive import ModelLibrary
from generator.model.board import Board, BoardPool
from generator.model.memory import MemoryPlan, PlanProblem
from generator.model.options import GenerateOptions
from generator.model.report import MemoryReport, PoolLine
from generator.wording import counted


def moves(
    library: ModelLibrary,
    memory_plan: MemoryPlan | None,
    report: MemoryReport,
    board: Board,
    options: GenerateOptions,
) -> list[Saving]:
    """Each writable pool of the model in another memory of the board that has the room.

    memory_plan: of its workspace where it was planned here. PlanError from planning it again.
    """
    free = {region.name: region.free_bytes for region in report.regions if region.writable}
    costs = {pool.name: board.region(pool.region).access_cost for pool in board.pools}
    lines = [line for line in report.pools if line.kind == "workspace" and library.name in line.models]
    places = {array_name(place): place for place in board.pools}
    spread = [line for line in lines if memory_plan is not None and line.name in places]
    found = []
    for line in lines:
        if line.owner == "archive":
            found.append(
                Saving(
                    "pool",
                    line.size_bytes,
                    "exactly",
                    f"recompile with WorkspaceMemoryPools: the archive's C declares {line.name}, so it can only "
                    f"be in {line.region}; with them, the application places its {counted(line.size_bytes, 'byte')}",
                )
            )
            continue
        others = {
            pool.name: free[pool.region]
            for pool in board.pools
            if pool.region != line.region and pool.region in free and options.rtos in pool.placements
        }
        if memory_plan is not None and line in spread:
            kept = [(places[other.name], other.size_bytes) for other in spread if other is not line]
            found += _plan_without(line, kept, others, memory_plan, board, options)
        else:
            found += _move(line.name, line.region, line.size_bytes, others, costs)
    return found


def _plan_without(
    line: PoolLine,
    kept: list[tuple[BoardPool, int]],
    free: Mapping[str, int],
    memory_plan: MemoryPlan,
    board: Board,
    options: GenerateOptions,
) -> list[Saving]:
    """One of several arrays given up: planned again over the others, with one more memory if needed.

    kept: the other arrays' pools and sizes. free: bytes by pool outside the array's own region.
    """
    for targets in _targets([place for place, _ in kept], free, board):
        left = {place.region: free.get(place.name, 0) for place in targets}
        for place, size_bytes in kept:
            left[place.region] += size_bytes
        pools = planner_pools(targets, left, board)
        try:
            made = replan(
                PlanProblem(memory_plan.problem.buffers, pools),
                options,
            )
        except DoesNotFitError:
            continue
        taken = {use.pool: use.peak_bytes for use in made.uses}
        parts = ", ".join(f"{taken.get(array_name(place), 0):,} in {place.region}" for place in targets)
        names = ",".join(place.name for place in targets)
        words = f"--pool workspace={names} frees {line.region}: {parts}"
        return [Saving("pool", line.size_bytes, "exactly", words)]
    return []


def _targets(kept: list[BoardPool], free: Mapping[str, int], board: Board) -> Iterator[list[BoardPool]]:
    """The pools that are kept, then those with one more, cheapest access first."""
    yield kept
    regions = {place.region for place in kept}
    more = [
        board.pool(name) for name, room in free.items() if room and board.pool(name).region not in regions
    ]
    for place in sorted(more, key=lambda place: (board.region(place.region).access_cost, place.name)):
        yield [*kept, place]


def _move(
    pool: str, region: str, size_bytes: int, others: Mapping[str, int], costs: Mapping[str, float]
) -> list[Saving]:
    whole = [name for name, room in others.items() if room >= size_bytes]
    if whole:
        best = min(whole, key=lambda name: (costs[name], name))
        left = others[best] - size_bytes
        cost = f"; its access cost is {costs[best]:g}" if costs[best] > 1 else ""
        words = (
            f"--pool {pool}={best} moves it out of {region} ({best} keeps {counted(left, 'byte')} free{cost})"
        )
        return [Saving("pool", size_bytes, "exactly", words)]
    room = max(others.values(), default=0)
    if room <= 0:
        return []
    best = max(others, key=lambda name: (others[name], name))
    words = f"recompile with a second pool, of at most {counted(room, 'byte')}, which {best} has free"
    return [Saving("pool", room, "at most", words)]
