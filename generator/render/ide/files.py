"""The files of the IDEs that a project is for, but for those that are templates (CMakePresets.json, .clangd)."""

from __future__ import annotations

from collections.abc import Sequence

from generator.model.ides import CMSIS, PLATFORMIO, STM32CUBEIDE, VSCODE
from generator.model.project import Project


def ide_files(project: Project, paths: Sequence[str]) -> dict[str, str]:
    """Path in the application -> text. Every path in them is relative to the application's folder.

    paths: of all other files of the application.
    """
    return {path: text for name in project.ides for path, text in _files_of(name, project, paths).items()}


# Few applications are for every IDE, and each module adds to the start of a command.
def _files_of(name: str, project: Project, paths: Sequence[str]) -> dict[str, str]:
    if name == VSCODE:
        from generator.render.ide.vscode import vscode_files

        return vscode_files(project)
    if name == STM32CUBEIDE:
        from generator.render.ide.stm32cubeide import stm32cubeide_files

        return stm32cubeide_files(project, paths)
    if name == CMSIS:
        from generator.render.ide.cmsis import cmsis_files

        return cmsis_files(project, paths)
    if name == PLATFORMIO:
        from generator.render.ide.platformio import platformio_files

        return platformio_files(project, paths)
    return {}
