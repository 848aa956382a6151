"""Solutions of the CMSIS-Toolbox and projects of PlatformIO: form, paths, and what each RTOS gets."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from generator import resources
from generator.errors import UsageError
from generator.model.output import OutputFile
from generator.model.project import Project
from generator.pipeline.boards import find_board
from generator.render.files import load_runtime, render_files

Make = Callable[..., Project]
TEMPLATES = resources.folder("templates")


def ide_files(project: Project) -> dict[str, OutputFile]:
    files = render_files(project, TEMPLATES / project.rtos, load_runtime(TEMPLATES / "runtime"))
    return {path: file for path, file in files if file.origin.startswith("ide:")}


def documents(project: Project) -> dict[str, Any]:
    return {
        path: yaml.safe_load(file.data) for path, file in ide_files(project).items() if path.endswith(".yml")
    }


def strings(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [each for pair in value.items() for part in pair for each in strings(part)]
    if isinstance(value, list):
        return [each for part in value for each in strings(part)]
    return [value]


@pytest.mark.parametrize("rtos", ["freertos", "none"])
def test_a_solution_names_files_that_exist_and_a_layer_that_is_generated(
    rtos: str, make_project: Make
) -> None:
    project = make_project("sine-aot-c-pool", rtos=rtos, ides=("cmsis",))
    found = documents(project)
    name = project.slug
    assert set(found) == {f"{name}.csolution.yml", f"{name}.cproject.yml", "model/mlf.clayer.yml"}
    solution = found[f"{name}.csolution.yml"]["solution"]
    assert solution["target-types"] == [
        {"type": "stm32f746g_disco", "device": "STMicroelectronics::STM32F746NGHx"}
    ]
    assert solution["projects"] == [{"project": f"{name}.cproject.yml"}]
    # YAML 1.1 reads a bare 'on' as a truth value.
    assert [kind["debug"] for kind in solution["build-types"]] == ["on", "on"]
    files = dict(render_files(project, TEMPLATES / rtos, load_runtime(TEMPLATES / "runtime")))
    layer = found["model/mlf.clayer.yml"]["layer"]
    for group in layer["groups"]:
        assert all(f"model/{file['file']}" in files for file in group["files"])
    assert found[f"{name}.cproject.yml"]["project"]["layers"] == [{"layer": "model/mlf.clayer.yml"}]
    kinds = {path: file.kind for path, file in ide_files(project).items()}
    assert kinds["model/mlf.clayer.yml"] == "generated" and kinds[f"{name}.cproject.yml"] == "seeded"
    assert not any(str(text).startswith("/") for text in strings(found))


def test_zephyr_is_built_by_west(make_project: Make) -> None:
    project = make_project("sine-aot-c-pool", rtos="zephyr", ides=("cmsis",))
    ((path, found),) = documents(project).items()
    assert path == f"{project.slug}.csolution.yml"
    (entry,) = found["solution"]["projects"]
    assert entry["west"]["app-path"] == "." and entry["west"]["board"] == "stm32f746g_disco"


def test_the_name_of_a_project_file_holds_no_dot(make_project: Make) -> None:
    project = replace(make_project("sine-aot-c-pool", rtos="none", ides=("cmsis",)), slug="sine.v2")
    assert {"sine-v2.csolution.yml", "sine-v2.cproject.yml"} < set(documents(project))


def test_cmsis_nn_comes_as_a_component(make_project: Make) -> None:
    project = make_project("kws-cmsisnn-pool", rtos="none", ides=("cmsis",))
    found = documents(project)
    assert {"pack": "ARM::CMSIS-NN"} in found[f"{project.slug}.csolution.yml"]["solution"]["packs"]
    inside = found[f"{project.slug}.cproject.yml"]["project"]
    assert {"component": "ARM::CMSIS:NN Lib"} in inside["components"]
    assert not any("deps/" in path for path in inside["add-path"])


def ini_of(project: Project) -> configparser.ConfigParser:
    ini = configparser.ConfigParser(interpolation=None)
    ini.read_string(ide_files(project)["platformio.ini"].data.decode())
    return ini


@pytest.mark.parametrize(("board", "name"), [("stm32f746g_disco", "disco_f746ng"), ("nucleo_f746zg",) * 2])
def test_platformio_gets_its_own_name_of_the_board(board: str, name: str, make_project: Make) -> None:
    ini = ini_of(make_project("sine-aot-c-pool", board=board, rtos="none", ides=("platformio",)))
    env = ini[f"env:{board}"]
    assert (env["platform"], env["board"], env["upload_protocol"]) == ("ststm32", name, "stlink")
    assert "framework" not in env


def test_platformio_finds_nothing_wrong(make_project: Make, tmp_path: Path) -> None:
    pytest.importorskip("platformio", reason="PlatformIO is not installed")
    project = make_project("sine-aot-c-pool", rtos="freertos", ides=("platformio",))
    for path, file in ide_files(project).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(file.data)
    argv = [sys.executable, "-m", "platformio", "project", "config", "-d", str(tmp_path), "--lint"]
    env = {**os.environ, "PLATFORMIO_CORE_DIR": str(tmp_path / "core")}
    env["PLATFORMIO_SETTING_ENABLE_TELEMETRY"] = "no"
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "free from linting errors" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("ide", "rtos", "board", "what", "hint"),
    [
        (
            "stm32cubeide",
            "zephyr",
            "stm32f746g_disco",
            "--ide stm32cubeide: can't open an application for zephyr",
            "--ide vscode, or --rtos freertos or none",
        ),
        (
            "platformio",
            "none",
            "mps2_an500",
            "--ide platformio: the board file of 'mps2_an500' lacks what the IDE needs",
            "add 'platformio.platform', 'platformio.board' to 'ide' in the board file",
        ),
    ],
)
def test_an_ide_that_can_not_open_the_application_is_refused(
    ide: str, rtos: str, board: str, what: str, hint: str, make_project: Make
) -> None:
    with pytest.raises(UsageError) as caught:
        make_project("sine-aot-c-pool", rtos=rtos, board=board, ides=(ide,))
    assert (caught.value.what, caught.value.hint) == (what, hint)


def test_all_means_those_that_fit(make_project: Make) -> None:
    assert find_board("mps2_an500").ide is None
    fits = make_project("sine-aot-c-pool", rtos="none", board="mps2_an500", ides=("all",)).ides
    assert fits == ("presets", "vscode", "clangd")
    assert "platformio" in make_project("sine-aot-c-pool", rtos="none", ides=("all",)).ides
    assert make_project("sine-aot-c-pool", rtos="zephyr", ides=("all",)).ides[-1] == "cmsis"
