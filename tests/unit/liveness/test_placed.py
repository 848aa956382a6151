"""Where compilers placed buffers, read from real archives' C."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.compose.placed_plan import placed_labels, placed_plan
from generator.liveness.overlaps import overlaps
from generator.liveness.placed import read_placed
from generator.model.archive import ModelLibrary
from generator.model.liveness import PlacedBuffer, PlacedRun, Step
from generator.planner.validate import validate_plan
from generator.readers.archive.mlf import load_archive

ARCHIVES = Path(__file__).parents[4] / "shared" / "archives"


def library(name: str) -> ModelLibrary:
    path = ARCHIVES / f"{name}.tar"
    if not path.is_file():
        pytest.skip("the shared archives are not here (../shared)")
    (found,) = load_archive(path).models
    return found


@pytest.mark.parametrize(
    ("name", "pools"),
    [
        ("kws-aot-c-pool", {"sram": 56_192}),
        ("kws-aot-c-2pools", {"dtcm": 16_256, "sram": 56_192}),
        ("kws-aot-c", {"global_workspace": 104_192}),
        ("vgg-aot-c-2pools", {"dtcm": 16_320, "sram": 153_728}),
        ("resnet-aot-c-pool", {"sram": 96_288}),
        ("ad-aot-c-pool", {"sram": 1_568}),
        ("branchy-aot-c-pool", {"sram": 125_720}),
    ],
)
def test_the_buffers_fill_the_pools_to_the_last_byte_and_never_overlap(
    name: str, pools: dict[str, int]
) -> None:
    run = read_placed(library(name))
    assert run is not None and run.unread == ()
    assert dict(run.pools) == pools
    for pool, size_bytes in pools.items():
        assert max(b.end_byte for b in run.buffers if b.pool == pool) == size_bytes
    assert list(overlaps(run)) == []
    validate_plan(placed_plan(run))


def test_an_output_that_is_written_over_is_found() -> None:
    run = read_placed(library("branchy-aot-c-io"))
    assert run is not None
    ((output, other),) = overlaps(run)
    assert (output.kind, output.name) == ("output", "StatefulPartitionedCall_1_1_buffer_var")
    assert (other.kind, output.lifespan[1]) == ("scratch", len(run.steps))


@pytest.mark.parametrize("name", ["kws-graph", "kws-aot-c-nousmp", "kws-aot-packed", "kws-cmsisnn-pool"])
def test_nothing_is_reported_where_the_compiler_placed_nothing_or_the_c_is_not_followed(name: str) -> None:
    assert read_placed(library(name)) is None


def test_a_plan_names_every_buffer_once() -> None:
    twice = [PlacedBuffer("a", "scratch", "sram", 16 * i, 16, (i, i + 1)) for i in range(2)]
    run = PlacedRun((Step(0, "f", 0), Step(1, "g", 0)), tuple(twice), (("sram", 64),))
    plan = placed_plan(run)
    assert [buffer.name for buffer in plan.problem.buffers] == ["a", "a (2)"]
    assert (plan.uses[0].peak_bytes, plan.uses[0].lower_bound_bytes) == (32, 16)
    assert placed_labels(run).kinds == {"a": "scratch", "a (2)": "scratch"}
