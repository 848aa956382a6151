"""Workspace over several memories: on demand, and where one has no room."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.advice.fit import check_fits
from generator.compose.project import compose
from generator.errors import DoesNotFitError, UsageError
from generator.liveness.analysis import analyse
from generator.model.board import Board
from generator.model.options import GenerateOptions
from generator.model.project import Project
from generator.planner.validate import validate_plan
from generator.readers.archive.mlf import load_archive
from generator.readers.board.board import load_board

ROOT = Path(__file__).resolve().parents[3]
ARCHIVES = ROOT.parent / "shared" / "archives"
BOARD = load_board(ROOT / "boards" / "stm32f746g_disco.yaml")


def options(pools: dict[str, str], reserved_bytes: dict[str, int]) -> GenerateOptions:
    return GenerateOptions(
        rtos="zephyr",
        pools=pools,
        reserved_bytes=reserved_bytes,
        share_workspace=False,
        stack_bytes=4096,
        planner="portfolio",
    )


def project(
    archive: str,
    pools: dict[str, str] | None = None,
    reserved_bytes: dict[str, int] | None = None,
    board: Board = BOARD,
) -> Project:
    path = ARCHIVES / f"{archive}.tar"
    if not path.is_file():
        pytest.skip(f"{path.name} is not here: ../shared/archives")
    wanted = options(pools or {}, reserved_bytes or {})
    loaded = load_archive(path)
    made = compose((loaded,), board, wanted, {}, analyse(loaded.models, wanted))
    check_fits(made.report, board, wanted)
    return made


def workspaces(made: Project) -> dict[str, int]:
    """Region -> bytes of planned workspace."""
    return {b.region: b.size_bytes for b in made.buffers if b.kind == "workspace"}


def test_it_lies_in_one_memory_as_long_as_there_is_room() -> None:
    assert workspaces(project("vgg-aot-c-nousmp")) == {"sram": 153_728}


def test_a_growing_application_pushes_it_into_other_memories() -> None:
    made = project("vgg-aot-c-nousmp", reserved_bytes={"sram": 120 * 1024})
    sizes = workspaces(made)
    assert set(sizes) == {"dtcm", "sram", "sdram"}
    for region in made.report.regions:
        assert region.free_bytes >= 0
    assert any("is spread over several memories" in note for note in made.report.notes)
    ((_, plan),) = made.plans
    validate_plan(plan)


def test_several_pools_can_be_asked_for_and_the_fast_one_is_taken_first() -> None:
    assert workspaces(project("kws-graph", {"workspace": "sram,dtcm"})) == {"dtcm": 56_192}
    both = workspaces(project("kws-graph", {"workspace": "sram,dtcm"}, {"dtcm": 40 * 1024}))
    assert both["dtcm"] <= 24 * 1024 and both["sram"] > 0


def test_every_place_is_inside_its_array() -> None:
    made = project("kws-aot-c-nousmp", {"workspace": "sram,dtcm"}, {"dtcm": 40 * 1024})
    sizes = {buffer.symbol: buffer.size_bytes for buffer in made.buffers}
    (model,) = made.models
    assert len({slot.array for slot in model.slots}) == 2
    for slot in model.slots:
        assert slot.offset_bytes % 16 == 0
        assert slot.offset_bytes + slot.size_bytes <= sizes[slot.array]


def test_what_fits_nowhere_is_refused_by_the_fence_with_the_bytes_short() -> None:
    reserved = {"sram": 200 * 1024, "dtcm": 60 * 1024, "sdram": 8 * 1024 * 1024}
    with pytest.raises(
        DoesNotFitError, match=r"region 'sram' of board 'stm32f746g_disco' is [\d,]+ bytes too small"
    ):
        project("vgg-aot-c-nousmp", reserved_bytes=reserved)


def test_pools_that_the_compiler_filled_stay_whole() -> None:
    with pytest.raises(UsageError, match="the pool 'sram' is one array") as caught:
        project("kws-aot-c-pool", {"sram": "dtcm,sram"})
    assert caught.value.hint == "give one pool; only 'workspace', which mlfgen plans, can be spread"


def test_a_read_only_pool_among_them_is_refused() -> None:
    with pytest.raises(UsageError, match="'flash' is read-only memory"):
        project("kws-graph", {"workspace": "dtcm,flash"})
