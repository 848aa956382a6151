"""Boards by name, by file, or by the name that Zephyr has for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from generator import resources
from generator.errors import UsageError, did_you_mean
from generator.model.board import Board
from generator.model.options import ZEPHYR
from generator.model.zephyr_board import ZephyrBoard
from generator.readers.board.board import load_board, parse_board
from generator.readers.zephyr.board_file import board_file
from generator.readers.zephyr.board_list import is_target_name
from generator.toolchain.runner import CommandRunner, SystemRunner
from generator.toolchain.zephyr_board import has_workspace, load_zephyr_board

#: what distinguishes Zephyr's name of a board from a built-in one
ZEPHYR_PREFIX = f"{ZEPHYR}:"
_FILE = "any other board is described in a file (docs/boards.md): --board path/to/board.yaml"


@dataclass(frozen=True)
class DerivedBoard:
    """source: what it is derived from. text: the board file."""

    source: ZephyrBoard
    board: Board
    text: str

    def measured(self, system_bytes: Mapping[str, int]) -> DerivedBoard:
        """The same with what Zephyr takes of some regions, in place of what is assumed."""
        return _derived(self.source, system_bytes)


def _derived(source: ZephyrBoard, system_bytes: Mapping[str, int]) -> DerivedBoard:
    text = board_file(source, system_bytes)
    return DerivedBoard(source, parse_board(text, source.target.given), text)


def find_board(name: str) -> Board:
    """A built-in board by its name or its Zephyr name; a board file by path; or else a Zephyr board."""
    return find_board_and_notes(name)[0]


def find_board_and_notes(name: str) -> tuple[Board, tuple[str, ...]]:
    """The same, with what is to be said of where it is from."""
    known = _known(name)
    if known is not None:
        return known, ()
    board = derive_board(name).board
    target = name.removeprefix(ZEPHYR_PREFIX)
    note = (
        f"board '{board.name}' is derived from Zephyr's devicetree; to see and correct what is assumed: "
        f"mlfgen boards --derive {target} -o {board.name}.yaml"
    )
    return board, (note,)


def _known(name: str) -> Board | None:
    """The board that a file describes, or None for one of Zephyr's. UsageError for a name that is neither."""
    if is_board_file(name):
        return load_board(Path(name))
    if not name.startswith(ZEPHYR_PREFIX):
        path = resources.folder("boards") / f"{name}.yaml"
        if path.is_file():
            return load_board(path)
        for known in board_names():
            board = load_board(resources.folder("boards") / f"{known}.yaml")
            if board.zephyr is not None and board.zephyr.target == name:
                return board
        if not is_target_name(name) or not has_workspace():
            raise _unknown(name)
    return None


def derive_board(name: str, runner: CommandRunner | None = None) -> DerivedBoard:
    """A Zephyr board, whether or not it is built in. See ``load_zephyr_board`` for what is raised."""
    target = name.removeprefix(ZEPHYR_PREFIX)
    try:
        return _derived(load_zephyr_board(target, runner or SystemRunner()), {})
    except UsageError as error:
        near = _similar(target)
        if name.startswith(ZEPHYR_PREFIX) or not near:
            raise
        built_in = did_you_mean(target, near, "")
        raise UsageError(error.what, where=error.where, hint=built_in or error.hint) from None


def _unknown(name: str) -> UsageError:
    listed = "`mlfgen boards` lists the built-in boards"
    more = f"with a Zephyr workspace (mlfgen workspace --rtos {ZEPHYR}), the name of any Zephyr board works"
    return UsageError(
        f"there is no built-in board '{name}'",
        hint=did_you_mean(name, _similar(name), f"{listed}; {more}; {_FILE}"),
    )


def _similar(name: str) -> list[str]:
    """Built-in boards that a misspelt name may mean. A name with other digits is that of another chip."""
    given = _digits(name)
    return [known for known in board_names() if given in _digits(known) or _digits(known) in given]


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))


def is_board_file(name: str) -> bool:
    """Whether name is a path: it ends like YAML, or has a slash and is a file or no name that Zephyr gives."""
    if name.startswith(ZEPHYR_PREFIX):
        return False
    slash = "/" in name
    return name.endswith((".yaml", ".yml")) or (slash and (not is_target_name(name) or Path(name).is_file()))


def board_names() -> tuple[str, ...]:
    return resources.names("boards", ".yaml")
