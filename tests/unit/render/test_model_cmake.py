"""The models' own CMakeLists.txt, configured inside an application for this computer."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from generator.model.options import GenerateOptions
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest

ARCHIVE = Path(__file__).parents[3] / "samples" / "sine.tar"
APPLICATION = """
cmake_minimum_required(VERSION 3.20)
project(application LANGUAGES C)
CHOICE
add_subdirectory(model)
"""


def levels(build: Path) -> set[str]:
    """-O of the archive's C, as it is compiled: the last one counts."""
    commands = json.loads((build / "compile_commands.json").read_text("utf-8"))
    found = [re.findall(r" (-O\w)", unit["command"]) for unit in commands if "codegen" in unit["file"]]
    return {each[-1] for each in found}


@pytest.mark.parametrize(
    ("choice", "arguments", "level"),
    [
        ("", [], "-O2"),
        ("set(MLF_OPTIMIZATION -O3)", [], "-O3"),
        ("", ["-DMLF_OPTIMIZATION=-Os"], "-Os"),
    ],
    ids=["none", "the application's", "the command line's"],
)
def test_the_optimisation_chosen_counts_from_the_first_configuration_on(
    choice: str, arguments: list[str], level: str, tmp_path: Path
) -> None:
    for tool in ("cmake", "ninja", "gcc"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    options = GenerateOptions("zephyr", {}, {}, False, 4096, "portfolio")
    generate(GenerateRequest((ARCHIVE,), "native_sim", options, output=tmp_path / "app"))
    app, build = tmp_path / "app", tmp_path / "build"
    (app / "CMakeLists.txt").write_text(APPLICATION.replace("CHOICE", choice), "utf-8")
    argv = ["cmake", "-G", "Ninja", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", *arguments]
    for _ in range(2):
        subprocess.run([*argv, "-S", str(app), "-B", str(build)], check=True, capture_output=True)
        assert levels(build) == {level}
