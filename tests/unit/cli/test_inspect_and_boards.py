"""``mlfgen inspect`` and ``mlfgen boards``, a build's progress, and sizes and files on the command line."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.cli import progress as progress_module
from generator.cli.main import main
from generator.cli.progress import BuildProgress
from generator.cli.terminal import bar, table, tensor_row
from generator.errors import UsageError
from generator.model.tensor import Tensor
from generator.pipeline.board_names import board_names
from generator.pipeline.options import files_by_model, pairs, size_bytes

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "samples"
SINE = str(SAMPLES / "sine.tar")
BRANCHY = str(SAMPLES / "branchy.tar")

Capture = pytest.CaptureFixture[str]


# ---- inspect


def test_inspect_says_what_is_in_an_archive(capsys: Capture) -> None:
    assert main(["inspect", BRANCHY]) == 0
    printed = capsys.readouterr().out
    assert "branchy.tar: Model Library Format version 7, TVM 0.12" in printed
    assert "aot executor, interface c, workspace provided by the application" in printed
    assert "int8[1, 32, 32, 3]" in printed and printed.count("output") == 2
    assert "to see the memory map, add --board" in printed


def test_inspect_takes_quantisation_from_the_tflite_with_and_without_a_board(capsys: Capture) -> None:
    tflite = ["--tflite", str(SAMPLES / "sine.tflite")]
    for more in ([], ["--board", "mps2_an500"]):
        assert main(["inspect", SINE, *more]) == 0
        assert "0.0244801 * (stored - -128), 6 digits" in capsys.readouterr().out
        assert main(["inspect", SINE, *tflite, *more]) == 0
        printed = capsys.readouterr().out
        assert "0.0244801156 * (stored - -128)\n" in printed and "digits" not in printed


def test_inspect_compares_with_a_board(capsys: Capture) -> None:
    assert main(["inspect", BRANCHY, "--board", "stm32f746g_disco"]) == 0
    printed = capsys.readouterr().out
    assert "dtcm" in printed and "planned" in printed and "free" in printed


def test_inspect_shows_the_table_of_what_does_not_fit_and_ends_with_2(capsys: Capture) -> None:
    arguments = ["inspect", BRANCHY, "--board", "stm32f746g_disco", "--reserve", "sram=240K"]
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert "reserved 245,760" in printed.out
    assert "too small" in printed.err and "--pool" in printed.err
    assert main([*arguments, "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["fits"] is False
    sram = next(region for region in document["memory"]["regions"] if region["name"] == "sram")
    assert sram["free_bytes"] < 0


def test_inspect_as_json(capsys: Capture) -> None:
    assert main(["inspect", BRANCHY, SINE, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    models = [model for archive in document["archives"] for model in archive["models"]]
    assert [model["name"] for model in models] == ["branchy_int8", "hello_world_int8"]
    assert models[0]["inputs"][0]["shape"] == [1, 32, 32, 3]
    assert models[0]["pools"] == [{"name": "sram", "size_bytes": 125_720, "constant": False}]
    assert main(["inspect", BRANCHY, "--board", "mps2_an500", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["fits"] is True and document["memory"]["regions"]


# ---- boards


def test_boards_lists_what_there_is(capsys: Capture) -> None:
    assert main(["boards"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in board_names())
    assert "--board path/to/board.yaml" in printed


@pytest.mark.parametrize("name", board_names())
def test_a_board_is_shown_by_name_and_by_path(name: str, capsys: Capture) -> None:
    assert main(["boards", name]) == 0
    by_name = capsys.readouterr().out
    assert main(["boards", str(ROOT / "boards" / f"{name}.yaml")]) == 0
    assert capsys.readouterr().out == by_name
    assert by_name.startswith(f"{name}: ")


def test_boards_as_json(capsys: Capture) -> None:
    assert main(["boards", "--json"]) == 0
    assert [board["name"] for board in json.loads(capsys.readouterr().out)] == list(board_names())
    assert main(["boards", "stm32f746g_disco", "--json"]) == 0
    board = json.loads(capsys.readouterr().out)
    assert {pool["name"]: pool["sections"]["zephyr"] for pool in board["pools"]}["dtcm"] == "DTCM"


def test_the_clock_is_reported_for_each_rtos_that_sets_its_own(capsys: Capture) -> None:
    assert main(["boards", "nucleo_f746zg"]) == 0
    assert "FPU single, 216 MHz, 192 MHz under zephyr\n" in capsys.readouterr().out
    assert main(["boards", "nucleo_f746zg", "--json"]) == 0
    clocks = json.loads(capsys.readouterr().out)["clock_hz_by_rtos"]
    assert clocks == {"zephyr": 192_000_000, "freertos": 216_000_000, "none": 216_000_000}
    assert main(["boards", "stm32f746g_disco"]) == 0
    assert "FPU single, 216 MHz\n" in capsys.readouterr().out


def test_a_users_own_board_file_is_checked_and_works(tmp_path: Path, capsys: Capture) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        (ROOT / "boards" / "mps2_an500.yaml").read_text("utf-8").replace("name: mps2_an500", "name: mine"),
        "utf-8",
    )
    assert main(["boards", str(mine)]) == 0
    arguments = ["generate", "--rtos", "zephyr", "--board", str(mine), SINE, "-o", str(tmp_path / "app")]
    assert main(arguments) == 0
    assert json.loads((tmp_path / "app" / "project.json").read_text("utf-8"))["options"]["board"] == "mine"
    mine.write_text("name: mine\n", "utf-8")
    capsys.readouterr()
    assert main(["boards", str(mine)]) == 2
    assert "mine.yaml: key 'title' is missing" in capsys.readouterr().err


# ---- arguments


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("32768", 32768), ("0x8000", 32768), ("32K", 32768), ("32k", 32768), ("1M", 1 << 20)],
)
def test_sizes(text: str, size: int) -> None:
    assert size_bytes(text, "--reserve") == size


@pytest.mark.parametrize("text", ["", "K", "1.5K", "-1", "1G", "0x", "08", "9" * 5000, "5000M", "١x"])
def test_what_is_not_a_size(text: str) -> None:
    with pytest.raises(UsageError):
        size_bytes(text, "--reserve")


@given(st.text())
def test_any_text_is_a_size_or_refused(text: str) -> None:
    try:
        assert 0 <= size_bytes(text, "--reserve") <= 1 << 32
    except UsageError as error:
        assert error.hint


def test_pairs_and_files() -> None:
    assert pairs(["a=b=c", "d=e"], "-D", "NAME=VALUE") == {"a": "b=c", "d": "e"}
    assert files_by_model(["x.npz"], "--golden") == {"": Path("x.npz")}
    assert files_by_model(["kws=x=y.npz"], "--golden") == {"kws": Path("x=y.npz")}
    assert files_by_model(["./a=b.npz"], "--golden") == {"": Path("./a=b.npz")}
    for wrong in ("=x", "x=", "x"):
        with pytest.raises(UsageError):
            pairs([wrong], "-D", "NAME=VALUE")
    for twice in (["a.npz", "b.npz"], ["m=a.npz", "m=b.npz"], ["m="]):
        with pytest.raises(UsageError):
            files_by_model(twice, "--golden")


# ---- pictures of progress


def test_a_bar_shows_the_least_and_never_overflows() -> None:
    assert bar(0, 100) == "[............]"
    assert bar(1, 1_000_000) == "[#...........]"
    assert bar(100, 100) == "[############]" == bar(500, 100)


def test_a_table_is_aligned() -> None:
    lines = table(("a", "bytes"), [("x", "1"), ("long", "1,000")], right=(1,))
    assert lines == ["a     bytes", "x         1", "long  1,000"]


class Terminal:
    def __init__(self, tty: bool) -> None:
        self.tty = tty
        self.text = ""

    def isatty(self) -> bool:
        return self.tty

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass


OUTPUT = ["-- Configuring", *(f"[{n}/8] Building C object a/b/file{n}.c" for n in range(1, 9)), "done"]


def shown(monkeypatch: pytest.MonkeyPatch, tty: bool, *, verbose: bool = False, quiet: bool = False) -> str:
    terminal = Terminal(tty)
    monkeypatch.setattr(sys, "stderr", terminal)
    assert progress_module.sys is sys
    with BuildProgress(verbose=verbose, quiet=quiet) as progress:
        for line in [*OUTPUT[:5], "a.c:1: warning: odd", *OUTPUT[5:]]:
            progress.line(line)
    return terminal.text


def test_progress_without_a_terminal_is_a_few_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(monkeypatch, tty=False).splitlines()
    assert lines == [
        "building: 2 of 8",
        "building: 4 of 8",
        "a.c:1: warning: odd",
        "building: 6 of 8",
        "building: 8 of 8",
    ]


def test_progress_on_a_terminal_is_one_line_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    text = shown(monkeypatch, tty=True)
    assert "\r\033[K[###" in text and "8/8 file8.c" in text
    assert text.endswith("\r\033[K") and text.count("\n") == 1


def test_progress_on_a_narrow_terminal_stays_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    drawn = [part for part in shown(monkeypatch, tty=True).split("\r\033[K") if part.startswith("[")]
    assert len(drawn) == 8 and max(map(len, drawn)) == 39


def test_progress_on_a_dumb_terminal_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert "\033" not in shown(monkeypatch, tty=True)


def test_verbose_shows_everything_and_quiet_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(shown(monkeypatch, tty=True, verbose=True).splitlines()) == len(OUTPUT) + 1
    assert shown(monkeypatch, tty=True, quiet=True) == ""


def test_without_a_board_a_model_s_needs_are_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(SAMPLES / "sine.tflite")]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"needs workspace [\d,]+ bytes, constants [\d,]+ bytes, 288 multiply-adds", printed)
    assert "multiply-adds   share  bytes touched" in printed
    assert main(["inspect", str(SAMPLES / "sine.tflite"), "--json"]) == 0
    (needs,) = json.loads(capsys.readouterr().out)["archives"][0]["needs"]
    assert needs["macs"] == sum(operator["macs"] for operator in needs["operators"]) == 288


def test_the_operator_of_the_peak_is_reported_without_a_board(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(SAMPLES / "branchy.tar")]) == 0
    printed = capsys.readouterr().out
    assert "model branchy_int8 needs workspace " in printed and "    the peak is in " in printed


def test_long_tensor_names_are_cut_in_the_middle_but_not_in_json(capsys: Capture) -> None:
    name = "a_name_that_goes_on_and_on_" + "x" * 40 + "_end"
    tensor = Tensor(name, "n", "int8", (1,), 1)
    _, printed, *_ = tensor_row("input", tensor)
    assert (
        len(printed) == 40 and printed.startswith("a_name_that_goes_on_and_on") and printed.endswith("_end")
    )
    assert "…" in printed
    assert main(["inspect", BRANCHY, "--json"]) == 0
    assert '"serving_default_keras_tensor_13:0"' in capsys.readouterr().out


def test_long_names_are_shortened_to_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "62")
    assert main(["inspect", str(SAMPLES / "branchy.tar")]) == 0
    (line,) = [text for text in capsys.readouterr().out.splitlines() if "the peak is in" in text]
    assert "…" in line.split(":")[0] and len(line.split(":")[0]) < 50
