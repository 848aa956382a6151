"""STM32CubeIDE: an Eclipse project that the IDE's own managed build compiles, and its debug configurations.

No schema of these files is published. Names of natures, options and tools are those that STM32CubeIDE writes.
"""

from __future__ import annotations

from collections.abc import Sequence

from generator.model.project import Project
from generator.render.ide.sources import IdeBuild, ide_build
from generator.render.ide.stm32cubeide_build import cproject_text
from generator.render.ide.stm32cubeide_launch import launch_files
from generator.render.ide.xml_tree import child, root, text_child, xml_text

_CDT = "org.eclipse.cdt"
_MCU = "com.st.stm32cube.ide.mcu"
_NATURES = (
    f"{_MCU}.MCUProjectNature",
    f"{_CDT}.core.cnature",
    f"{_MCU}.MCUCubeIdeServicesRevAProjectNature",
    f"{_MCU}.MCUSingleCpuProjectNature",
    f"{_CDT}.managedbuilder.core.managedBuildNature",
    f"{_CDT}.managedbuilder.core.ScannerConfigNature",
)


def stm32cubeide_files(project: Project, paths: Sequence[str]) -> dict[str, str]:
    """The project's files: path in the application -> text.

    paths: of all files of the application.
    """
    build = ide_build(project, paths)
    return {
        ".project": _project(project.slug, build),
        ".cproject": cproject_text(project, build),
        **launch_files(project),
    }


def _project(name: str, build: IdeBuild) -> str:
    tree = root("projectDescription")
    text_child(tree, "name", name)
    text_child(tree, "comment", "")
    child(tree, "projects")
    spec = child(tree, "buildSpec")
    for builder, triggers in (
        ("genmakebuilder", "clean,full,incremental,"),
        ("ScannerConfigBuilder", "full,incremental,"),
    ):
        command = child(spec, "buildCommand")
        text_child(command, "name", f"{_CDT}.managedbuilder.core.{builder}")
        text_child(command, "triggers", triggers)
        child(command, "arguments")
    natures = child(tree, "natures")
    for nature in _NATURES:
        text_child(natures, "nature", nature)
    links = [(path, "1") for path in build.workspace_files] + [
        (path, "2") for path in build.workspace_folders
    ]
    if links:
        resources = child(tree, "linkedResources")
        for path, kind in links:
            link = child(resources, "link")
            inside = path.removeprefix("../")
            text_child(link, "name", inside)
            text_child(link, "type", kind)
            text_child(link, "locationURI", f"PARENT-1-PROJECT_LOC/{inside}")
    return xml_text(tree)
