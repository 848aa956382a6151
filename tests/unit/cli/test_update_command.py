"""``mlfgen update``, and what ``generate`` says of an application that is there already."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.cli import main as cli

SAMPLES = Path(__file__).parents[3] / "samples"
BASE = ["generate", "--rtos", "zephyr", "--board", "stm32f746g_disco", "-o", "app"]
OPTIONS = ["--reserve", "sram=32K", "--tflite", "sine.tflite", "--golden", "sine.npz", "--pool", "sram=dtcm"]

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def in_a_folder_with_the_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("sine.tar", "sine.tflite", "sine.npz"):
        shutil.copy(SAMPLES / name, tmp_path)
    shutil.copy(SAMPLES / "sine.tar", tmp_path / "other.tar")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    yield


def options() -> dict[str, object]:
    found: dict[str, object] = json.loads(Path("app/project.json").read_text("utf-8"))["options"]
    return found


def test_the_options_are_kept_with_paths_relative_to_the_application() -> None:
    assert cli.main([*BASE, *OPTIONS, "sine.tar"]) == 0
    assert options()["sources"] == {
        "board": "stm32f746g_disco",
        "models": ["../sine.tar"],
        "tflite": {"": "../sine.tflite"},
        "golden": {"": "../sine.npz"},
        "template": None,
    }


def test_update_keeps_every_option(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli.main([*BASE, *OPTIONS, "sine.tar"]) == 0
    capsys.readouterr()
    assert cli.main(["update", "app"]) == 0
    printed = capsys.readouterr().out
    assert "updated" not in printed and "created" not in printed
    monkeypatch.chdir("app")
    assert cli.main(["update", "."]) == 0
    assert "updated" not in capsys.readouterr().out


def test_update_takes_another_model_and_other_options() -> None:
    assert cli.main([*BASE, *OPTIONS, "sine.tar"]) == 0
    before = options()
    assert cli.main(["update", "app", "other.tar", "--reserve", "sram=4K"]) == 0
    after = options()
    assert after["reserved_bytes"] == {"sram": 4096}
    assert after["sources"] == {**before["sources"], "models": ["../other.tar"]}  # type: ignore[dict-item]
    assert after["pools"] == before["pools"]


def test_generate_says_what_it_drops_before_it_writes(capsys: Capture) -> None:
    assert cli.main([*BASE, *OPTIONS, "sine.tar"]) == 0
    capsys.readouterr()
    assert cli.main([*BASE, "other.tar", "--effort", "50"]) == 0
    printed = capsys.readouterr().out
    told, _, written = printed.partition("region")
    assert "app was generated before with other options" in told
    assert "kept: --rtos zephyr --board stm32f746g_disco\n" in told
    assert (
        "dropped: --pool sram=dtcm --reserve sram=32768 --tflite ../sine.tflite --golden ../sine.npz\n"
        in told
    )
    assert "new: --effort 50\n" in told
    assert "to keep them, run: mlfgen update app\n" in told
    assert "updated" in written


def test_generate_with_the_same_options_has_nothing_to_say_of_them(capsys: Capture) -> None:
    assert cli.main([*BASE, *OPTIONS, "sine.tar"]) == 0
    capsys.readouterr()
    assert cli.main([*BASE, *OPTIONS, "sine.tar"]) == 0
    assert "was generated before with other options" not in capsys.readouterr().out


@pytest.mark.parametrize("gone", ["sine.tar", "sine.tflite", "sine.npz"])
def test_a_source_that_is_gone_is_named(gone: str, capsys: Capture) -> None:
    assert cli.main([*BASE, *OPTIONS, "sine.tar"]) == 0
    Path(gone).unlink()
    assert cli.main(["update", "app"]) == 2
    said = capsys.readouterr().err
    assert f"{gone}: the " in said and "no longer exists" in said
    assert "mlfgen update app " in said


def test_a_board_file_is_kept_by_its_path() -> None:
    shutil.copy(Path(__file__).parents[3] / "boards" / "mps2_an385.yaml", "mine.yaml")
    assert cli.main(["generate", "--rtos", "zephyr", "--board", "mine.yaml", "-o", "app", "sine.tar"]) == 0
    assert options()["sources"]["board"] == "../mine.yaml"  # type: ignore[index]
    assert cli.main(["update", "app"]) == 0


def test_a_folder_that_is_not_an_application(capsys: Capture) -> None:
    assert cli.main(["update", "nowhere"]) == 2
    said = capsys.readouterr().err
    assert "nowhere: not a generated application: no project.json" in said
    assert "hint: mlfgen generate" in said


@pytest.mark.parametrize(
    "damage", [{"pools": 3}, {"sources": None}, {"rtos": 7}, {"effort": "much"}, {"ide": ["emacs"]}]
)
def test_a_damaged_record_is_refused(damage: dict[str, object], capsys: Capture) -> None:
    assert cli.main([*BASE, "sine.tar"]) == 0
    path = Path("app/project.json")
    document = json.loads(path.read_text("utf-8"))
    document["options"].update(damage)
    path.write_text(json.dumps(document), "utf-8")
    capsys.readouterr()
    assert cli.main(["update", "app"]) == 2
    assert "hint:" in capsys.readouterr().err


def editor_files() -> set[str]:
    names = (".vscode", ".clangd", "CMakePresets.json")
    return {name for name in names if (Path("app") / name).exists()}


def test_ides_are_chosen_and_kept_until_others_are_named(capsys: Capture) -> None:
    assert cli.main([*BASE, "sine.tar"]) == 0
    assert editor_files() == {".vscode", ".clangd", "CMakePresets.json"}
    assert cli.main(["update", "app", "--ide", "clangd"]) == 0
    assert options()["ide"] == ["clangd"]
    assert editor_files() == {".clangd"}
    capsys.readouterr()
    assert cli.main(["update", "app"]) == 0
    assert editor_files() == {".clangd"}
    assert cli.main([*BASE, "sine.tar", "--ide", "none"]) == 0
    printed = capsys.readouterr().out
    assert "dropped: --ide clangd\n" in printed and "new: --ide none\n" in printed
    assert editor_files() == set()


def test_an_edited_file_of_an_ide_stays_when_the_ide_is_no_longer_named() -> None:
    assert cli.main([*BASE, "sine.tar"]) == 0
    Path("app/.clangd").write_text("mine\n", "utf-8")
    assert cli.main(["update", "app", "--ide", "presets"]) == 0
    assert editor_files() == {".clangd", "CMakePresets.json"}
    assert Path("app/.clangd").read_text("utf-8") == "mine\n"


def test_an_application_of_an_older_version_gets_the_default_ides() -> None:
    assert cli.main([*BASE, "sine.tar"]) == 0
    path = Path("app/project.json")
    ledger = json.loads(path.read_text("utf-8"))
    del ledger["options"]["ide"]
    path.write_text(json.dumps(ledger), "utf-8")
    assert cli.main(["update", "app"]) == 0
    assert options()["ide"] == ["presets", "vscode", "clangd"]
