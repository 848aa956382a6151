"""On which emulated boards Zephyr's tests can run an application for another board."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from generator.compose.emulated import emulated_boards, may_be_emulated
from generator.model.archive import Archive
from generator.model.board import Board
from generator.model.options import GenerateOptions
from generator.model.project import Project
from generator.pipeline.boards import find_board, load_simulated_boards
from generator.pipeline.inputs import GenerateRequest, compose_request
from generator.render.context import project_context
from generator.render.tree import render_tree
from generator.resources import folder

SINE = Path(__file__).parents[3] / "samples" / "sine.tar"
EMULATED = find_board("mps2_an385")


def sine(**options: object) -> Project:
    chosen = {"pools": {}, "reserved_bytes": {}, **options}
    board = str(chosen.pop("board", "stm32f746g_disco"))
    wanted = replace(GenerateOptions("zephyr", {}, {}, False, 4096, "portfolio", "standalone"), **chosen)  # type: ignore[arg-type]
    return compose_request(GenerateRequest((SINE,), board, wanted))[0]


def stand_ins(project: Project, *boards: Board) -> list[str]:
    return [board.name for board in emulated_boards(project, (), boards or (EMULATED,))]


def changed(board: Board = EMULATED, **fields: object) -> Board:
    assert board.zephyr is not None
    return replace(board, zephyr=replace(board.zephyr, **fields))  # type: ignore[arg-type]


def sized(region: str, size_bytes: int) -> Board:
    regions = tuple(
        replace(each, size_bytes=size_bytes) if each.name == region else each for each in EMULATED.regions
    )
    return replace(EMULATED, regions=regions)


def test_the_built_in_boards_that_zephyr_emulates() -> None:
    boards = load_simulated_boards()
    assert boards and all(board.zephyr is not None and board.zephyr.simulated for board in boards)
    assert EMULATED in boards


def test_a_board_of_the_same_architecture_stands_in() -> None:
    project = sine()
    assert project.emulated == (EMULATED,)
    assert stand_ins(project, find_board("native_sim"), find_board("qemu_riscv32")) == []


@pytest.mark.parametrize(
    ("board", "reason"),
    [
        (changed(simulated=False), "Zephyr does not emulate it"),
        (changed(modules=("cmsis", "hal_elsewhere")), "the application's workspace lacks a module"),
        (changed(min_version="4.9"), "it needs a newer Zephyr"),
        (changed(kconfig="config OWN\n\tbool\n"), "its Kconfig is not the application's"),
        (replace(EMULATED, zephyr=None), "Zephyr does not know it"),
        (sized("sram", 10_000), "its RAM is too small for buffers, stack and system"),
        (sized("flash", 17_000), "its flash is too small for constants and samples"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_board_does_not_stand_in(board: Board, reason: str) -> None:
    assert stand_ins(sine(), EMULATED) == ["mps2_an385"]
    assert stand_ins(sine(), board) == [], reason


def test_one_ram_for_everything_has_to_hold_the_constants_too() -> None:
    project, riscv = sine(), changed(find_board("qemu_riscv32"), min_version="3.7")
    (ram,) = riscv.regions
    parts = [part for line in project.report.regions for part in line.kinds if part[0] != "zephyr"]
    assert {"workspace", "stack", "samples"} <= {what for what, _ in parts}
    needed = ram.system_bytes["zephyr"] + sum(size_bytes for _, size_bytes in parts)
    for size_bytes, names in ((needed, ["qemu_riscv32"]), (needed - 1, [])):
        one_ram = (replace(ram, size_bytes=size_bytes),)
        assert stand_ins(project, replace(riscv, core=EMULATED.core, regions=one_ram)) == names


def test_buffers_in_a_memory_of_the_board_itself_keep_it_from_being_emulated() -> None:
    assert sine(pools={"sram": "dtcm"}).emulated == ()


def test_memory_reserved_for_the_application_counts() -> None:
    project = sine(reserved_bytes={"sram": 200 * 1024})
    assert stand_ins(project, sized("sram", 200 * 1024)) == []
    assert stand_ins(project, sized("sram", 300 * 1024)) == ["mps2_an385"]


def test_code_that_needs_other_instructions_is_not_emulated(
    archive: Callable[[str], Archive], make_project: Callable[..., Project]
) -> None:
    name = "kws-m7-aot-c-pool"
    project = make_project(name)
    with_dsp = replace(EMULATED, core=replace(EMULATED.core, dsp=True))
    assert [b.dsp for b in (EMULATED.core, with_dsp.core)] == [False, True]
    assert emulated_boards(project, (archive(name),), (EMULATED, with_dsp)) == (with_dsp,)


@pytest.mark.parametrize(
    "options", [{"board": "mps2_an385"}, {"project_type": "host_driven"}, {"rtos": "none"}]
)
def test_what_needs_no_stand_in(options: dict[str, object]) -> None:
    project = sine(**options)
    assert not may_be_emulated(project) and project.emulated == ()


def test_twister_is_given_the_boards_and_what_they_need() -> None:
    needy = changed(settings=(find_board("qemu_riscv32").zephyr or pytest.fail()).settings)
    context = project_context(replace(sine(), emulated=(needy,)))
    rendered = render_tree(folder("templates") / "zephyr", context)
    (test,) = yaml.safe_load(rendered["sample.yaml"])["tests"].values()
    assert test["platform_allow"] == test["integration_platforms"] == ["stm32f746g_disco", "mps2/an385"]
    assert test["extra_configs"] == ["platform:mps2/an385:CONFIG_PICOLIBC=y"]
    readme = rendered["README.md"].decode()
    assert "- stm32f746g_disco: only built, because Zephyr has no emulator for it\n" in readme
    assert "- mps2/an385 (Arm MPS2+ AN385, the emulated Cortex-M3): built and run" in readme


@pytest.mark.parametrize(
    ("board", "emulated", "says"),
    [
        ("mps2_an385", (), "builds it, runs it in Zephyr's emulator for mps2/an385, and checks"),
        (
            "stm32f746g_disco",
            (),
            "builds it but does not run it: Zephyr has no emulator for stm32f746g_disco",
        ),
    ],
)
def test_the_readme_says_what_twister_runs(board: str, emulated: tuple[Board, ...], says: str) -> None:
    context = project_context(replace(sine(board=board), emulated=emulated))
    readme = render_tree(folder("templates") / "zephyr", context)["README.md"].decode()
    assert says in readme and readme.count("--integration") == 1
