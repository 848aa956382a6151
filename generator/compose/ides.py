"""Which IDEs an application comes with files for."""

from __future__ import annotations

from collections.abc import Mapping

from generator.errors import UsageError
from generator.model.board import Board
from generator.model.ides import ALL_IDES, CMSIS, IDES, PLATFORMIO, STM32CUBEIDE, IdeSupport
from generator.model.options import ZEPHYR, GenerateOptions


def project_ides(board: Board, options: GenerateOptions) -> tuple[str, ...]:
    """Names of IDES. UsageError for one that is asked for by name and can't open the application."""
    if options.ides == (ALL_IDES,):
        return tuple(name for name in IDES if _obstacle(name, board, options.rtos) is None)
    for name in options.ides:
        obstacle = _obstacle(name, board, options.rtos)
        if obstacle is not None:
            raise UsageError(f"--ide {name}: {obstacle[0]}", hint=obstacle[1])
    return options.ides


def _obstacle(name: str, board: Board, rtos: str) -> tuple[str, str] | None:
    """What is wrong and the hint, or None."""
    if rtos == ZEPHYR and name in _OWN_BUILDS:
        return f"can't open an application for {rtos}", "--ide vscode, or --rtos freertos or none"
    support = board.ide or IdeSupport("")
    missing = [key for field, key in _NEEDS.get(name, {}).items() if not getattr(support, field)]
    if missing:
        keys = ", ".join(f"'{key}'" for key in missing)
        return (
            f"the board file of '{board.name}' lacks what the IDE needs",
            f"add {keys} to 'ide' in the board file",
        )
    return None


#: those that compile by themselves, which Zephyr's applications are not made for
_OWN_BUILDS = (STM32CUBEIDE, PLATFORMIO)
#: fields of IdeSupport that each needs, and their keys in a board file; the others open any application
_NEEDS: Mapping[str, Mapping[str, str]] = {
    STM32CUBEIDE: {"device": "device", "stm32cubeide_board": "stm32cubeide_board"},
    CMSIS: {"device": "device", "vendor": "vendor", "cmsis_pack": "cmsis_pack"},
    PLATFORMIO: {"platformio_platform": "platformio.platform", "platformio_board": "platformio.board"},
}
