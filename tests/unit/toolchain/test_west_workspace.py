"""The workspace that applications share: its manifest, west's calls, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from toolchain_fakes import RecordingRunner

from generator.errors import BuildError, TargetError, ToolMissingError
from generator.model.workspace import SourceProject, WorkspaceContent
from generator.toolchain.runner import CompletedCommand
from generator.toolchain.west import WEST
from generator.toolchain.workspace import (
    absent_projects,
    manifest_names,
    manifest_text,
    update_workspace,
)
from generator.toolchain.workspace_folder import default_folder

MODULE = SourceProject("cmsis", "zephyrproject-rtos/cmsis", "", "modules/hal/cmsis")
ZEPHYR = SourceProject("zephyr", "zephyrproject-rtos/zephyr", "v4.1.0", "zephyr", imports=(MODULE,))
KERNEL = SourceProject("FreeRTOS-Kernel", "FreeRTOS/FreeRTOS-Kernel", "V11.3.0", "deps/FreeRTOS-Kernel")
CONTENT = WorkspaceContent((ZEPHYR, KERNEL))
PATH = " ".join(WEST)


def west(**answers: CompletedCommand) -> RecordingRunner:
    said = {
        "init": CompletedCommand(0, ""),
        "config": CompletedCommand(0, ""),
        "update": CompletedCommand(0, ""),
    }
    return RecordingRunner({f"{PATH} {name}": answer for name, answer in (said | answers).items()})


def test_the_manifest_is_pinned_shallow_and_narrow() -> None:
    manifest = yaml.safe_load(manifest_text(CONTENT))["manifest"]
    assert manifest["self"] == {"path": "mlfgen"}
    zephyr, kernel = manifest["projects"]
    assert zephyr == {
        "name": "zephyr",
        "url": "https://github.com/zephyrproject-rtos/zephyr",
        "revision": "v4.1.0",
        "path": "zephyr",
        "clone-depth": 1,
        "import": {"name-allowlist": ["cmsis"]},
    }
    assert (kernel["revision"], kernel["clone-depth"]) == ("V11.3.0", 1) and "import" not in kernel


def test_a_new_workspace_is_made_and_one_that_is_there_only_updated(tmp_path: Path) -> None:
    folder, runner = tmp_path / "ws", west()
    lines: list[str] = []
    update_workspace(folder, CONTENT, runner=runner, env={"ZEPHYR_BASE": "/other"}, on_line=lines.append)
    first = [call.argv[len(WEST) :] for call in runner.calls]
    assert first == [
        ("init", "-l", str(folder / "mlfgen")),
        ("update", "--narrow", "--fetch-opt=--depth=1"),
        ("config", "--local", "zephyr.base", "zephyr"),
    ]
    assert all(call.cwd == folder and "ZEPHYR_BASE" not in call.env for call in runner.calls)
    assert manifest_names(folder) == {"zephyr": ("cmsis",), "FreeRTOS-Kernel": ()}

    (folder / ".west").mkdir()
    (folder / ".west" / "config").write_text("[manifest]\n")
    again = west()
    update_workspace(folder, WorkspaceContent((KERNEL,)), runner=again, env={})
    assert [call.argv[len(WEST)] for call in again.calls] == ["update"]
    assert manifest_names(folder) == {"FreeRTOS-Kernel": ()}


def test_what_an_interrupted_fetch_left_is_absent(tmp_path: Path) -> None:
    (tmp_path / "zephyr" / ".git").mkdir(parents=True)
    (tmp_path / "deps" / "FreeRTOS-Kernel").mkdir(parents=True)
    (tmp_path / "deps" / "FreeRTOS-Kernel" / "tasks.c").touch()
    assert absent_projects(tmp_path, CONTENT) == (ZEPHYR, MODULE)


@pytest.mark.parametrize(
    ("output", "kind", "what", "hint"),
    [
        (
            "=== updating zephyr (zephyr):\nfatal: unable to access 'https://x/': no route\nERROR: failed",
            BuildError,
            "west update failed: fatal: unable to access",
            "the same command again",
        ),
        (
            "FATAL ERROR: git is not found; is it in PATH?",
            ToolMissingError,
            "git is not installed",
            "apt-get",
        ),
        ("", BuildError, "no output", "again"),
    ],
)
def test_a_fetch_that_fails_says_what_to_do(
    output: str, kind: type[Exception], what: str, hint: str, tmp_path: Path
) -> None:
    runner = west(update=CompletedCommand(1, output))
    with pytest.raises(kind) as caught:
        update_workspace(tmp_path / "ws", CONTENT, runner=runner, env={})
    assert what in str(caught.value) and hint in str(getattr(caught.value, "hint", ""))


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "west" / ".west").mkdir(parents=True)
    for folder, what in (
        (tmp_path, "neither empty nor a workspace"),
        (tmp_path / "notes.txt", "not a folder"),
        (tmp_path / "west" / "inside", "it would be inside the west workspace"),
    ):
        with pytest.raises(TargetError, match=what) as caught:
            update_workspace(folder, CONTENT, runner=west(), env={})
        assert "choose a" in (caught.value.hint or "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "west"]


def test_a_manifest_that_is_broken_says_how_to_go_on(tmp_path: Path) -> None:
    assert manifest_names(tmp_path) == {}
    (tmp_path / "mlfgen").mkdir()
    for text in ("manifest: [", "manifest: {}", "- 1"):
        (tmp_path / "mlfgen" / "west.yml").write_text(text)
        with pytest.raises(TargetError, match="can't be read") as caught:
            manifest_names(tmp_path)
        assert "remove that file" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("env", "folder"),
    [
        ({"MLF_WORKSPACE": "/ws", "HOME": "/users/u"}, Path("/ws")),
        ({"XDG_DATA_HOME": "/data", "HOME": "/users/u"}, Path("/data/mlfgen/workspace")),
        ({"HOME": "/users/u"}, Path("/users/u/.local/share/mlfgen/workspace")),
        ({}, None),
    ],
)
def test_where_it_is(env: dict[str, str], folder: Path | None) -> None:
    assert default_folder(env) == folder
