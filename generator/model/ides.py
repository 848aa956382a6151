"""The IDEs and editors that applications have files for, and what a board file says about them."""

from __future__ import annotations

from msgspec import Struct

#: CMakePresets.json, which every tool that speaks CMake reads
PRESETS = "presets"
VSCODE = "vscode"
CLANGD = "clangd"
STM32CUBEIDE = "stm32cubeide"
#: a solution of Arm's CMSIS-Toolbox
CMSIS = "cmsis"
PLATFORMIO = "platformio"
IDES = (PRESETS, VSCODE, CLANGD, STM32CUBEIDE, CMSIS, PLATFORMIO)
DEFAULT_IDES = (PRESETS, VSCODE, CLANGD)
#: in place of a name
ALL_IDES = "all"
NO_IDE = "none"


class IdeSupport(Struct, frozen=True):
    """The ``ide`` section of a board file: how IDEs call the board and its part. What is empty is not known.

    device:            the part, as the vendor orders it (``STM32F746NGHx``). vendor: as CMSIS packs name it.
    cmsis_pack:        the pack that describes the part (``Keil::STM32F7xx_DFP``).
    stm32cubeide_board: STM32CubeIDE's name of the board.
    platformio_platform, platformio_board: PlatformIO's ids. platformio_protocol: how it writes images and debugs.
    """

    device: str
    vendor: str = ""
    cmsis_pack: str = ""
    stm32cubeide_board: str = ""
    platformio_platform: str = ""
    platformio_board: str = ""
    platformio_protocol: str = ""
