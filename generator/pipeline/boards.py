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
        known = board_names()
        raise UsageError(
            f"no built-in board is called '{name}'",
            hint=f"give a built-in name or a file's path; {did_you_mean(name, known)}",
        )
    return load_board(path)


def is_board_file(name: str) -> bool:
    """Whether name is a path and not a built-in board: anything with a slash or a YAML ending."""
    return "/" in name or name.endswith((".yaml", ".yml"))


def board_names() -> tuple[str, ...]:
    return resources.names("boards", ".yaml")
