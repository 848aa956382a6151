"""What ``--board`` takes: names of built-in boards, paths of board files, Zephyr's names of boards."""

from __future__ import annotations

from pathlib import Path

from generator import resources
from generator.model.options import ZEPHYR

#: what distinguishes Zephyr's name of a board from a built-in one
ZEPHYR_PREFIX = f"{ZEPHYR}:"


def similar_boards(name: str) -> list[str]:
    """Built-in boards that a misspelt name may mean. A name with other digits is that of another chip."""
    given = _digits(name)
    return [known for known in board_names() if given in _digits(known) or _digits(known) in given]


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))


def is_board_file(name: str) -> bool:
    """Whether name is a path: it ends like YAML, or has a slash and is a file or no name that Zephyr gives."""
    if name.startswith(ZEPHYR_PREFIX):
        return False
    if name.endswith((".yaml", ".yml")):
        return True
    if "/" not in name:
        return False
    from generator.readers.zephyr.board_list import is_target_name

    return not is_target_name(name) or Path(name).is_file()


def board_names() -> tuple[str, ...]:
    """Names of the built-in boards, sorted."""
    return resources.names("boards", ".yaml")
