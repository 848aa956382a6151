"""STM32CubeIDE's launch configurations: of the board through ST-LINK, and of the virtual microcontroller."""

from __future__ import annotations

from collections.abc import Mapping

from generator.model.project import Project
from generator.render.ide.vscode import GDB_PORT
from generator.render.ide.xml_tree import child, root, xml_text

_CDT = "org.eclipse.cdt"
_JTAG = f"{_CDT}.debug.gdbjtag.core"
_DEBUG = "org.eclipse.debug.core"
_TOOL = "org.eclipse.ui.externaltools"
_ST = "com.st.stm32cube.ide.mcu.debug.launch"

Values = Mapping[str, "bool | int | str"]


def launch_files(project: Project) -> dict[str, str]:
    """The IDE calls each configuration as its file, without the ending."""
    name = project.slug
    found = {f"{name}.launch": _board(name)}
    run = project.board.run
    if run is not None and run.virtual is not None:
        found |= {
            f"{name}-virtual.launch": _both(name),
            f"{name}-virtual-gdb.launch": _virtual(name),
            f"{name}-virtual-server.launch": _server(name),
        }
    return found


def _board(name: str) -> str:
    values: Values = {
        f"{_ST}.formatVersion": 2,
        f"{_ST}.remoteCommand": "target remote",
        f"{_ST}.startServer": True,
        f"{_ST}.swd_mode": True,
        f"{_ST}.useRemoteTarget": True,
        f"{_ST}.verify_flash_download": True,
        f"{_JTAG}.ipAddress": "localhost",
        f"{_JTAG}.jtagDevice": "ST-LINK (ST-LINK GDB server)",
        f"{_JTAG}.loadImage": True,
        f"{_JTAG}.portNumber": 61234,
        f"{_CDT}.dsf.gdb.DEBUG_NAME": "${TOOLCHAIN_PATH}/arm-none-eabi-gdb",
        f"{_CDT}.dsf.gdb.NON_STOP": True,
        f"{_CDT}.launch.DEBUGGER_STOP_AT_MAIN": True,
        f"{_CDT}.launch.DEBUGGER_STOP_AT_MAIN_SYMBOL": "main",
    }
    return _text(f"{_ST}.launchConfigurationType", {**_of_image(name), **values}, name)


def _virtual(name: str) -> str:
    """The server starts with the image in its flash."""
    values: Values = {
        f"{_JTAG}.connection": f"gdb:localhost:{GDB_PORT}",
        f"{_JTAG}.doHalt": False,
        f"{_JTAG}.doReset": False,
        f"{_JTAG}.initCommands": "monitor reset",
        f"{_JTAG}.ipAddress": "localhost",
        f"{_JTAG}.jtagDevice": "Generic",
        f"{_JTAG}.jtagDeviceId": f"{_JTAG}.jtagdevice.genericDevice",
        f"{_JTAG}.loadImage": False,
        f"{_JTAG}.portNumber": GDB_PORT,
        f"{_JTAG}.useRemoteTarget": True,
        f"{_CDT}.dsf.gdb.DEBUG_NAME": "arm-none-eabi-gdb",
        f"{_CDT}.dsf.gdb.NON_STOP": False,
    }
    return _text(f"{_CDT}.debug.gdbjtag.launchConfigurationType", {**_of_image(name), **values}, name)


def _server(name: str) -> str:
    project = f"${{project_loc:/{name}}}"
    values: Values = {
        f"{_TOOL}.ATTR_LAUNCH_CONFIGURATION_BUILD_SCOPE": "${project}",
        f"{_TOOL}.ATTR_LOCATION": "${system_path:mlfgen}",
        f"{_TOOL}.ATTR_TOOL_ARGUMENTS": f"run . --image Debug/{name}.elf --gdb={GDB_PORT}",
        f"{_TOOL}.ATTR_WORKING_DIRECTORY": project,
    }
    return _text(f"{_TOOL}.ProgramLaunchConfigurationType", values, name)


def _both(name: str) -> str:
    group = f"{_DEBUG}.launchGroup"
    values: dict[str, bool | int | str] = {}
    parts = (
        ("run", f"{name}-virtual-server", "OUTPUT_REGEXP", "waiting for GDB"),
        ("debug", f"{name}-virtual-gdb", "NONE", ""),
    )
    for number, (mode, part, action, parameter) in enumerate(parts):
        values |= {
            f"{group}.{number}.action": action,
            **({f"{group}.{number}.actionParam": parameter} if parameter else {}),
            f"{group}.{number}.adoptIfRunning": False,
            f"{group}.{number}.enabled": True,
            f"{group}.{number}.mode": mode,
            f"{group}.{number}.name": part,
        }
    return _text(f"{_DEBUG}.groups.GroupLaunchConfigurationType", values)


def _of_image(name: str) -> Values:
    return {
        f"{_JTAG}.loadSymbols": True,
        f"{_JTAG}.setResume": True,
        f"{_JTAG}.setStopAt": True,
        f"{_JTAG}.stopAt": "main",
        f"{_JTAG}.useProjBinaryForImage": True,
        f"{_JTAG}.useProjBinaryForSymbols": True,
        f"{_CDT}.launch.ATTR_BUILD_BEFORE_LAUNCH_ATTR": 2,
        f"{_CDT}.launch.DEBUGGER_START_MODE": "remote",
        f"{_CDT}.launch.PROGRAM_NAME": f"Debug/{name}.elf",
        f"{_CDT}.launch.PROJECT_ATTR": name,
        f"{_CDT}.launch.PROJECT_BUILD_CONFIG_AUTO_ATTR": False,
        f"{_CDT}.launch.PROJECT_BUILD_CONFIG_ID_ATTR": "",
        "process_factory_id": f"{_CDT}.dsf.gdb.GdbProcessFactory",
    }


def _text(kind: str, values: Values, project: str | None = None) -> str:
    """project: whose configuration it is."""
    tree = root("launchConfiguration", {"type": kind})
    for key, value in sorted(values.items()):
        tag = "boolean" if isinstance(value, bool) else "int" if isinstance(value, int) else "string"
        text = str(value).lower() if isinstance(value, bool) else str(value)
        child(tree, f"{tag}Attribute", {"key": key, "value": text})
    of_project = (("MAPPED_RESOURCE_PATHS", f"/{project}"), ("MAPPED_RESOURCE_TYPES", "4"))
    for key, entry in of_project if project is not None else ():
        entries = child(tree, "listAttribute", {"key": f"{_DEBUG}.{key}"})
        child(entries, "listEntry", {"value": entry})
    return xml_text(tree)
