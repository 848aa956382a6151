"""Boards by name, by file, or by the name that Zephyr has for them."""

from __future__ import annotations

from pathlib import Path

from generator import resources
from generator.errors import UsageError, did_you_mean
from generator.model.board import Board
from generator.model.options import ZEPHYR
from generator.pipeline.board_names import ZEPHYR_PREFIX, board_names, is_board_file, similar_boards
from generator.readers.board.board import load_board, parse_board

_FILE = "any other board is described in a file (docs/boards.md): --board path/to/board.yaml"


def find_board(name: str) -> Board:
    """A built-in board by its name or its Zephyr name; a board file by path; or else a Zephyr board."""
    return find_board_and_notes(name)[0]


def find_board_and_notes(name: str) -> tuple[Board, tuple[str, ...]]:
    """``find_board``, with notes on where the board comes from."""
    known = _known(name)
    if known is not None:
        return known, ()
    # Most boards are built in: what derives one need not be loaded for them.
    from generator.pipeline.derived_boards import derive_board

    board = derive_board(name).board
    target = name.removeprefix(ZEPHYR_PREFIX)
    note = (
        f"board '{board.name}' is derived from Zephyr's devicetree; to see and correct what is assumed: "
        f"mlfgen boards --derive {target} -o {board.name}.yaml"
    )
    return board, (note,)


def asks_zephyr(name: str) -> bool:
    """Whether a board would be derived: Zephyr's own scripts tell of it then. UsageError for an unknown board."""
    return _known(name) is None


def load_simulated_boards() -> tuple[Board, ...]:
    """The built-in boards that Zephyr's tests run in an emulator. The others' files need not be parsed for that."""
    folder = resources.folder("boards")
    texts = ((name, (folder / f"{name}.yaml").read_text(encoding="utf-8")) for name in board_names())
    boards = (parse_board(text, f"{name}.yaml") for name, text in texts if "simulated: true" in text)
    return tuple(board for board in boards if board.zephyr is not None and board.zephyr.simulated)


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
        from generator.pipeline.derived_boards import may_be_derived

        if not may_be_derived(name):
            raise _unknown(name)
    return None


def _unknown(name: str) -> UsageError:
    listed = "`mlfgen boards` lists the built-in boards"
    more = f"with a Zephyr workspace (mlfgen workspace --rtos {ZEPHYR}), the name of any Zephyr board works"
    return UsageError(
        f"there is no built-in board '{name}'",
        hint=did_you_mean(name, similar_boards(name), f"{listed}; {more}; {_FILE}"),
    )
