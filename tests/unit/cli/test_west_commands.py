"""`west mlf`: set up in a manifest repository, and called in its workspace."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.cli import main as cli

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "samples"
Capture = pytest.CaptureFixture[str]
LINES = "manifest:\n  self:\n    west-commands: scripts/west-commands.yml\n"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield


def a_manifest(text: str = LINES) -> Path:
    place = Path("manifest")
    place.mkdir()
    (place / "west.yml").write_text(text, "utf-8")
    return place


def west(*arguments: str, path: str = str(ROOT)) -> subprocess.CompletedProcess[str]:
    if importlib.util.find_spec("west") is None:
        pytest.skip("west is not installed")
    env = {**os.environ, "PYTHONPATH": path}
    argv = [sys.executable, "-m", "west", *arguments]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120)


def test_the_files_are_put_in_and_the_lines_for_the_manifest_told(capsys: Capture) -> None:
    place = a_manifest("manifest: {}\n")
    assert cli.main(["west-commands", "manifest"]) == 0
    printed = capsys.readouterr().out
    assert "add to manifest/west.yml:\n" in printed
    assert "    self:\n      west-commands: scripts/west-commands.yml\n" in printed
    specification = (place / "scripts" / "west-commands.yml").read_text("utf-8")
    assert "- file: scripts/west_mlf.py\n" in specification
    (place / "west.yml").write_text(LINES, "utf-8")
    assert cli.main(["west-commands", "manifest"]) == 0
    assert capsys.readouterr().out == "next: west mlf --help\n"


def test_commands_of_the_repository_stay(capsys: Capture) -> None:
    place = a_manifest()
    (place / "scripts").mkdir()
    (place / "scripts" / "west-commands.yml").write_text("west-commands: []\n", "utf-8")
    assert cli.main(["west-commands", "manifest"]) == 0
    assert "add this to its list 'west-commands'\n  - file: scripts/west_mlf.py\n" in capsys.readouterr().out
    assert (place / "scripts" / "west-commands.yml").read_text("utf-8") == "west-commands: []\n"


def test_another_file_of_that_name_is_left_alone(capsys: Capture) -> None:
    place = a_manifest()
    (place / "scripts").mkdir()
    (place / "scripts" / "west_mlf.py").write_text("mine\n", "utf-8")
    assert cli.main(["west-commands", "manifest"]) == 2
    said = capsys.readouterr().err
    assert "west_mlf.py: exists, but is from another version" in said and "move it away" in said
    assert (place / "scripts" / "west_mlf.py").read_text("utf-8") == "mine\n"


def test_a_folder_without_a_manifest_is_refused(capsys: Capture) -> None:
    assert cli.main(["west-commands"]) == 2
    said = capsys.readouterr().err
    assert "no west.yml: not a manifest repository" in said and "west config manifest.path" in said
    assert not Path("scripts").exists()


def test_west_calls_mlfgen_with_every_option_and_hands_its_exit_code_on() -> None:
    a_manifest()
    assert cli.main(["west-commands", "manifest"]) == 0
    assert west("init", "-l", "manifest").returncode == 0
    helped = west("mlf", "--help")
    assert helped.returncode == 0 and helped.stdout.startswith("usage: mlfgen ")
    model = shutil.copy(SAMPLES / "sine.tar", "sine.tar")
    options = ("--rtos", "none", "--board", "mps2_an500", "-o", "app", "--json")
    made = west("mlf", "generate", *options, model)
    assert made.returncode == 0 and json.loads(made.stdout)["board"] == "mps2_an500"
    assert (Path("app") / "project.json").is_file()
    refused = west("mlf", "generate", *options, "missing.tar")
    assert refused.returncode == 2 and "missing.tar: no such file" in refused.stderr


def test_a_clone_of_mlfgen_in_the_manifest_needs_no_installation() -> None:
    a_manifest(
        "manifest:\n  self:\n    path: manifest\n  projects:\n    - name: mlfgen\n"
        "      url: https://example.invalid/mlfgen\n      west-commands: templates/west/west-commands.yml\n"
    )
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone")
    Path("mlfgen").symlink_to(ROOT)
    assert west("init", "-l", "manifest").returncode == 0
    done = west("mlf", "--version", path="")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("mlfgen ")
