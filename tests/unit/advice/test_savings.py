"""What would lower a model's memory, on real archives: the figures against what TVM's other builds take."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.advice.saving import Saving
from generator.advice.savings import Explained
from generator.compose.project import compose
from generator.liveness.analysis import analyse
from generator.model.archive import Archive
from generator.model.options import GenerateOptions
from generator.model.project import Project
from generator.pipeline.boards import find_board
from generator.pipeline.plan import explain_project
from generator.readers.archive.mlf import load_archive

ARCHIVES = Path(__file__).parents[4] / "shared" / "archives"
pytestmark = pytest.mark.skipif(not ARCHIVES.is_dir(), reason="the shared archives are not here")
OPTIONS = GenerateOptions("zephyr", {}, {}, False, 4096, "portfolio")


def composed(archives: tuple[Archive, ...], options: GenerateOptions) -> Project:
    analyses = analyse((model for archive in archives for model in archive.models), options)
    return compose(archives, find_board("stm32f746g_disco"), options, {}, analyses)


def explained(name: str, pools: dict[str, str] | None = None) -> Explained:
    archives = (load_archive(ARCHIVES / f"{name}.tar"),)
    options = replace(OPTIONS, pools=pools or {})
    project = composed(archives, options)
    (result,) = explain_project(archives, project, options)
    return result


def saving(name: str, kind: str) -> Saving:
    (found,) = [saving for saving in explained(name).savings if saving.name == kind]
    return found


def test_the_peak_names_the_operator_and_its_buffers() -> None:
    peak = explained("vgg-aot-c-nousmp").peak
    assert peak is not None and peak.operator is not None
    assert peak.operator.endswith("conv2d_add_fixed_point_multiply_per_axis_add_clip_cast")
    assert [(h.buffer.name, h.buffer.size_bytes) for h in peak.held] == [
        ("pad_temp of call 2", 80_000),
        ("sid_2", 73_728),
    ]
    assert peak.live_bytes == 153_728


def test_usmp_is_promised_what_tvms_own_usmp_build_takes() -> None:
    kws = explained("kws-aot-c-nousmp")
    (usmp,) = [saving for saving in kws.savings if saving.name == "usmp"]
    built_with_usmp = load_archive(ARCHIVES / "kws-aot-c-pool.tar").models[0].workspace_bytes
    assert kws.use is not None and kws.use.peak_bytes - usmp.saves_bytes == built_with_usmp
    assert usmp.saves_bytes > 0 and usmp.bound == "about"


@pytest.mark.parametrize("model", ["vgg", "branchy"])
def test_usmp_is_promised_nothing_where_its_build_takes_the_same(model: str) -> None:
    plain = explained(f"{model}-aot-c-nousmp")
    (usmp,) = [saving for saving in plain.savings if saving.name == "usmp"]
    built_with_usmp = load_archive(ARCHIVES / f"{model}-aot-c-pool.tar").models[0].workspace_bytes
    assert plain.use is not None and plain.use.peak_bytes == built_with_usmp
    assert usmp.saves_bytes == 0


def test_io_in_the_workspace_of_a_graph_is_planned_to_tell_what_it_saves() -> None:
    io = saving("kws-graph", "io")
    assert (io.saves_bytes, io.bound) == (544, "exactly")
    assert "everything needs 56,192" in io.words


def test_io_of_other_archives_saves_no_more_than_it_takes() -> None:
    io = saving("kws-aot-c-pool", "io")
    assert (io.saves_bytes, io.bound) == (544, "at most")
    assert not [saving for saving in explained("kws-aot-c-io").savings if saving.name == "io"]


def test_another_pool_is_offered_where_it_has_the_room() -> None:
    kws = saving("kws-aot-c-pool", "pool")
    assert kws.saves_bytes == 56_192 and kws.words.startswith("--pool sram=dtcm moves it out of sram (")
    vgg = saving("vgg-aot-c-nousmp", "pool")
    assert "--pool workspace=sdram" in vgg.words and "access cost is 8" in vgg.words


@pytest.mark.parametrize(("name", "dtcm_bytes"), [("vgg-graph", 60_096), ("vgg-aot-c-nousmp", 32_448)])
def test_a_workspace_over_several_memories_is_planned_anew_without_each(name: str, dtcm_bytes: int) -> None:
    moves = [
        saving for saving in explained(name, {"workspace": "dtcm,sram"}).savings if saving.name == "pool"
    ]
    assert [(saving.saves_bytes, saving.words) for saving in moves] == [
        (
            153_728,
            f"--pool workspace=dtcm,sdram frees sram: {dtcm_bytes:,} in dtcm, 153,728 in sdram",
        ),
        (dtcm_bytes, "--pool workspace=sram frees dtcm: 153,728 in sram"),
    ]
    for saving in moves:
        targets = saving.words.split()[1].removeprefix("workspace=")
        archives = (load_archive(ARCHIVES / f"{name}.tar"),)
        options = replace(OPTIONS, pools={"workspace": targets})
        report = composed(archives, options).report
        taken = {line.region: f"{line.size_bytes:,}" for line in report.pools if line.kind == "workspace"}
        assert saving.words.endswith(": " + ", ".join(f"{taken[r]} in {r}" for r in targets.split(",")))


def test_an_archives_own_pool_has_to_be_recompiled() -> None:
    own = saving("kws-aot-c", "pool")
    assert own.words.startswith("recompile with WorkspaceMemoryPools")


def test_a_kernel_without_scratch_leaves_the_next_peak() -> None:
    vgg = explained("vgg-aot-c-nousmp")
    (operator,) = [saving for saving in vgg.savings if saving.name == "operator"]
    assert vgg.runner_up is not None
    assert operator.saves_bytes == 153_728 - vgg.runner_up.live_bytes
    assert operator.bound == "at most"


def test_what_moves_memory_comes_after_what_lowers_it() -> None:
    kinds = [saving.name for saving in explained("vgg-aot-c-nousmp").savings]
    assert kinds[-1] == "pool" and set(kinds) == {"operator", "usmp", "io", "pool"}
