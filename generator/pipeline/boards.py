"""Boards by name or by file."""

from __future__ import annotations

from pathlib import Path

from generator import resources
from generator.errors import UsageError, did_you_mean
from generator.model.board import Board
from generator.readers.board.board import load_board


def find_board(name: str) -> Board:
    """A built-in board by name, or a board file by path."""
    if is_board_file(name):
        return load_board(Path(name))
    root = resources.folder("boards")
    path = root / f"{name}.yaml"
    if not path.is_file():
        raise UsageError(
            f"there is no built-in board '{name}'", hint=did_you_mean(name, _similar(name), _ADD)
        )
    return load_board(path)


_ADD = (
    "`mlfgen boards` lists the built-in boards; any other board is described in a file (docs/boards.md): "
    "--board path/to/board.yaml"
)


def _similar(name: str) -> list[str]:
    """Built-in boards that a misspelt name may mean. A name with other digits is that of another chip."""
    given = _digits(name)
    return [known for known in board_names() if given in _digits(known) or _digits(known) in given]


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))


def is_board_file(name: str) -> bool:
    """Whether name is a path and not a built-in board: anything with a slash or a YAML ending."""
    return "/" in name or name.endswith((".yaml", ".yml"))


def board_names() -> tuple[str, ...]:
    return resources.names("boards", ".yaml")
