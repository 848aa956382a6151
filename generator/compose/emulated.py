"""Boards in Zephyr's emulators that an application for another board runs on as well, for tests."""

from __future__ import annotations

from collections.abc import Iterable

from generator.model.archive import Archive
from generator.model.board import Board, ZephyrSupport
from generator.model.options import ZEPHYR
from generator.model.project import Project


def may_be_emulated(project: Project) -> bool:
    """Whether it runs by itself on a board that Zephyr's tests do not run."""
    support = project.board.zephyr
    alone = project.rtos == ZEPHYR and project.host is None and project.library is None
    return alone and support is not None and not support.simulated


def emulated_boards(
    project: Project, archives: Iterable[Archive], boards: Iterable[Board]
) -> tuple[Board, ...]:
    """Those of boards that can stand in for the board of a project that ``may_be_emulated``, in their order.

    As in the project's own fit, the size of code is not considered, which only the build tells.
    """
    own = project.board.zephyr
    if own is None:
        return ()
    instructions = {
        name for archive in archives for library in archive.models for name in library.instructions
    }
    return tuple(
        board
        for board in boards
        if board.zephyr is not None
        and board.zephyr.simulated
        and _builds(project, own, board, board.zephyr)
        and _executes(project, instructions, board)
        and _has_room(project, board)
    )


def _builds(project: Project, own: ZephyrSupport, board: Board, support: ZephyrSupport) -> bool:
    """Whether the application's Kconfig, modules and Zephyr do for board, and its sections exist there."""
    if project.zephyr is not None and (project.zephyr.sections or project.zephyr.starts):
        return False
    sections = {
        pool.placements[ZEPHYR].section
        for pool in board.pools
        if not board.is_apart(pool.region) and not pool.placements[ZEPHYR].settings
    }
    return (
        support.kconfig is None
        and set(support.modules) <= set(own.modules)
        and _version(support) <= _version(own)
        and {line.section for line in project.report.pools} <= sections | {None}
    )


def _version(support: ZephyrSupport) -> tuple[int, ...]:
    return tuple(map(int, support.min_version.split(".")))


def _executes(project: Project, instructions: set[str], board: Board) -> bool:
    """Whether the compiler for the project's board has board's core, and that core what the models' C uses."""
    has = {"dsp"} if board.core.dsp else set()
    return board.core.architecture == project.board.core.architecture and instructions <= has


def _has_room(project: Project, board: Board) -> bool:
    needed: dict[str, int] = {}
    for line in project.report.regions:
        region = board.data_region if line.writable else board.code_region
        used = sum(size_bytes for what, size_bytes in line.kinds if what != ZEPHYR)
        needed[region] = needed.get(region, 0) + used
    return all(
        size_bytes + board.region(name).system_bytes.get(ZEPHYR, 0) <= board.region(name).size_bytes
        for name, size_bytes in needed.items()
    )
