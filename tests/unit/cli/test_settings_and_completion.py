"""Options from a repository's file, and what a shell is told to complete."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from generator.cli.main import main
from generator.cli.progress import time_left
from generator.pipeline import derived_boards
from generator.toolchain import zephyr_board

ROOT = Path(__file__).parents[3]
SINE = str(ROOT / "samples" / "sine.tar")

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    return tmp_path


def test_a_file_above_gives_what_is_not_typed(repository: Path, capsys: Capture) -> None:
    (repository / "mlfgen.toml").write_text('rtos = "freertos"\nboard = "mps2_an500"\nstack-bytes = 8192\n')
    assert main(["generate", SINE, "-o", "app"]) == 0
    assert (repository / "inner" / "app" / "FreeRTOSConfig.h").is_file()
    assert "stack 8,192" in capsys.readouterr().out
    assert main(["generate", "--board", "nucleo_f746zg", SINE, "-o", "other"]) == 0
    assert '"board": "nucleo_f746zg"' in (repository / "inner" / "other" / "project.json").read_text("utf-8")


def test_a_table_of_pyproject_is_for_one_command_or_all(repository: Path) -> None:
    (repository / "pyproject.toml").write_text(
        '[tool.mlfgen]\nrtos = "none"\nboard = "stm32f746g_disco"\n[tool.mlfgen.generate]\npool = ["sram=dtcm"]\n'
    )
    assert main(["generate", SINE, "-o", "app"]) == 0
    project = (repository / "inner" / "app" / "project.json").read_text("utf-8")
    assert '"region": "dtcm"' in project


def test_the_nearest_file_counts_and_its_own_kind_first(repository: Path) -> None:
    (repository / "mlfgen.toml").write_text('board = "no_such_board"\n')
    inner = repository / "inner"
    (inner / "pyproject.toml").write_text('[tool.mlfgen]\nboard = "neither"\n')
    (inner / "mlfgen.toml").write_text('rtos = "freertos"\nboard = "mps2_an500"\n')
    assert main(["generate", SINE, "-o", "app"]) == 0


def test_a_project_without_a_table_changes_nothing(repository: Path) -> None:
    (repository / "pyproject.toml").write_text("tool = 3\n# tool.mlfgen\n")
    assert main(["boards"]) == 0


def test_every_mistake_is_named_at_once(repository: Path, capsys: Capture) -> None:
    (repository / "mlfgen.toml").write_text(
        'bord = "x"\nrtos = "zefyr"\nstack_bytes = "4K"\nshare_workspace = 1\ntemplate = "gh:a/b"\n'
        'pool = "sram=dtcm"\n[genrate]\nboard = "x"\n[build]\nrtos = "none"\n'
    )
    assert main(["boards"]) == 2
    said = capsys.readouterr().err
    for words in (
        "mlfgen.toml: ",
        "'bord' is not an option; did you mean 'board'?",
        "'rtos' is 'zefyr'; choose from",
        "'stack_bytes' must be a whole number",
        "'share_workspace' must be true or false",
        "'template' is not an option",
        "'pool' must be a list of strings",
        "[genrate]: unknown command; did you mean 'generate'?",
        "'build.rtos': this command has no such option",
        "docs/settings.md",
    ):
        assert words in said, words


@pytest.mark.parametrize("folder", ["/etc/x", "../x", "a/../../x"])
def test_a_file_does_not_choose_a_folder_outside_to_write_to(
    folder: str, repository: Path, capsys: Capture
) -> None:
    (repository / "mlfgen.toml").write_text(f'to = "{folder}"\n')
    assert main(["add", SINE, "--dry-run"]) == 2
    said = capsys.readouterr().err
    assert f"'to' is '{folder}', which is outside the current folder; to write there, use --to" in said
    (repository / "mlfgen.toml").write_text('to = "lib/models"\n')
    (repository / "inner" / "CMakeLists.txt").write_text("project(x C)\nadd_executable(x main.c)\n")
    assert main(["add", SINE, "--dry-run", "--board", "stm32f746g_disco"]) == 0


@pytest.mark.parametrize("board", ["zephyr:some_board", "some_board/soc"])
def test_looking_at_a_model_runs_no_scripts_of_a_workspace_that_came_with_the_settings(
    board: str, repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derived_boards, "has_workspace", zephyr_board.has_workspace)
    (repository / "mlfgen.toml").write_text(f'board = "{board}"\n')
    (repository / ".west").mkdir()
    (repository / ".west" / "config").write_text("[zephyr]\nbase = zephyr\n")
    scripts = repository / "zephyr" / "scripts"
    scripts.mkdir(parents=True)
    (repository / "zephyr" / "VERSION").write_text(
        "VERSION_MAJOR = 4\nVERSION_MINOR = 1\nPATCHLEVEL = 0\nVERSION_TWEAK = 0\nEXTRAVERSION =\n"
    )
    ran = repository / "ran"
    (scripts / "zephyr_module.py").write_text(f"open({str(ran)!r}, 'w').close()\n")
    assert main(["inspect", SINE]) == 2
    assert not ran.exists()
    said = capsys.readouterr().err
    assert f"board '{board}' in the settings file is Zephyr's, and deriving it runs scripts" in said
    assert f"if you trust the workspace, give the board on the command line: --board {board}" in said
    main(["inspect", SINE, "--board", board])
    assert ran.exists()


@pytest.mark.parametrize("content", [b"board = ", b"\xff\xfe", b"board = " + b"[" * 5000])
def test_what_is_not_toml_is_reported(content: bytes, repository: Path, capsys: Capture) -> None:
    (repository / "mlfgen.toml").write_bytes(content)
    assert main(["boards"]) == 2
    assert "mlfgen.toml: not valid TOML" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("mlfgen pro", {"profile"}),
        ("mlfgen generate --rtos ", {"zephyr", "freertos", "none"}),
        ("mlfgen generate --board stm32", {"stm32f746g_disco"}),
        ("mlfgen run --gd", {"--gdb"}),
        ("mlfgen generate --ide p", {"presets", "platformio"}),
        ("mlfgen generate --ide presets,p", {"presets,platformio"}),
    ],
)
def test_a_shell_is_offered_commands_options_and_boards(
    typed: str, offered: set[str], tmp_path: Path
) -> None:
    pytest.importorskip("argcomplete", reason="the extra 'completion' is not installed")
    output = tmp_path / "offered"
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from generator.cli.main import main; sys.exit(main())"],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "_ARGCOMPLETE": "1",
            "_ARGCOMPLETE_IFS": "\n",
            "_ARGCOMPLETE_STDOUT_FILENAME": str(output),
            "COMP_LINE": typed,
            "COMP_POINT": str(len(typed)),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert {word.strip() for word in output.read_text().split("\n")} == offered


def test_the_time_that_is_left_follows_the_time_that_is_past() -> None:
    assert time_left(1.0, 5, 10) == ""
    assert time_left(25.0, 10, 60) == " 2:05 left"
    assert time_left(25.0, 60, 60) == "" == time_left(25.0, 0, 60)
