"""What other people's files can make a terminal do: nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from generator.cli.main import main
from generator.cli.shown import shown, streams_shown

SINE = str(Path(__file__).parents[3] / "samples" / "sine.tar")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain \u00e9 text\twith\r\nlines\n", "plain \u00e9 text\twith\r\nlines\n"),
        ("\033[31mred\033[0m\033[K", "\033[31mred\033[0m\033[K"),
        ("\033]0;title\007", "\ufffd]0;title\ufffd"),
        ("\033[2J\033[1;1H\033c", "\ufffd[2J\ufffd[1;1H\ufffdc"),
        ("\x9b2J\x7f\b", "\ufffd2J\ufffd\ufffd"),
        ("a\u202etxt.exe\u2066", "a\ufffdtxt.exe\ufffd"),
    ],
)
def test_only_colours_pass(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_streams_are_as_before_afterwards(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout, sys.stderr
    with streams_shown():
        print("a\033cb", file=sys.stderr)
        sys.stdout.writelines(["x\0", "\n"])
        assert sys.stdout.isatty() is before[0].isatty()
    assert (sys.stdout, sys.stderr) == before
    assert capsys.readouterr() == ("x\ufffd\n", "a\ufffdcb\n")


@pytest.mark.parametrize(
    "path",
    [
        ("plan", "firmware", "run", "emulator"),
        ("plan", "firmware", "project_type"),
        ("options", "board"),
        ("options", "rtos"),
        ("options", "sources", "board"),
    ],
)
@pytest.mark.parametrize("command", ["run", "update"])
def test_a_project_does_not_steer_the_terminal(
    command: str, path: tuple[str, ...], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    app = tmp_path / "app"
    assert main(["generate", "--rtos", "none", "--board", "stm32f746g_disco", SINE, "-o", str(app)]) == 0
    ledger = app / "project.json"
    document = json.loads(ledger.read_text("utf-8"))
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = "\033]0;title\007x"
    ledger.write_text(json.dumps(document), "utf-8")
    main([command, str(app)])
    said = "".join(capfd.readouterr())
    assert "\033]" not in said and "\007" not in said
