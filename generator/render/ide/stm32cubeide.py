"""STM32CubeIDE: an Eclipse project that the IDE's own managed build compiles, and its debug configuration.

No schema of these files is published. Names of natures, options and tools are those that STM32CubeIDE writes.
"""

from __future__ import annotations

from collections.abc import Sequence

from generator.model.project import Project
from generator.render.ide.sources import IdeBuild, ide_build
from generator.render.ide.stm32cubeide_build import cproject_text
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
    """paths: of all files of the application."""
    build = ide_build(project, paths)
    return {
        ".project": _project(project.slug, build),
        ".cproject": cproject_text(project, build),
        f"{project.slug}.launch": _launch(project.slug),
    }


# ---- .project


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


# ---- .launch


def _launch(name: str) -> str:
    tree = root("launchConfiguration", {"type": f"{_MCU}.debug.launch.launchConfigurationType"})
    launch, jtag = f"{_MCU}.debug.launch", f"{_CDT}.debug.gdbjtag.core"
    values: dict[str, bool | int | str] = {
        f"{launch}.formatVersion": 2,
        f"{launch}.remoteCommand": "target remote",
        f"{launch}.startServer": True,
        f"{launch}.swd_mode": True,
        f"{launch}.useRemoteTarget": True,
        f"{launch}.verify_flash_download": True,
        f"{jtag}.ipAddress": "localhost",
        f"{jtag}.jtagDevice": "ST-LINK (ST-LINK GDB server)",
        f"{jtag}.loadImage": True,
        f"{jtag}.loadSymbols": True,
        f"{jtag}.portNumber": 61234,
        f"{jtag}.setResume": True,
        f"{jtag}.setStopAt": True,
        f"{jtag}.stopAt": "main",
        f"{jtag}.useProjBinaryForImage": True,
        f"{jtag}.useProjBinaryForSymbols": True,
        f"{_CDT}.dsf.gdb.DEBUG_NAME": "${TOOLCHAIN_PATH}/arm-none-eabi-gdb",
        f"{_CDT}.dsf.gdb.NON_STOP": True,
        f"{_CDT}.launch.ATTR_BUILD_BEFORE_LAUNCH_ATTR": 2,
        f"{_CDT}.launch.DEBUGGER_START_MODE": "remote",
        f"{_CDT}.launch.DEBUGGER_STOP_AT_MAIN": True,
        f"{_CDT}.launch.DEBUGGER_STOP_AT_MAIN_SYMBOL": "main",
        f"{_CDT}.launch.PROGRAM_NAME": f"Debug/{name}.elf",
        f"{_CDT}.launch.PROJECT_ATTR": name,
        f"{_CDT}.launch.PROJECT_BUILD_CONFIG_AUTO_ATTR": False,
        f"{_CDT}.launch.PROJECT_BUILD_CONFIG_ID_ATTR": "",
        "process_factory_id": f"{_CDT}.dsf.gdb.GdbProcessFactory",
    }
    for key, value in values.items():
        kind = "boolean" if isinstance(value, bool) else "int" if isinstance(value, int) else "string"
        text = str(value).lower() if isinstance(value, bool) else str(value)
        child(tree, f"{kind}Attribute", {"key": key, "value": text})
    for key, entry in (("MAPPED_RESOURCE_PATHS", f"/{name}"), ("MAPPED_RESOURCE_TYPES", "4")):
        entries = child(tree, "listAttribute", {"key": f"org.eclipse.debug.core.{key}"})
        child(entries, "listEntry", {"value": entry})
    return xml_text(tree)
