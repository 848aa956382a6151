"""What an editor finds in an application: strict JSON, relative paths, and only what the board can do."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import resources
from generator.model.project import Project
from generator.render.files import load_runtime, render_files
from generator.render.ide.files import ide_files

TEMPLATES = resources.folder("templates")
Make = Callable[..., Project]


def documents(project: Project) -> dict[str, Any]:
    return {
        path.rpartition("/")[2].removesuffix(".json"): json.loads(text)
        for path, text in ide_files(project, ()).items()
    }


@pytest.mark.parametrize("rtos", ["zephyr", "freertos", "none"])
def test_every_application_opens_in_vs_code_and_the_files_are_the_users(
    rtos: str, make_project: Make
) -> None:
    project = make_project("sine-aot-c-pool", rtos=rtos)
    files = dict(render_files(project, TEMPLATES / rtos, load_runtime(TEMPLATES / "runtime")))
    for path in (".vscode/tasks.json", ".vscode/launch.json", ".clangd", ".gitignore"):
        assert files[path].kind == "seeded"
    assert yaml.safe_load(files[".clangd"].data)["CompileFlags"]["CompilationDatabase"] == "build"
    assert b"/build/\n" in files[".gitignore"].data
    image = "build/zephyr/zephyr.elf" if rtos == "zephyr" else "build/firmware.elf"
    found = documents(project)
    assert {entry["executable"] for entry in found["launch"]["configurations"]} == {
        f"${{workspaceFolder}}/{image}"
    }


@pytest.mark.parametrize("rtos", ["zephyr", "freertos", "none"])
def test_cmake_reads_the_presets(rtos: str, make_project: Make, tmp_path: Path) -> None:
    if shutil.which("cmake") is None:
        pytest.skip("cmake is not installed")
    project = make_project("sine-aot-c-pool", rtos=rtos)
    files = dict(render_files(project, TEMPLATES / rtos, load_runtime(TEMPLATES / "runtime")))
    text = files["CMakePresets.json"].data
    (tmp_path / "CMakePresets.json").write_bytes(text)
    listed = subprocess.run(
        ["cmake", "--list-presets=all"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert listed.returncode == 0, listed.stderr
    names = ("Release", "Debug") if rtos == "zephyr" else ("default", "debug")
    assert all(listed.stdout.count(f'"{name}"') == 2 for name in names), listed.stdout
    for preset in json.loads(text)["configurePresets"]:
        assert preset.get("binaryDir", "${sourceDir}/build").startswith("${sourceDir}/build")


@pytest.mark.parametrize("rtos", ["zephyr", "freertos"])
def test_no_ide_means_no_file_but_what_the_build_needs(rtos: str, make_project: Make) -> None:
    project = make_project("sine-aot-c-pool", rtos=rtos, ides=())
    files = dict(render_files(project, TEMPLATES / rtos, load_runtime(TEMPLATES / "runtime")))
    assert not any(path.startswith((".vscode", ".clangd")) for path in files)
    assert ("CMakePresets.json" in files) == (rtos == "freertos")


def test_a_board_with_probe_and_virtual_machine_is_run_flashed_and_debugged_three_ways(
    make_project: Make,
) -> None:
    found = documents(make_project("sine-aot-c-pool", rtos="freertos"))
    tasks = {task["label"]: task for task in found["tasks"]["tasks"]}
    server = "GDB server of the virtual microcontroller"
    assert set(tasks) == {"build", "run", "flash", "monitor", server}
    assert tasks[server]["args"] == ["run", ".", "--gdb=3333"] and tasks[server]["isBackground"]
    configurations = {entry["servertype"]: entry for entry in found["launch"]["configurations"]}
    assert set(configurations) == {"external", "openocd", "stlink"}
    assert configurations["external"]["gdbTarget"] == "localhost:3333"
    assert configurations["openocd"]["configFiles"] == ["board/stm32f746g-disco.cfg"]
    assert all(entry["preLaunchTask"] in tasks for entry in configurations.values())
    assert "marus25.cortex-debug" in found["extensions"]["recommendations"]


def test_an_emulated_board_is_neither_flashed_nor_debugged(make_project: Make) -> None:
    found = documents(make_project("sine-aot-c-pool", board="mps2_an500", rtos="freertos"))
    assert [task["label"] for task in found["tasks"]["tasks"]] == ["build", "run"]
    assert found["launch"]["configurations"] == []


def test_a_program_for_this_computer_needs_no_cross_debugger(make_project: Make) -> None:
    found = documents(make_project("sine-aot-c-pool", board="native_sim", rtos="zephyr"))
    assert not any("query-driver" in word for word in found["settings"]["clangd.arguments"])
    assert "marus25.cortex-debug" not in found["extensions"]["recommendations"]
