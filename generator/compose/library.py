"""The models alone, for an existing firmware, and their names in build systems."""

from __future__ import annotations

from msgspec import Struct

from generator.compose.port import compiler_flags
from generator.model.board import Board
from generator.model.library import Library
from generator.model.options import GenerateOptions
from generator.model.project import ProjectModel

#: Kconfig symbols of the library itself
_TAKEN = ("MLF", "MLF_WATERMARK", "MLF_PROFILE", "MLF_OPTIMIZATION")
_TAKEN_START = "MLF_OPTIMIZE_"
#: CMake's name for all models
_ALL = "models"


class BuildNames(Struct, frozen=True):
    """Names of one model in build systems.

    target: CMake's, without ``mlf::``. symbol: Kconfig's, without ``CONFIG_``.
    """

    target: str
    symbol: str


def compose_library(board: Board, options: GenerateOptions) -> Library | None:
    """What only the templates of a library print; None for an application."""
    if options.library is None:
        return None
    known = board.core.cpu.startswith("cortex-")
    return Library(options.library.form, options.library.folder, compiler_flags(board.core) if known else ())


def build_names(models: tuple[ProjectModel, ...]) -> tuple[BuildNames, ...]:
    """In the order of models; all targets differ, and all symbols."""
    targets = _distinct(tuple(model.ident.removeprefix("mlf_") for model in models), (_ALL,))
    symbols = _distinct(tuple(_symbol(model.ident) for model in models), _TAKEN)
    return tuple(BuildNames(*names) for names in zip(targets, symbols, strict=True))


def _symbol(ident: str) -> str:
    symbol = ident.upper()
    return f"{symbol}_MODEL" if symbol.startswith(_TAKEN_START) else symbol


def _distinct(names: tuple[str, ...], taken: tuple[str, ...]) -> tuple[str, ...]:
    """names, numbered where one is taken: CMake and Kconfig have one space of names each."""
    found: list[str] = []
    for name in names:
        number, choice = 1, name
        while choice in found or choice in taken:
            number += 1
            choice = f"{name}_{number}"
        found.append(choice)
    return tuple(found)
