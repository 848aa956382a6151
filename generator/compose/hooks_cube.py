"""What STM32CubeIDE's settings, and GNU ld's scripts, need to take in a library of models. Pure."""

from __future__ import annotations

import posixpath

from generator.model.library import LibraryNeeds
from generator.model.surroundings import CubeLibrary, Hook, Surroundings

_CPP_NATURE = "org.eclipse.cdt.core.ccnature"


def cube_hooks(around: Surroundings, folder: str, needs: LibraryNeeds) -> tuple[Hook, ...]:
    path = next((name for name in around.texts if posixpath.basename(name) == ".cproject"), ".cproject")
    place = posixpath.dirname(path)
    project = posixpath.join(place, ".project")
    # The IDE builds in a folder of the project's, such as Debug.
    up = "/".join([".."] * (2 if place else 1))
    is_cpp = _CPP_NATURE in around.texts.get(project, "")
    cube = CubeLibrary(folder, up, needs.checks, is_cpp, needs.compiler_flags)
    steps = (f"follow the steps of {folder}/README.md",)
    found = [Hook(path, f"{path} (the project's settings)", steps, "cproject", cube=cube)]
    if place and "</linkedResources>" in around.texts.get(project, ""):
        link = (f"link the folder PARENT-1-PROJECT_LOC/{folder}",)
        found.append(Hook(project, f"{project} (the project's tree)", link, "project_links", cube=cube))
    return (*found, *(linker_hooks(around, folder, f"{up}/") if needs.sections else ()))


def linker_hooks(around: Surroundings, folder: str, up: str) -> tuple[Hook, ...]:
    """An INCLUDE for each of the firmware's linker scripts. up: its root as seen from where the linker runs."""
    line = f"INCLUDE {up}{folder}/model/sections.ld"
    return tuple(Hook(path, f"{path}, at the end", (line,)) for path in around.linker_scripts)
