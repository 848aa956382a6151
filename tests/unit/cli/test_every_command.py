"""What holds for every command: examples in its help, errors as JSON, silence when asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.cli import main as cli
from generator.cli.parser import build_parser
from generator.model.options import PLANNERS
from generator.planner.api import BUILT_IN

SAMPLES = Path(__file__).parents[3] / "samples"

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("command", sorted(cli.COMMANDS))
def test_help_ends_with_examples_that_parse(command: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    _, _, examples = capsys.readouterr().out.partition("examples:\n")
    lines = [line.strip() for line in examples.splitlines() if line.startswith("  mlfgen ")]
    assert any(line.startswith(f"mlfgen {command}") for line in lines)
    for line in lines:
        words = line.partition("   ")[0].replace('"$(mlfgen template-dir --rtos zephyr)"', "folder").split()
        build_parser().parse_args(words[1:])


def test_help_lists_the_planners(capsys: Capture) -> None:
    assert tuple(BUILT_IN) == PLANNERS
    with pytest.raises(SystemExit):
        cli.main(["plan", "--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert all(name in printed for name in PLANNERS)


@pytest.mark.parametrize(
    ("argv", "exit_code", "what"),
    [
        (["inspect", "nope.tar"], 2, "no such file"),
        (["generate", "--rtos", "zephyr", "--board", "no_board", "nope.tar"], 2, "no_board"),
        (["plan"], 2, "required"),
        (["build", "nowhere"], 2, "project.json"),
    ],
)
def test_errors_are_json_as_well(argv: list[str], exit_code: int, what: str, capsys: Capture) -> None:
    assert cli.main([*argv, "--json"]) == exit_code
    printed = capsys.readouterr()
    error = json.loads(printed.out)["error"]
    assert what in error["what"] and error["exit_code"] == exit_code
    assert error["hint"]


def test_an_archive_that_does_not_fit_gives_one_document(capsys: Capture) -> None:
    argv = [
        "inspect",
        str(SAMPLES / "branchy.tar"),
        "--board",
        "mps2_an500",
        "--reserve",
        "sram=4M",
        "--json",
    ]
    assert cli.main(argv) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["fits"] is False and document["error"]["hint"]


def test_quiet_prints_nothing_but_errors(tmp_path: Path, capsys: Capture) -> None:
    argv = ["generate", "-q", "--rtos", "zephyr", "--board", "mps2_an385", str(SAMPLES / "sine.tar"), "-o"]
    assert cli.main([*argv, str(tmp_path / "app")]) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "")
    assert (tmp_path / "app" / "project.json").is_file()
    assert cli.main(["inspect", "-q", "nope.tar"]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and "error:" in printed.err
