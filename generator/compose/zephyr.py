"""What Zephyr asks of an application beyond the model: Kconfig, devicetree, manifest."""

from __future__ import annotations

from generator.errors import BoardError
from generator.model.board import Board, Placement, Setting, ZephyrSupport
from generator.model.project import PoolBuffer

#: Zephyr release that manifests name; any from the board's minimum on works
ZEPHYR_REVISION = "v4.1.0"


def support_of(board: Board) -> ZephyrSupport:
    if board.zephyr is None:
        raise BoardError(
            f"board '{board.name}' can't be used with zephyr", hint="add a 'zephyr' section to its board file"
        )
    return board.zephyr


def used_placements(board: Board, buffers: tuple[PoolBuffer, ...], rtos: str) -> tuple[Placement, ...]:
    """Of the pools that hold a buffer, in board order."""
    used = {buffer.pool for buffer in buffers}
    return tuple(pool.placements[rtos] for pool in board.pools if pool.name in used)


def board_settings(board: Board, placements: tuple[Placement, ...], uses_float: bool) -> tuple[Setting, ...]:
    """Kconfig for ``boards/<board>.conf``; each symbol once. BoardError when two parts contradict."""
    support = support_of(board)
    wanted = [*support.settings, *(support.float_settings if uses_float else ())]
    for placement in placements:
        wanted += placement.settings
    chosen: dict[str, Setting] = {}
    for setting in wanted:
        before = chosen.setdefault(setting.symbol, setting)
        if before.value != setting.value:
            raise BoardError(
                f"CONFIG_{setting.symbol} is set to both {before.value} ({before.reason}) "
                f"and {setting.value} ({setting.reason})",
                where=board.name,
                hint="remove one of the two settings from the board file",
            )
    return tuple(chosen.values())


def conf_name(target: str) -> str:
    """Zephyr's file name for a board target: ``mps2/an500`` is looked for as ``mps2_an500``."""
    return target.replace("/", "_").replace("@", "_").replace(".", "_")
