"""Workspace over several memories: the fast one for what is used most, the rest where there is room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from generator.compose.board_pools import pools_left
from generator.compose.pools import PoolMap
from generator.compose.workspace import ALIGNMENT_BYTES, Workspace, plan_workspace
from generator.errors import DoesNotFitError
from generator.model.archive import ModelLibrary
from generator.model.board import Board, BoardPool
from generator.model.liveness import Analysis
from generator.model.memory import WORKSPACE, Pool, align_up
from generator.model.options import GenerateOptions
from generator.model.project import PoolBuffer
from generator.planner.solution import Budget


def place_workspace(
    library: ModelLibrary,
    analysis: Analysis,
    places: PoolMap,
    options: GenerateOptions,
    taken: Iterable[PoolBuffer],
) -> tuple[Workspace | None, dict[str, BoardPool]]:
    """The workspace, and for each of its arrays (by name) the board pool it goes to.

    In the pool for workspace, where it fits there; over the pools that ``--pool workspace=a,b`` names, or
    over all writable ones where it does not fit. taken: the application's other buffers.
    """
    if not library.unplanned:
        return None, {}
    chosen = places.candidates(WORKSPACE)
    left = _left(places, options, taken)
    spread = planner_pools(chosen, left, places.board)
    budget = Budget.of_effort(options.effort_percent)
    if len(chosen) == 1:
        workspace = plan_workspace(analysis, options.planner, budget=budget)
        if workspace is None or workspace.plan is None or places.is_chosen(WORKSPACE):
            return workspace, {WORKSPACE: chosen[0]}
        if align_up(workspace.size_bytes, chosen[0].alignment_bytes) <= left.get(chosen[0].region, 0):
            return workspace, {WORKSPACE: chosen[0]}
        spread = planner_pools(places.writable(), left, places.board)
        try:
            divided = plan_workspace(analysis, options.planner, spread, budget)
        except DoesNotFitError:
            # The fence that compares all buffers with the board says more than the planner can.
            return workspace, {WORKSPACE: chosen[0]}
        places.notes.append(
            f"workspace of model '{library.name}' is spread over several memories: "
            f"'{chosen[0].name}' alone is too small"
        )
        return divided, _arrays(divided, places)
    workspace = plan_workspace(analysis, options.planner, spread, budget)
    if workspace is not None and workspace.plan is None:
        # Requests of unknown order take one stack, which lies in one memory.
        return workspace, {WORKSPACE: chosen[0]}
    return workspace, _arrays(workspace, places)


def _left(places: PoolMap, options: GenerateOptions, taken: Iterable[PoolBuffer]) -> dict[str, int]:
    """Region -> bytes left for workspace."""
    board = places.board
    pools = pools_left(board, options.rtos, options.stack_bytes, options.reserved_bytes, on_request=True)
    left = {board.pool(pool.name).region: pool.size_bytes or 0 for pool in pools}
    for buffer in taken:
        if buffer.region in left:
            left[buffer.region] -= buffer.size_bytes
    return left


def planner_pools(candidates: Iterable[BoardPool], left: Mapping[str, int], board: Board) -> tuple[Pool, ...]:
    """One per region, each as large as its array may become. left: region -> bytes."""
    pools: dict[str, Pool] = {}
    for place in candidates:
        room = left.get(place.region, 0) // place.alignment_bytes * place.alignment_bytes
        cost = board.region(place.region).access_cost
        if room > 0:
            pools.setdefault(place.region, Pool(array_name(place), room, ALIGNMENT_BYTES, cost))
    return tuple(pools.values())


def array_name(place: BoardPool) -> str:
    """The name of the workspace's part in a board pool."""
    return f"{WORKSPACE}_{place.name}"


def _arrays(workspace: Workspace | None, places: PoolMap) -> dict[str, BoardPool]:
    by_name = {array_name(place): place for place in places.board.pools}
    return {name: by_name[name] for name, _ in workspace.arrays} if workspace is not None else {}
