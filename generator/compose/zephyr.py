"""What Zephyr asks of an application beyond the model: Kconfig, devicetree, manifest."""

from __future__ import annotations

from generator.compose.port import SHARED, driver_constants, driver_files, driver_starts
from generator.errors import BoardError
from generator.model.board import Board, Placement, Setting, ZephyrSupport
from generator.model.options import ZEPHYR
from generator.model.port import PoolSection, ZephyrApplication

#: Zephyr release that manifests name; any from the board's minimum on works
ZEPHYR_REVISION = "v4.1.0"


def support_of(board: Board) -> ZephyrSupport:
    """What the board file says for Zephyr. Raises BoardError if it says nothing."""
    if board.zephyr is None:
        raise BoardError(
            f"board '{board.name}' can't be used with zephyr", hint="add a 'zephyr' section to its board file"
        )
    return board.zephyr


def used_placements(board: Board, pools: frozenset[str], rtos: str) -> tuple[Placement, ...]:
    """The placements of pools, given by their names, in board order."""
    return tuple(pool.placements[rtos] for pool in board.pools if pool.name in pools)


def zephyr_application(board: Board, pools: frozenset[str]) -> ZephyrApplication:
    """What pools, by their names, take that Zephyr does not have: sections, drivers."""
    sections: dict[str, PoolSection] = {}
    names: set[str] = set()
    for pool in board.pools:
        if pool.name not in pools:
            continue
        placement = pool.placements[ZEPHYR]
        names.update(placement.drivers)
        if placement.section is not None and placement.linker_region is not None:
            stored = not board.region(pool.region).writable
            section = PoolSection(placement.section, placement.linker_region, pool.alignment_bytes, stored)
            sections.setdefault(section.name, section)
    drivers = tuple(d for d in (board.port.drivers if board.port else ()) if d.name in names)
    if not drivers:
        return ZephyrApplication(tuple(sections.values()), (), (), ())
    files = {f"{SHARED}/{name}" for name in driver_files(drivers)}
    return ZephyrApplication(
        sections=tuple(sections.values()),
        constants=driver_constants(board, drivers),
        files=tuple(sorted({*files, "zephyr_drivers/mlf_drivers.c"})),
        starts=driver_starts(drivers),
    )


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
