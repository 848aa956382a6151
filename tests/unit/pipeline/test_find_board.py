"""What the name of a board means: a file, a built-in board, or a board of Zephyr's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from generator.cli.main import main
from generator.errors import BoardError, UsageError
from generator.model.zephyr_board import BoardTarget, Devicetree, DevicetreeNode, ListedBoard, ZephyrBoard
from generator.pipeline import derived_boards
from generator.pipeline.board_names import board_names, is_board_file
from generator.pipeline.boards import find_board

SINE = str(Path(__file__).parents[3] / "samples" / "sine.tar")
Capture = pytest.CaptureFixture[str]


def made_up(target: str, *_: object) -> ZephyrBoard:
    if target != "acme/t1":
        raise UsageError(f"Zephyr has no board '{target}'", hint="did you mean 'acme/t1'?")
    nodes = (
        DevicetreeNode("/cpus/cpu@0", (), ("arm,cortex-m3",)),
        DevicetreeNode("/flash", registers=((0, 1 << 20),)),
        DevicetreeNode("/ram", registers=((0x2000_0000, 1 << 18),)),
    )
    tree = Devicetree({node.path: node for node in nodes}, {"zephyr,sram": "/ram", "zephyr,flash": "/flash"})
    listed = ListedBoard("acme", ("boards/acme",), ("t1",), ("t1",))
    return ZephyrBoard(BoardTarget(target, listed, "t1", ""), "Acme", "4.1", tree, frozenset({"ARM"}))


@pytest.fixture
def zephyr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived_boards, "load_zephyr_board", made_up)
    monkeypatch.setattr(derived_boards, "has_workspace", lambda: True)


def test_zephyrs_boards_by_name(zephyr: None) -> None:
    for name in ("zephyr:acme/t1", "acme/t1"):
        board = find_board(name)
        assert board.name == "acme_t1" and board.zephyr is not None and board.zephyr.target == "acme/t1"


def test_built_in_files_win(zephyr: None) -> None:
    for name in board_names():
        board = find_board(name)
        assert board.zephyr is not None
        assert find_board(board.zephyr.target).name == name
    with pytest.raises(UsageError, match="Zephyr has no board"):
        find_board(f"zephyr:{board_names()[0]}")


def test_a_name_that_neither_has(zephyr: None) -> None:
    with pytest.raises(UsageError) as caught:
        find_board("acme/t2")
    assert caught.value.hint == "did you mean 'acme/t1'?"
    # What is nearly a built-in board is told as one.
    with pytest.raises(UsageError) as caught:
        find_board("stm32f746_disco")
    assert caught.value.hint == "did you mean 'stm32f746g_disco'?"


def test_without_a_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived_boards, "has_workspace", lambda: False)
    with pytest.raises(UsageError) as caught:
        find_board("acme/t1")
    assert caught.value.what == "there is no built-in board 'acme/t1'"
    assert "mlfgen workspace --rtos zephyr" in str(caught.value.hint)


def test_what_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(map(is_board_file, ("mine.yaml", "boards/mine.yml", "./mine", "../boards/mine", "/x/mine")))
    assert not any(map(is_board_file, ("mine", "acme/t1", "zephyr:acme/t1", "zephyr:x.yaml", "acme@B/t1")))
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "t1").write_text("name: x\n")
    monkeypatch.chdir(tmp_path)
    assert is_board_file("acme/t1")


def test_only_zephyr_brings_a_derived_board_up(zephyr: None, capsys: Capture) -> None:
    for rtos in ("freertos", "none"):
        assert main(["generate", "--rtos", rtos, "--board", "zephyr:acme/t1", SINE, "--dry-run"]) == 2
        printed = capsys.readouterr().err
        assert f"board 'acme_t1' can't be used with {rtos}: it has no 'port' section" in printed
        assert "it supports zephyr" in printed
    with pytest.raises(BoardError, match="no 'port' section"):
        from generator.compose.board_pools import pools_left

        pools_left(find_board("zephyr:acme/t1"), "none", 0, {})


def test_an_application_remembers_it_and_is_generated_again(zephyr: None, tmp_path: Path) -> None:
    app, model = tmp_path / "app", tmp_path / "sine.tar"
    shutil.copy(SINE, model)
    assert (
        main(["generate", "--rtos", "zephyr", "--board", "zephyr:acme/t1", str(model), "-o", str(app)]) == 0
    )
    options = json.loads((app / "project.json").read_text("utf-8"))["options"]
    assert options["sources"]["board"] == "zephyr:acme/t1"
    notes = json.loads((app / "model" / "memory.json").read_text("utf-8"))["notes"]
    assert "mlfgen boards --derive acme/t1 -o acme_t1.yaml" in notes[-1]
    before = (app / "project.json").read_bytes()
    assert main(["update", str(app)]) == 0
    assert (app / "project.json").read_bytes() == before


def test_a_board_file_is_printed_or_written(zephyr: None, tmp_path: Path, capsys: Capture) -> None:
    assert main(["boards", "--derive", "acme/t1"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("# Derived from the devicetree of Zephyr 4.1")
    file = tmp_path / "acme.yaml"
    assert main(["boards", "--derive", "zephyr:acme/t1", "-o", str(file)]) == 0
    assert f"next: correct what it marks as assumed, and use it: --board {file}" in capsys.readouterr().out
    assert file.read_text("utf-8") == printed
    assert main(["boards", str(file)]) == 0
    assert "Acme, cortex-m3, FPU none" in capsys.readouterr().out
    assert main(["generate", "--rtos", "zephyr", "--board", str(file), SINE, "--dry-run"]) == 0


def test_a_file_with_corrections_is_not_overwritten(zephyr: None, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "acme.yaml"
    file.write_text("mine")
    assert main(["boards", "--derive", "acme/t1", "-o", str(file)]) == 2
    assert "it exists already" in capsys.readouterr().err and file.read_text() == "mine"
    assert main(["boards", "--derive", "acme/t1", "-o", str(file), "--force", "--quiet"]) == 0
    assert capsys.readouterr().out == "" and file.read_text("utf-8").startswith("# Derived")


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--derive", "acme/t2"], "Zephyr has no board 'acme/t2'"),
        (["-o", "x.yaml"], "--output needs --derive"),
        (["--measured", "app"], "--measured needs --derive"),
        (["--derive", "acme/t1", "--measured", "no-app"], "not a generated application"),
        (["hifive1", "--derive", "acme/t1"], "--derive and 'hifive1' contradict each other"),
        (["--derive", "acme/t1", "-o", "no/such/folder/x.yaml"], "can't be written"),
    ],
)
def test_arguments_that_are_wrong(zephyr: None, capsys: Capture, arguments: list[str], what: str) -> None:
    assert main(["boards", *arguments]) == 2
    assert what in capsys.readouterr().err


def test_derived_as_json(zephyr: None, capsys: Capture) -> None:
    assert main(["boards", "--derive", "acme/t1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "acme_t1"


def test_measuring_needs_a_build_for_the_board(zephyr: None, tmp_path: Path, capsys: Capture) -> None:
    app = str(tmp_path / "app")
    assert main(["generate", "--rtos", "zephyr", "--board", "zephyr:acme/t1", SINE, "-o", app]) == 0
    assert main(["boards", "--derive", "acme/t1", "--measured", app]) == 2
    printed = capsys.readouterr().err
    assert "the application has not been built" in printed and f"mlfgen build {app}" in printed
    other = str(tmp_path / "other")
    assert main(["generate", "--rtos", "none", "--board", "mps2_an385", SINE, "-o", other]) == 0
    assert main(["boards", "--derive", "acme/t1", "--measured", other]) == 2
    assert "the application is for 'mps2_an385', not for 'acme/t1'" in capsys.readouterr().err
