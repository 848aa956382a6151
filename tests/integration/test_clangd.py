"""An application's own .clangd: clangd finds no error in any of its files, as built."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
SOURCES = ("https://github.com/STMicroelectronics/cmsis_device_f7", "v1.2.9")

pytestmark = [pytest.mark.firmware, pytest.mark.slow]


def test_clangd_finds_no_error_in_an_application(tmp_path: Path) -> None:
    for tool in ("clangd", "arm-none-eabi-gcc", "cmake", "ninja", "git"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    if importlib.util.find_spec("west") is None:
        pytest.skip("west is not installed")
    if subprocess.run(["git", "ls-remote", "--exit-code", *SOURCES], capture_output=True).returncode != 0:
        pytest.skip("the sources of the device can't be fetched")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    generate = (
        "generate",
        "--rtos",
        "none",
        "--board",
        "stm32f746g_disco",
        str(SAMPLES / "sine.tar"),
        "-o",
        "app",
    )
    for module, words in (
        ("generator", (*generate, "--golden", str(SAMPLES / "sine.npz"))),
        ("west", ("init", "-l", "app")),
        ("west", ("update",)),
        ("generator", ("build", "app")),
    ):
        done = subprocess.run(
            [sys.executable, "-m", module, *words], cwd=tmp_path, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
    app = tmp_path / "app"
    settings = json.loads((app / ".vscode" / "settings.json").read_text("utf-8"))
    commands = json.loads((app / "build" / "compile_commands.json").read_text("utf-8"))
    checked = [Path(entry["file"]) for entry in commands if Path(entry["file"]).is_relative_to(app)]
    assert len(checked) >= 10
    for source in checked:
        done = subprocess.run(
            ["clangd", f"--check={source}", *settings["clangd.arguments"]],
            cwd=app,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "All checks completed, 0 errors" in done.stderr, f"{source}\n{done.stderr[-3000:]}"
