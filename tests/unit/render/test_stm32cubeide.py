"""STM32CubeIDE's files: only names that the IDE itself writes, ids once each, nothing of this computer."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

from msgspec.structs import replace

from generator import resources
from generator.cli.parser import build_parser
from generator.model.project import Project
from generator.render.files import load_runtime, render_files

Make = Callable[..., Project]
TEMPLATES = resources.folder("templates")
MCU = "com.st.stm32cube.ide.mcu."
BUILD = f"{MCU}gnu.managedbuild."

# As found in projects that STM32CubeIDE 1.0 to 1.17 wrote.
NATURES = {
    f"{MCU}MCUProjectNature",
    f"{MCU}MCUCubeProjectNature",
    f"{MCU}MCUCubeIdeServicesRevAProjectNature",
    f"{MCU}MCUSingleCpuProjectNature",
    "org.eclipse.cdt.core.cnature",
    "org.eclipse.cdt.managedbuilder.core.managedBuildNature",
    "org.eclipse.cdt.managedbuilder.core.ScannerConfigNature",
}
#: without which the IDE opens a project that it can't build for a microcontroller
NEEDED_NATURES = {
    f"{MCU}MCUProjectNature",
    "org.eclipse.cdt.core.cnature",
    "org.eclipse.cdt.managedbuilder.core.managedBuildNature",
}
MODULES = {
    "org.eclipse.cdt.core.settings",
    "cdtBuildSystem",
    "org.eclipse.cdt.core.externalSettings",
    "org.eclipse.cdt.core.LanguageSettingsProviders",
    "refreshScope",
    "org.eclipse.cdt.make.core.buildtargets",
    "scannerConfiguration",
}
CLASSES = {
    *(f"toolchain.exe.{kind}" for kind in ("debug", "release")),
    *(f"option.{name}" for name in ("target_mcu", "target_cpuid", "target_coreid", "target_board")),
    *("option.fpu", "option.floatabi", "targetplatform", "builder"),
    *(f"tool.{name}" for name in ("assembler", "c.compiler", "c.linker", "archiver", "size")),
    *("tool.objcopy.hex", "tool.objcopy.binary", "tool.c.compiler.input.c", "tool.c.linker.input"),
    *(
        f"tool.c.compiler.option.{name}"
        for name in (
            *("languagestandard", "debuglevel", "optimization.level"),
            *("definedsymbols", "includepaths", "otherflags"),
        )
    ),
    *(f"tool.c.linker.option.{name}" for name in ("script", "libraries", "otherflags")),
}
#: of host-driven applications
DEFINES = "tool.c.compiler.option.definedsymbols"
LAUNCH = {
    "com.st.stm32cube.ide.mcu.debug.launch",
    "org.eclipse.cdt.debug.gdbjtag.core",
    "org.eclipse.cdt.dsf.gdb",
    "org.eclipse.cdt.launch",
    "org.eclipse.debug.core",
}


def texts(project: Project) -> dict[str, str]:
    files = render_files(project, TEMPLATES / project.rtos, load_runtime(TEMPLATES / "runtime"))
    return {path: file.data.decode() for path, file in files if file.origin.startswith("ide:")}


def a_project(make_project: Make, rtos: str = "freertos", name: str = "sine-aot-c-pool") -> Project:
    return make_project(name, rtos=rtos, ides=("stm32cubeide",))


def test_every_name_is_one_that_the_ide_writes(make_project: Make) -> None:
    files = texts(a_project(make_project))
    project = ElementTree.fromstring(files[".project"])
    natures = {nature.text for nature in project.iter("nature")}
    assert NEEDED_NATURES <= natures <= NATURES
    build = ElementTree.fromstring(files[".cproject"])
    modules = {module.get("moduleId") for module in build.iter("storageModule")}
    assert {"org.eclipse.cdt.core.settings", "cdtBuildSystem"} <= modules <= MODULES
    classes = {str(e.get("superClass")).removeprefix(BUILD) for e in build.iter() if e.get("superClass")}
    assert CLASSES - {DEFINES} <= classes <= CLASSES
    launch = files["sine-aot-c-pool.launch"]
    keys = [str(e.get("key")) for e in ElementTree.fromstring(launch)]
    assert {key.rpartition(".")[0] for key in keys if "." in key} == LAUNCH


def test_ids_are_unique_and_belong_to_their_classes(make_project: Make) -> None:
    build = ElementTree.fromstring(texts(a_project(make_project))[".cproject"])
    elements = [e for e in build.iter() if e.get("superClass")]
    ids = [str(e.get("id")) for e in elements]
    assert len(ids) == len(set(ids)) > 40
    for element in elements:
        assert re.fullmatch(re.escape(str(element.get("superClass"))) + r"\.\d+", str(element.get("id")))
    names = [c.get("name") for c in build.iter("configuration")]
    assert names == ["Debug", "Release"]


def test_sources_of_the_workspace_are_linked_by_relative_names(make_project: Make) -> None:
    project = ElementTree.fromstring(texts(a_project(make_project))[".project"])
    links = {link.findtext("name"): link.findtext("locationURI") for link in project.iter("link")}
    assert links["deps/FreeRTOS-Kernel/tasks.c"] == "PARENT-1-PROJECT_LOC/deps/FreeRTOS-Kernel/tasks.c"
    assert all(str(place).startswith("PARENT-1-PROJECT_LOC/deps/") for place in links.values())


def test_bare_metal_needs_no_links(make_project: Make) -> None:
    files = texts(a_project(make_project, "none"))
    assert ElementTree.fromstring(files[".project"]).find("linkedResources") is None
    entries = ElementTree.fromstring(files[".cproject"]).iter("entry")
    assert {entry.get("name") for entry in entries} == {"src", "model"}


def test_a_host_driven_application_defines_its_limits(make_project: Make) -> None:
    project = make_project("sine-aot-c-pool", rtos="none", project_type="host_driven", ides=("stm32cubeide",))
    build = ElementTree.fromstring(texts(project)[".cproject"])
    (symbols, _) = [o for o in build.iter("option") if o.get("valueType") == "definedSymbols"]
    assert project.host is not None
    wanted = {f"{name}={value}" for name, value in project.host.limits}
    assert wanted and {v.get("value") for v in symbols.iter("listOptionValue")} == wanted


def test_the_image_of_the_debug_configuration_is_debugged(make_project: Make) -> None:
    project = a_project(make_project)
    launch = ElementTree.fromstring(texts(project)[f"{project.slug}.launch"])
    values = {e.get("key"): e.get("value") for e in launch}
    assert values["org.eclipse.cdt.launch.PROGRAM_NAME"] == f"Debug/{project.slug}.elf"
    assert values["org.eclipse.cdt.launch.PROJECT_ATTR"] == project.slug


def launches(project: Project) -> dict[str, dict[str, str | None]]:
    """Configuration -> its type and its attributes."""
    found = {}
    for path, text in texts(project).items():
        if path.endswith(".launch"):
            tree = ElementTree.fromstring(text)
            found[path.removesuffix(".launch")] = {
                "type": tree.get("type"),
                **{str(e.get("key")): e.get("value") for e in tree},
            }
    return found


def test_one_configuration_starts_the_virtual_microcontroller_and_debugs_it(make_project: Make) -> None:
    project = a_project(make_project)
    found, name = launches(project), project.slug
    group = found[f"{name}-virtual"]
    assert group["type"] == "org.eclipse.debug.core.groups.GroupLaunchConfigurationType"
    steps = [
        [group[f"org.eclipse.debug.core.launchGroup.{n}.{key}"] for key in ("mode", "name")] for n in (0, 1)
    ]
    assert steps == [["run", f"{name}-virtual-server"], ["debug", f"{name}-virtual-gdb"]]
    # as `mlfgen run` prints it
    assert group["org.eclipse.debug.core.launchGroup.0.action"] == "OUTPUT_REGEXP"
    assert group["org.eclipse.debug.core.launchGroup.0.actionParam"] == "waiting for GDB"
    server, gdb = found[f"{name}-virtual-server"], found[f"{name}-virtual-gdb"]
    command = str(server["org.eclipse.ui.externaltools.ATTR_TOOL_ARGUMENTS"]).split()
    args = build_parser().parse_args(command)
    assert (args.command, args.app) == ("run", ".")
    assert args.image == gdb["org.eclipse.cdt.launch.PROGRAM_NAME"] == f"Debug/{name}.elf"
    assert str(args.gdb) == gdb["org.eclipse.cdt.debug.gdbjtag.core.portNumber"]
    assert gdb["org.eclipse.cdt.debug.gdbjtag.core.initCommands"] == "monitor reset"
    assert gdb["org.eclipse.cdt.debug.gdbjtag.core.loadImage"] == "false"


def test_a_board_without_a_virtual_microcontroller_has_no_such_configuration(make_project: Make) -> None:
    project = a_project(make_project, "none")
    board = replace(project.board, run=None)
    assert set(launches(replace(project, board=board))) == {project.slug}
