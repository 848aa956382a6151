"""A board's ``board.cmake``: how Zephyr runs it in QEMU, and what flashes it."""

from __future__ import annotations

import re
from collections.abc import Collection

from msgspec import Struct

from generator.readers.zephyr.kconfig import holds

_COMMAND = re.compile(r"(\w+)\s*\(((?:[^()\"#]|\"[^\"]*\"|\((?:[^()\"]|\"[^\"]*\")*\))*)\)")
_WORD = re.compile(r"\"[^\"]*\"|[^\s\"]+")
_COMMON = re.compile(r"/boards/common/(\w[\w-]*)\.board\.cmake$")
#: of variables named by variables
_DEEPEST = 3
_VARIABLE = re.compile(r"\$\{(\w+)\}")


class BoardCommands(Struct, frozen=True):
    """What runs and flashes a board.

    qemu: suffix of QEMU's program (``arm``), or empty where Zephyr does not run the board in QEMU.
    """

    qemu: str = ""
    qemu_arguments: tuple[str, ...] = ()
    runners: tuple[str, ...] = ()


def parse_board_cmake(text: str, arch: str, symbols: Collection[str], revision: str = "") -> BoardCommands:
    """Read a ``board.cmake``.

    symbols: Kconfig's, without ``CONFIG_``. What is written under other conditions than these is left out.
    """
    variables = {"ARCH": arch, "BOARD_REVISION": revision}
    runners: list[str] = []
    # of each enclosing if: whether its current branch is taken, and whether one has been
    branches: list[tuple[bool, bool]] = []
    for match in _COMMAND.finditer(_without_comments(text)):
        name, words = match[1].lower(), _words(match[2], variables)
        if name == "if":
            taken = _true(words, symbols)
            branches.append((taken, taken))
        elif name in ("elseif", "else") and branches:
            done = branches[-1][1]
            taken = not done and (name == "else" or _true(words, symbols))
            branches[-1] = (taken, done or taken)
        elif name == "endif":
            del branches[-1:]
        elif not all(taken for taken, _ in branches):
            continue
        elif name in ("set", "set_ifndef") and words:
            variables[words[0]] = " ".join(words[1:])
        elif name == "include" and words and (common := _COMMON.search(words[0])):
            # openocd-stm32 and its like are OpenOCD with arguments.
            runners.append("openocd" if common[1].startswith("openocd") else common[1])
    if "qemu" not in variables.get("SUPPORTED_EMU_PLATFORMS", "").split():
        return BoardCommands(runners=tuple(dict.fromkeys(runners)))
    return BoardCommands(
        variables.get("QEMU_binary_suffix", arch),
        tuple(variables.get(f"QEMU_FLAGS_{arch}", "").split()),
        tuple(dict.fromkeys(runners)),
    )


def _without_comments(text: str) -> str:
    return re.sub(r"(?m)#.*$", "", text)


def _words(text: str, variables: dict[str, str]) -> list[str]:
    filled = text
    for _ in range(_DEEPEST):
        filled = _VARIABLE.sub(lambda match: variables.get(match[1], match[0]), filled)
    return [word.strip('"') for word in _WORD.findall(filled)]


def _true(words: list[str], symbols: Collection[str]) -> bool:
    """A condition of CONFIG_ symbols, or a comparison of two texts."""
    if len(words) == 3 and words[1] == "STREQUAL":
        return words[0] == words[2]
    operators = {"AND": "&&", "OR": "||", "NOT": "!"}
    given = {f"CONFIG_{symbol}" for symbol in symbols}
    return holds(" ".join(operators.get(word, word) for word in words), given)
