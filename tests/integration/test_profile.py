"""Operators by instructions: an archive's and a compiled model's, on bare metal, as the very image."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
BOARD = "stm32f746g_disco"

pytestmark = [pytest.mark.firmware, pytest.mark.slow]

Mlfgen = Callable[..., str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("profile")


@pytest.fixture(scope="module")
def mlfgen(folder: Path) -> Mlfgen:
    pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
    for tool in ("arm-none-eabi-gcc", "cmake", "ninja", "git"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    if importlib.util.find_spec("west") is None:
        pytest.skip("west is not installed")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}

    def call(*arguments: str, module: str = "generator") -> str:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call


@pytest.fixture(scope="module")
def built(mlfgen: Mlfgen, folder: Path) -> Callable[[str], str]:
    """built(model) -> the folder of its application."""
    reached = subprocess.run(
        [
            "git",
            "ls-remote",
            "--exit-code",
            "https://github.com/STMicroelectronics/cmsis_device_f7",
            "v1.2.9",
        ],
        capture_output=True,
        timeout=60,
    )
    if reached.returncode != 0:
        pytest.skip("the sources of the device can't be fetched")

    def build(model: str) -> str:
        app = Path(model).suffix[1:] + "-app"
        golden = ("--golden", str(SAMPLES / "sine.npz"))
        mlfgen("generate", "--rtos", "none", "--board", BOARD, str(folder / model), *golden, "-o", app)
        if not (folder / ".west").is_dir():
            mlfgen("init", "-l", app, module="west")
            mlfgen("update", module="west")
        mlfgen("build", app)
        return app

    return build


def operators(document: dict[str, Any]) -> dict[str, Any]:
    (model,) = document["models"].values()
    return {row["function"]: row for row in model["operators"]}


def test_an_archives_operators_add_up_to_the_inference(
    built: Callable[[str], str], mlfgen: Mlfgen, folder: Path
) -> None:
    shutil.copy(SAMPLES / "sine.tar", folder / "sine.tar")
    app = built("sine.tar")
    run = json.loads(mlfgen("run", app, "--json"))
    document = json.loads(mlfgen("profile", app, "--json", "--svg", "p.svg", "--html", "p.html"))
    (model,) = document["models"].values()
    assert model["runs"] == 4
    assert run["instructions"] == document["instructions"]
    found = operators(document)
    assert len(found) >= 3 and all("_fused_" in name for name in found)
    assert all(row["calls"] == 4 and row["instructions"] > 0 for row in found.values())
    taken = sum(row["instructions"] for row in found.values())
    assert taken + model["between_instructions"] == model["instructions"]
    assert 0 < model["between_instructions"] < model["instructions"] / 2
    ElementTree.parse(folder / "p.svg")
    assert "<table>" in (folder / "p.html").read_text("utf-8")
    assert document == json.loads(mlfgen("profile", app, "--json"))


def test_a_compiled_models_operators_carry_their_multiply_adds_and_bytes(
    built: Callable[[str], str], mlfgen: Mlfgen, folder: Path
) -> None:
    mlfgen("compile", str(SAMPLES / "sine.tflite"), "-o", "compiled.mlf")
    app = built("compiled.mlf")
    document = json.loads(mlfgen("profile", app, "--json"))
    (model,) = document["models"].values()
    found = operators(document)
    dense = [row for row in found.values() if row["what"].startswith("FULLY_CONNECTED")]
    assert [row["macs"] for row in dense] == [16, 256, 16]
    assert all(row["touched_bytes"] > row["macs"] for row in dense)
    assert model["macs"] == 288
    text = mlfgen("profile", app)
    image = folder / app / "build" / "firmware.elf"
    assert b"__cyg_profile" not in image.read_bytes()

    # The firmware's own counter, on a core that takes one cycle an instruction, agrees but for its hooks' share.
    mlfgen("build", app, "-D", "MLF_PROFILE=ON")
    (folder / "console.log").write_text(mlfgen("run", app).replace("\n", "\r\n"), "utf-8")
    printed = json.loads(mlfgen("profile", app, "--console", "console.log", "--json"))
    assert printed["unit"] == "cycles" and printed["instructions"] is None
    cycles = operators(printed)
    assert list(cycles) == list(found)
    for name, row in found.items():
        assert cycles[name]["calls"] == row["calls"]
        assert 0 <= cycles[name]["cycles"] - row["instructions"] <= 25 * row["calls"]
    (again,) = printed["models"].values()
    assert model["instructions"] < again["cycles"] < 1.5 * model["instructions"] + 4000
    assert "288 multiply-adds" in text and "per MAC" in text and "between operators" in text
