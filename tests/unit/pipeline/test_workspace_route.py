"""What the shared workspace holds, as it is asked for again and again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from generator.cli.main import main
from generator.errors import UsageError
from generator.model.workspace import WorkspaceContent
from generator.pipeline.board_names import board_names
from generator.pipeline.boards import find_board
from generator.pipeline.workspace import make_workspace, plan_workspace
from generator.toolchain.runner import CompletedCommand
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


def test_the_size_of_what_is_absent_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workspace", "--dry-run", "--rtos", "freertos", str(tmp_path / "ws")]) == 0
    told = capsys.readouterr().out
    assert "FreeRTOS-Kernel V11.3.0" in told
    assert "to fetch: FreeRTOS-Kernel, CMSIS-NN; about 5 MB to download, 47 MB on disk" in told
    assert not (tmp_path / "ws").exists()


def test_without_a_home_a_folder_is_asked_for() -> None:
    with pytest.raises(UsageError, match="no home folder"):
        plan_workspace(None, None, {})


def made(folder: Path, content: WorkspaceContent, modules: Sequence[str]) -> None:
    """A workspace as it is after a fetch, with modules in Zephyr's own manifest."""
    projects = "".join(f"    - name: {name}\n      revision: x\n" for name in modules)
    for path, text in (
        ("mlfgen/west.yml", manifest_text(content)),
        ("zephyr/west.yml", f"manifest:\n  projects:\n{projects}"),
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


KNOWN = ("cmsis", "cmsis_6", "cmsis-nn", "hal_stm32", "hal_nordic", "hal_nxp")


def test_further_modules_are_fetched_and_stay(tmp_path: Path) -> None:
    plan = plan_workspace(tmp_path, None, {}, ["hal_nordic", "cmsis"])
    (zephyr,) = plan.content.projects
    assert [module.path for module in zephyr.imports][-1] == "modules/hal/nordic"
    assert len({module.name for module in zephyr.imports}) == len(zephyr.imports)
    made(tmp_path, plan.content, KNOWN)
    (zephyr,) = plan_workspace(tmp_path, "zephyr", {}).content.projects
    assert "hal_nordic" in {module.name for module in zephyr.imports}
    (zephyr,) = plan_workspace(tmp_path, "zephyr", {}, ["hal_nxp"]).content.projects
    assert {"hal_nordic", "hal_nxp"} <= {module.name for module in zephyr.imports}


def test_a_module_lies_where_zephyrs_manifest_puts_it(tmp_path: Path) -> None:
    made(tmp_path, plan_workspace(tmp_path, "zephyr", {}).content, KNOWN)
    with open(tmp_path / "zephyr" / "west.yml", "a", encoding="utf-8") as manifest:
        manifest.write("    - name: mcuboot\n      revision: x\n      path: bootloader/mcuboot\n")
    plan = plan_workspace(tmp_path, None, {}, ["mcuboot"])
    assert "mcuboot" in {project.name for project in plan.absent}
    (tmp_path / "bootloader" / "mcuboot").mkdir(parents=True)
    (tmp_path / "bootloader" / "mcuboot" / "README").touch()
    assert "mcuboot" not in {
        project.name for project in plan_workspace(tmp_path, None, {}, ["mcuboot"]).absent
    }


def test_a_module_whose_size_is_not_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["workspace", "--dry-run", "--module", "hal_nordic", str(tmp_path / "ws")]
    assert main(arguments) == 0
    assert "MB on disk, and hal_nordic, whose size is not known" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "hint"),
    [("hal_nrdic", "did you mean 'hal_nordic'"), ("../x", "the names are in zephyr/west.yml")],
)
def test_a_module_that_zephyr_does_not_have(name: str, hint: str, tmp_path: Path) -> None:
    made(tmp_path, plan_workspace(tmp_path, "zephyr", {}).content, KNOWN)
    with pytest.raises(UsageError) as caught:
        plan_workspace(tmp_path, None, {}, [name])
    assert f"has no module '{name}'" in caught.value.what and hint in str(caught.value.hint)


def test_a_module_that_turns_out_not_to_exist(tmp_path: Path) -> None:
    plan = plan_workspace(tmp_path, None, {}, ["hal_nowhere"])

    class Runner:
        def run(self, *_: object, **__: object) -> CompletedCommand:
            made(tmp_path, plan.content, KNOWN)
            return CompletedCommand(0, "")

    with pytest.raises(UsageError, match="has no module 'hal_nowhere'"):
        make_workspace(plan, runner=Runner(), env={})
    # It is not asked for again.
    (zephyr,) = plan_workspace(tmp_path, "zephyr", {}).content.projects
    assert "hal_nowhere" not in {module.name for module in zephyr.imports}
