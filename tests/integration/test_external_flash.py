"""Constants in a board's external flash: linked there, loaded there, and read by the model on every platform."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from generator.errors import ToolMissingError
from generator.model.options import GenerateOptions
from generator.model.virtual import EndedBy
from generator.pipeline.boards import find_board
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.verify import VerifyRequest, verify
from generator.toolchain.elf import read_elf
from generator.toolchain.runner import SystemRunner
from generator.toolchain.west import build_environment, find_workspace
from generator.virtual import run_elf

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
BOARD, POOL, BASE = "stm32f746g_disco", "qspi", 0x90000000
KERNEL = ("https://github.com/FreeRTOS/FreeRTOS-Kernel", "V11.3.0")
IMAGES = {"zephyr": "zephyr/zephyr.elf", "freertos": "firmware.elf", "none": "firmware.elf"}

pytestmark = [pytest.mark.firmware, pytest.mark.slow]


def environment(rtos: str, folder: Path) -> dict[str, str]:
    for tool in ("arm-none-eabi-gcc", "cmake", "ninja"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    for package in ("numpy", "unicorn", "west"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    if rtos == "zephyr":
        try:
            return build_environment(find_workspace(Path(__file__).parent, env), env)
        except ToolMissingError as missing:
            pytest.skip(f"no Zephyr is here: {missing.what}")
    if rtos == "freertos" and "MLF_WORKSPACE" not in env:
        address, tag = KERNEL
        clone = ["git", "clone", "--quiet", "--depth", "1", "--branch", tag, address, "deps/FreeRTOS-Kernel"]
        folder.mkdir()
        if subprocess.run(clone, cwd=folder, capture_output=True, timeout=300).returncode != 0:
            pytest.skip(f"FreeRTOS-Kernel {tag} can't be fetched from here")
        env["MLF_WORKSPACE"] = str(folder)
    return env


def verified(rtos: str, env: Mapping[str, str], app: Path, pools: dict[str, str]) -> Path:
    """The image, whose outputs are the recorded ones."""
    golden = SHARED / "golden" / "branchy.npz"
    if not golden.is_file():
        pytest.skip("the shared golden files are not here")
    options = GenerateOptions(rtos, pools, {}, False, 4096, "portfolio")
    request = GenerateRequest(
        (ROOT / "samples" / "branchy.tflite",), BOARD, options, goldens={"": golden}, output=app
    )
    assert verify(VerifyRequest(request), runner=SystemRunner(), env=env).verdict.equal
    return app / "build" / IMAGES[rtos]


@pytest.mark.parametrize("rtos", sorted(IMAGES))
def test_a_model_reads_its_constants_from_external_flash(rtos: str, tmp_path: Path) -> None:
    env = environment(rtos, tmp_path / "sources")
    image = verified(rtos, env, tmp_path / "app", {"constants": POOL})
    (section,) = (section for section in read_elf(image).sections if section.name == ".qspi")
    assert section.stored and section.address == section.load_address == BASE
    tables = [
        name for name, places in read_elf(image).symbols.items() if any(p.section == ".qspi" for p in places)
    ]
    assert len(tables) > 5


def test_what_is_stored_there_is_lost_without_its_driver(tmp_path: Path) -> None:
    """The check of the checks: the virtual flash answers because the firmware has set its controller up."""
    env = environment("none", tmp_path)
    app = tmp_path / "app"
    image = verified("none", env, app, {"constants": POOL})
    board = app / "model" / "include" / "mlf_board.h"
    board.write_text(board.read_text("utf-8").replace("\tmlf_quadspi_stm32f7_start();\n", ""), "utf-8")
    done = subprocess.run(
        ["cmake", "--build", app / "build"], env=env, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    emulation = find_board(BOARD).run
    assert emulation is not None and emulation.virtual is not None
    run = run_elf(image, emulation.virtual, end_marker="mlf: end", instruction_budget=1_000_000_000)
    assert run.ended_by is EndedBy.FAULT and run.fault is not None
    assert run.fault.address is not None and BASE <= run.fault.address < BASE + (16 << 20)
