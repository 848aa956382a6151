"""Boards made from what a Zephyr workspace says of them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from generator.errors import UsageError, did_you_mean
from generator.model.board import Board
from generator.model.zephyr_board import ZephyrBoard
from generator.pipeline.board_names import ZEPHYR_PREFIX, similar_boards
from generator.readers.board.board import parse_board
from generator.readers.zephyr.board_file import board_file
from generator.readers.zephyr.board_list import is_target_name
from generator.toolchain.runner import CommandRunner, SystemRunner
from generator.toolchain.zephyr_board import has_workspace, load_zephyr_board


class DerivedBoard(Struct, frozen=True):
    """A board file made from Zephyr's description of a board.

    source: what it is derived from. text: the board file.
    """

    source: ZephyrBoard
    board: Board
    text: str

    def measured(self, system_bytes: Mapping[str, int]) -> DerivedBoard:
        """The same board with what Zephyr takes in some regions, in place of what is assumed.

        system_bytes: region -> bytes, as ``measure_system`` gives them.
        """
        return _derived(self.source, system_bytes)


def _derived(source: ZephyrBoard, system_bytes: Mapping[str, int]) -> DerivedBoard:
    text = board_file(source, system_bytes)
    return DerivedBoard(source, parse_board(text, source.target.given), text)


def may_be_derived(name: str) -> bool:
    """Whether Zephyr may have a board of a name without prefix: it could be one, and there is a workspace."""
    return is_target_name(name) and has_workspace()


def derive_board(name: str, runner: CommandRunner | None = None) -> DerivedBoard:
    """A Zephyr board, whether or not it is built in. See ``load_zephyr_board`` for what is raised."""
    target = name.removeprefix(ZEPHYR_PREFIX)
    try:
        return _derived(load_zephyr_board(target, runner or SystemRunner()), {})
    except UsageError as error:
        near = similar_boards(target)
        if name.startswith(ZEPHYR_PREFIX) or not near:
            raise
        built_in = did_you_mean(target, near, "")
        raise UsageError(error.what, where=error.where, hint=built_in or error.hint) from None
