"""Mistakes in several options are named at once, each with its hint; exit 2."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.cli import main as cli
from generator.cli.terminal import print_error
from generator.errors import UsageError, all_of

SAMPLES = Path(__file__).parents[3] / "samples"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def in_a_folder_with_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    shutil.copy(SAMPLES / "sine.tar", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ZEPHYR_BASE", raising=False)
    yield


def told(capsys: Capture) -> dict[str, str]:
    """error -> hint, as printed."""
    lines = capsys.readouterr().err.splitlines()
    found: dict[str, str] = {}
    for line in lines:
        if line.startswith("error: "):
            found[line.removeprefix("error: ")] = ""
        elif line.startswith(" hint: "):
            found[next(reversed(found))] = line.removeprefix(" hint: ")
    return found


def test_a_wrong_choice_does_not_hide_what_else_is_wrong(capsys: Capture) -> None:
    argv = ["generate", "--rtos", "zephir", "--board", "stm32f746g_disko", "--pool", "sram", "sine.tar"]
    assert cli.main([*argv, "--stack-bytes", "many", "--ide", "vscod"]) == 2
    found = told(capsys)
    assert found["--rtos: invalid choice 'zephir'"] == "did you mean 'zephyr'?"
    assert found["--ide: unknown IDE 'vscod'"] == "did you mean 'vscode'?"
    assert found["--pool sram: expected NAME=POOL"] == "write it as --pool NAME=POOL"
    assert any("'stm32f746g_disko'" in what and "disco" in hint for what, hint in found.items())
    assert "argument --stack-bytes: invalid int value: 'many'" in found
    assert len(found) == 5 and not list(Path.cwd().glob("*-none-*"))


def test_what_the_board_does_not_have_is_reported_at_once(capsys: Capture) -> None:
    argv = ["generate", "--rtos", "none", "--board", "mps2_an500", "sine.tar", "--pool", "sram=nope"]
    argv += ["--pool", "io=dtcm", "--reserve", "foo=1K", "--reserve", "ssram1=4Q", "--planner", "gredy"]
    assert cli.main([*argv, "--ide", "platformio", "--stack-bytes", "100", "--effort", "-1"]) == 2
    found = told(capsys)
    assert "--pool sram=nope: board 'mps2_an500' has no pool 'nope'" in found
    assert "--pool io=dtcm: board 'mps2_an500' has no pool 'dtcm'" in found
    assert "--reserve foo=…: board 'mps2_an500' has no region 'foo'" in found
    assert "--reserve ssram1: '4Q' is not a size in bytes" in found
    assert "unknown planner 'gredy'" in found
    assert "--stack-bytes 100 is not allowed" in found
    assert "--effort -1 is out of range" in found
    assert "--ide platformio: the board file of 'mps2_an500' lacks what the IDE needs" in found
    assert len(found) == 8 and all(found.values())


def test_a_missing_model_is_one_of_the_mistakes(capsys: Capture) -> None:
    argv = ["generate", "--rtos", "none", "--board", "mps2_an500", "sine.tra", "--planner", "gredy"]
    assert cli.main(argv) == 2
    assert {"sine.tra: no such file or folder", "unknown planner 'gredy'"} == set(told(capsys))


def test_one_mistake_is_reported_as_before(capsys: Capture) -> None:
    argv = ["generate", "--rtos", "none", "--board", "mps2_an500", "sine.tar", "--effort", "-1"]
    assert cli.main([*argv, "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["kind"] == "UsageError" and "errors" not in error


def test_json_has_each_mistake(capsys: Capture) -> None:
    argv = ["generate", "--rtos", "none", "--board", "mps2_an500", "sine.tar", "--effort", "-1"]
    assert cli.main([*argv, "--planner", "gredy", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["kind"] == "UsageErrors" and error["exit_code"] == 2
    assert [each["what"] for each in error["errors"]] == [
        "--effort -1 is out of range",
        "unknown planner 'gredy'",
    ]


def test_required_options_are_named_with_wrong_ones(capsys: Capture) -> None:
    assert cli.main(["generate", "--rtos", "zephir"]) == 2
    assert list(told(capsys)) == [
        "--rtos: invalid choice 'zephir'",
        "the following arguments are required: MODEL, --board",
    ]


def test_inspect_and_verify_do_the_same(capsys: Capture) -> None:
    wrong = ["--rtos", "none", "--board", "mps2_an500", "sine.tar", "--effort", "-1", "--pool", "a"]
    for command in ("inspect", "verify"):
        assert cli.main([command, *wrong]) == 2
        assert set(told(capsys)) == {"--effort -1 is out of range", "--pool a: expected NAME=POOL"}


def test_commands_without_these_options_tell_their_own(capsys: Capture) -> None:
    assert cli.main(["run", "app", "--timeout", "soon"]) == 2
    assert any("--timeout" in what for what in told(capsys))


def test_each_mistake_names_the_application_that_has_it(capsys: Capture) -> None:
    mistakes = [UsageError("is empty", where="a.tar", hint="check it"), UsageError("no pool 'x'")]
    print_error(all_of(mistakes), "apps/one: ")
    assert capsys.readouterr().err == (
        "error: apps/one: a.tar: is empty\n hint: check it\nerror: apps/one: no pool 'x'\n"
    )
