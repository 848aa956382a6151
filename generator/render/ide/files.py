"""The files of the IDEs that a project is for, but for those that are templates (CMakePresets.json, .clangd)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from generator.model.ides import CMSIS, PLATFORMIO, STM32CUBEIDE, VSCODE
from generator.model.project import Project
from generator.render.ide.cmsis import cmsis_files
from generator.render.ide.platformio import platformio_files
from generator.render.ide.stm32cubeide import stm32cubeide_files
from generator.render.ide.vscode import vscode_files

_FILES: Mapping[str, Callable[[Project, Sequence[str]], dict[str, str]]] = {
    VSCODE: lambda project, paths: vscode_files(project),
    STM32CUBEIDE: stm32cubeide_files,
    CMSIS: cmsis_files,
    PLATFORMIO: platformio_files,
}


def ide_files(project: Project, paths: Sequence[str]) -> dict[str, str]:
    """Path in the application -> text. Every path in them is relative to the application's folder.

    paths: of all other files of the application.
    """
    return {
        path: text
        for name in project.ides
        if name in _FILES
        for path, text in _FILES[name](project, paths).items()
    }
