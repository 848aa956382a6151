"""Zephyr's list of boards, and the target that a name means in it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from generator.errors import UsageError, did_you_mean
from generator.model.zephyr_board import BoardTarget, ListedBoard

#: what Zephyr's own CMake code asks ``list_boards.py`` for
CMAKE_FORMAT = "{NAME}|{DIR}|{REVISION_DEFAULT}|{SOCS}|{QUALIFIERS}"
_TARGET = re.compile(r"(?P<board>[a-z0-9_]+)(@(?P<revision>[A-Za-z0-9.]+))?(?P<qualifiers>(/[a-z0-9_]*)*)")
_MOST_NAMES = 8


def is_target_name(name: str) -> bool:
    """Whether name is written like a target for ``west build -b``."""
    return _TARGET.fullmatch(name) is not None


def board_of(target: str) -> str:
    """The board's own name in a target."""
    match = _TARGET.fullmatch(target)
    return match["board"] if match else target


def parse_board_list(output: str) -> tuple[ListedBoard, ...]:
    """What ``list_boards.py`` prints in ``CMAKE_FORMAT``; lines of any other shape are skipped."""
    boards = []
    for line in output.splitlines():
        fields = [field.split(";") for field in line.split("|")]
        if [field[0] for field in fields] != ["NAME", "DIR", "REVISION_DEFAULT", "SOCS", "QUALIFIERS"]:
            continue
        name, folders, revision, socs, qualifiers = (
            tuple(filter(None, (text.strip() for text in field[1:]))) for field in fields
        )
        if name and folders:
            default = revision[0] if revision and revision[0] != "NOTFOUND" else ""
            boards.append(ListedBoard(name[0], folders, qualifiers, socs, default))
    return tuple(boards)


def find_target(given: str, boards: Iterable[ListedBoard]) -> BoardTarget:
    """The target of that name, given as BOARD, BOARD/QUALIFIERS or BOARD//VARIANT.

    Raises UsageError, with near spellings, when no board has it.
    """
    known = {board.name: board for board in boards}
    match = _TARGET.fullmatch(given)
    board = known.get(match["board"]) if match else None
    if match is None or board is None:
        targets = [target for board in known.values() for target in board.targets]
        hint = did_you_mean(
            given, [*targets, *known], "`west boards` lists the boards that Zephyr has", most=3
        )
        raise UsageError(f"Zephyr has no board '{given}'", hint=hint)
    qualifiers = match["qualifiers"].removeprefix("/")
    if qualifiers.startswith("/") or (not qualifiers and board.name in board.targets):
        # BOARD//variant leaves the only part out.
        qualifiers = (board.socs[0] if board.socs else "") + qualifiers
    if qualifiers not in board.qualifiers and (qualifiers or board.qualifiers):
        close = did_you_mean(given, board.targets, "", most=3)
        listed = ", ".join(board.targets[:_MOST_NAMES]) + (", …" if len(board.targets) > _MOST_NAMES else "")
        raise UsageError(
            f"board '{board.name}' has no target '{given}'", hint=close or f"its targets: {listed}"
        )
    return BoardTarget(given, board, qualifiers, match["revision"] or board.revision)
