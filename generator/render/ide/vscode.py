"""Visual Studio Code: settings, extensions, tasks, debug configurations."""

from __future__ import annotations

import json
from typing import Any

from generator.model.options import ZEPHYR
from generator.model.project import Project

#: the task that waits for GDB, and the line by which the editor knows that it does
_SERVER = "GDB server of the virtual microcontroller"
GDB_PORT = 3333
_FOLDER = "${workspaceFolder}"


def vscode_files(project: Project) -> dict[str, str]:
    """Path in the application -> text. Every path in them is relative to the folder that the editor opens."""
    documents = {
        "settings": _settings(project),
        "extensions": {"recommendations": _extensions(project)},
        "tasks": {"version": "2.0.0", "tasks": _tasks(project)},
        "launch": {"version": "0.2.0", "configurations": _launch(project)},
    }
    return {f".vscode/{name}.json": json.dumps(data, indent=2) + "\n" for name, data in documents.items()}


def _settings(project: Project) -> dict[str, Any]:
    arguments = ["--compile-commands-dir=build"]
    if not project.board.core.hosted:
        arguments.append("--query-driver=**/arm-*-gcc")
    return {
        "clangd.arguments": arguments,
        "C_Cpp.intelliSenseEngine": "disabled",
        "cmake.configureOnOpen": False,
        "files.readonlyInclude": {"model/**": True},
        "search.exclude": {"build/**": True},
    }


def _extensions(project: Project) -> list[str]:
    found = ["llvm-vs-code-extensions.vscode-clangd", "ms-vscode.cmake-tools"]
    return found if project.board.core.hosted else [*found, "marus25.cortex-debug"]


def _tasks(project: Project) -> list[dict[str, Any]]:
    tasks = [_task("build", "build", group={"kind": "build", "isDefault": True}, problemMatcher="$gcc")]
    board = project.board
    if board.run is not None:
        tasks.append(_task("run", "run", group={"kind": "test", "isDefault": True}))
    if board.probe is not None and board.probe.runners:
        tasks.append(_task("flash", "flash"))
        tasks.append(_task("monitor", "monitor"))
    if board.run is not None and board.run.virtual is not None:
        begins = {
            "owner": "mlfgen",
            "pattern": {"regexp": "^(error): (.*)$", "severity": 1, "message": 2},
            "background": {"activeOnStart": True, "beginsPattern": "^$", "endsPattern": "waiting for GDB"},
        }
        task = _task(_SERVER, "run", f"--gdb={GDB_PORT}", isBackground=True, problemMatcher=begins)
        task["dependsOn"] = "build"
        tasks.append(task)
    return tasks


def _task(label: str, command: str, *more: str, **settings: Any) -> dict[str, Any]:
    task: dict[str, Any] = {
        "label": label,
        "type": "process",
        "command": "mlfgen",
        "args": [command, ".", *more],
    }
    task["options"] = {"cwd": _FOLDER}
    return {**task, "problemMatcher": [], **settings}


def _launch(project: Project) -> list[dict[str, Any]]:
    board = project.board
    image = "build/zephyr/zephyr.elf" if project.rtos == ZEPHYR else "build/firmware.elf"
    common = {
        "type": "cortex-debug",
        "request": "launch",
        "cwd": _FOLDER,
        "executable": f"{_FOLDER}/{image}",
        "runToEntryPoint": "main",
        "gdbPath": "gdb-multiarch",
    }
    if board.ide is not None:
        common["device"] = board.ide.device
    found: list[dict[str, Any]] = []
    if board.run is not None and board.run.virtual is not None:
        found.append(
            {
                "name": "virtual microcontroller",
                **common,
                "servertype": "external",
                "gdbTarget": f"localhost:{GDB_PORT}",
                # The server starts with the image in its flash.
                "overrideLaunchCommands": ["monitor reset", "maintenance flush register-cache"],
                "preLaunchTask": _SERVER,
            }
        )
    if board.probe is not None and board.probe.openocd_config:
        found.append(
            {
                "name": "board (OpenOCD)",
                **common,
                "servertype": "openocd",
                "configFiles": [board.probe.openocd_config],
                "preLaunchTask": "build",
            }
        )
    if board.probe is not None and "stm32cubeprogrammer" in board.probe.runners:
        found.append({"name": "board (ST-LINK)", **common, "servertype": "stlink", "preLaunchTask": "build"})
    return found
