"""What of a board's memories is left for a model's buffers."""

from __future__ import annotations

from collections.abc import Mapping

from generator.errors import BoardError
from generator.model.board import Board
from generator.model.memory import Pool


def pools_left(
    board: Board,
    rtos: str,
    stack_bytes: int,
    reserved_bytes: Mapping[str, int],
    *,
    on_request: bool = False,
) -> tuple[Pool, ...]:
    """Writable memories as pools, cheapest access first: what the RTOS, the stack and the application leave.

    One pool per region, by the name of the first that leads there. reserved_bytes: region -> bytes that the
    application keeps for itself. on_request: also those that are used only on request.

    BoardError for an RTOS or a region that the board does not have.
    """
    check_rtos(board, rtos)
    for name in reserved_bytes:
        if name not in {region.name for region in board.regions}:
            raise BoardError(
                f"board '{board.name}' has no region '{name}'",
                hint="its regions: " + ", ".join(region.name for region in board.regions),
            )
    stack_region = board.pool(board.io_pool).region
    pools: dict[str, Pool] = {}
    for place in board.pools:
        region = board.region(place.region)
        if place.on_request and not on_request:
            continue
        if not region.writable or rtos not in place.placements or region.name in pools:
            continue
        taken = region.system_bytes.get(rtos, 0) + reserved_bytes.get(region.name, 0)
        if region.name == stack_region:
            taken += stack_bytes
        left = max(0, region.size_bytes - taken)
        pools[region.name] = Pool(place.name, left, place.alignment_bytes, region.access_cost)
    return tuple(sorted(pools.values(), key=lambda pool: (pool.access_cost, pool.name)))


def check_rtos(board: Board, rtos: str) -> None:
    """BoardError for an RTOS that the board does not have."""
    if rtos in board.rtoses:
        return
    what = f"board '{board.name}' can't be used with {rtos}"
    if board.port is None and not board.core.hosted:
        what += ": it has no 'port' section, which says how the board starts without Zephyr"
    raise BoardError(
        what, hint=f"it supports {', '.join(board.rtoses)}; `mlfgen boards` lists the others (docs/boards.md)"
    )
