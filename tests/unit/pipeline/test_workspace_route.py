"""What the shared workspace holds, as it is asked for again and again."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.cli.main import main
from generator.errors import UsageError
from generator.pipeline.boards import board_names, find_board
from generator.pipeline.workspace import plan_workspace
from generator.toolchain.workspace import manifest_text


def names(folder: Path, rtos: str | None) -> list[str]:
    return [project.name for project in plan_workspace(folder, rtos, {}).content.projects]


def test_one_rtos_or_both_and_what_is_there_stays(tmp_path: Path) -> None:
    assert names(tmp_path, None) == ["zephyr", "FreeRTOS-Kernel", "CMSIS-NN"]
    assert names(tmp_path, "zephyr") == ["zephyr"]
    plan = plan_workspace(tmp_path, "freertos", {})
    assert [project.name for project in plan.absent] == ["FreeRTOS-Kernel", "CMSIS-NN"]
    (tmp_path / "mlfgen").mkdir()
    (tmp_path / "mlfgen" / "west.yml").write_text(manifest_text(plan.content))
    assert names(tmp_path, "zephyr") == ["zephyr", "FreeRTOS-Kernel", "CMSIS-NN"]


def test_zephyr_comes_with_every_module_that_a_built_in_board_needs(tmp_path: Path) -> None:
    (zephyr,) = plan_workspace(tmp_path, "zephyr", {}).content.projects
    imported = {module.name for module in zephyr.imports}
    boards = [find_board(name) for name in board_names()]
    wanted = {module for board in boards if board.zephyr for module in board.zephyr.modules}
    assert imported == wanted | {"cmsis-nn"}


def test_the_size_of_what_is_absent_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workspace", "--dry-run", "--rtos", "freertos", str(tmp_path / "ws")]) == 0
    told = capsys.readouterr().out
    assert "FreeRTOS-Kernel V11.3.0" in told
    assert "to fetch: FreeRTOS-Kernel, CMSIS-NN; about 5 MB to download, 47 MB on disk" in told
    assert not (tmp_path / "ws").exists()


def test_without_a_home_a_folder_is_asked_for() -> None:
    with pytest.raises(UsageError, match="no home folder"):
        plan_workspace(None, None, {})
