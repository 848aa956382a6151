"""The files of the IDEs that a project is for, but for those that are templates (CMakePresets.json, .clangd)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from generator.model.ides import VSCODE
from generator.model.project import Project
from generator.render.ide.vscode import vscode_files

_FILES: Mapping[str, Callable[[Project], dict[str, str]]] = {VSCODE: vscode_files}


def ide_files(project: Project) -> dict[str, str]:
    """Path in the application -> text. Every path in them is relative to the application's folder."""
    return {
        path: text for name in project.ides if name in _FILES for path, text in _FILES[name](project).items()
    }
