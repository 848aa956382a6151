"""The first fence: what is short, by how much, and a way out that has been tried."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from generator.errors import DoesNotFitError
from generator.model.board import Board
from generator.model.golden import Array, Golden, GoldenSet
from generator.model.project import Project
from generator.pipeline.boards import find_board
from generator.readers.board.board import parse_board

Make = Callable[..., Project]

BOARD = """
name: small
title: little memory
core: {{cpu: cortex-m7, fpu: single, dsp: true, clock_hz: 1000000}}
regions:
  flash: {{base: 0x08000000, size_bytes: {flash}, access: ro}}
  ram: {{base: 0x20000000, size_bytes: {ram}, access: rw, access_cost: 2}}
  slow: {{base: 0x30000000, size_bytes: {slow}, access: rw, access_cost: 9}}
  fast: {{base: 0x40000000, size_bytes: {fast}, access: rw}}
pools:
  ram: {{region: ram, alignment_bytes: 32, aliases: [sram], zephyr: {{}}}}
  slow: {{region: slow, alignment_bytes: 4096, zephyr: {{section: .slow}}}}
  fast: {{region: fast, alignment_bytes: 32, zephyr: {{section: .fast}}}}
  flash: {{region: flash, alignment_bytes: 16, zephyr: {{}}}}
workspace_pool: ram
io_pool: ram
constant_pool: flash
zephyr: {{target: small, min_version: "3.7"}}
"""


def board(*, ram: int, slow: int = 64, fast: int = 64, flash: int = 1 << 20) -> Board:
    return parse_board(BOARD.format(ram=ram, slow=slow, fast=fast, flash=flash), "small.yaml")


def refused(make: Make, *names: str, **options: object) -> DoesNotFitError:
    with pytest.raises(DoesNotFitError) as caught:
        make(*names, **options)
    return caught.value


def commands(error: DoesNotFitError) -> dict[str, str]:
    return dict(re.findall(r"--pool (\w+)=(\w+)", str(error.hint)))


def test_region_pool_and_bytes_are_named(make_project: Make) -> None:
    error = refused(make_project, "kws-aot-c-pool", board=board(ram=50_000))
    needs = 56_192 + 512 + 32 + 4096
    assert f"region 'ram' of board 'small' is {needs - 50_000:,} bytes too small" in error.what
    assert f"it has 50,000, but the application needs {needs:,}" in error.what
    assert "workspace 56,192, inputs and outputs 544, stack 4,096" in error.what
    assert error.where == "pool 'sram' (56,192 bytes)"
    assert error.exit_code == 2


def test_the_limit_is_exact(make_project: Make) -> None:
    needs = 56_192 + 512 + 32 + 4096
    make_project("kws-aot-c-pool", board=board(ram=needs))
    assert "is 1 byte too small" in refused(make_project, "kws-aot-c-pool", board=board(ram=needs - 1)).what


def test_the_way_out_is_the_fastest_memory_with_room(make_project: Make) -> None:
    small = board(ram=50_000, slow=1 << 20, fast=1 << 20)
    error = refused(make_project, "kws-aot-c-pool", board=small)
    assert commands(error) == {"sram": "fast"}
    assert "'fast' has 1,048,576 bytes free" in str(error.hint)
    make_project("kws-aot-c-pool", board=small, pools=commands(error))


def test_a_memory_too_small_once_the_alignment_counts_is_not_proposed(make_project: Make) -> None:
    """56,192 bytes become 57,344 where buffers begin at multiples of 4,096."""
    small = board(ram=50_000, slow=56_192)
    assert not commands(refused(make_project, "kws-aot-c-pool", board=small))
    small = board(ram=50_000, slow=57_344)
    assert commands(refused(make_project, "kws-aot-c-pool", board=small)) == {"sram": "slow"}


def test_inputs_and_outputs_move_where_that_is_enough(make_project: Make) -> None:
    small = board(ram=56_192 + 4096, fast=1024)
    error = refused(make_project, "kws-aot-c-pool", board=small)
    assert commands(error) == {"io": "fast"}
    make_project("kws-aot-c-pool", board=small, pools=commands(error))


def test_several_pools_move_where_one_is_not_enough(make_project: Make) -> None:
    """72,448 bytes in two pools on a board with two smaller memories."""
    project = make_project("kws-aot-c-2pools", board=board(ram=1 << 20))
    sizes = {b.name: b.size_bytes for b in project.buffers if b.kind == "workspace"}
    slow = -(-sizes["sram"] // 4096) * 4096
    small = board(ram=4096 + 544, slow=slow, fast=sizes["dtcm"])
    error = refused(make_project, "kws-aot-c-2pools", board=small)
    assert commands(error) == {"sram": "slow", "dtcm": "fast"}
    make_project("kws-aot-c-2pools", board=small, pools=commands(error))


def test_sharing_is_proposed_where_it_is_enough(make_project: Make) -> None:
    names = ("kws-aot-c-pool", "branchy-aot-c-pool")
    apart = make_project(*names, board=board(ram=1 << 20))
    shared = make_project(*names, board=board(ram=1 << 20), share_workspace=True)
    used, needed = (next(r.used_bytes for r in p.report.regions if r.name == "ram") for p in (apart, shared))
    small = board(ram=needed)
    error = refused(make_project, *names, board=small)
    assert f"--share-workspace saves {used - needed:,} bytes" in str(error.hint)
    make_project(*names, board=small, share_workspace=True)
    assert "--share" not in str(refused(make_project, *names, board=board(ram=needed - 1)).hint)


def test_what_was_reserved_may_be_too_much(make_project: Make) -> None:
    small = board(ram=70_000)
    error = refused(make_project, "kws-aot-c-pool", board=small, reserved_bytes={"ram": 20_000})
    less = int(re.findall(r"reserve ([\d,]+) less", str(error.hint))[0].replace(",", ""))
    make_project("kws-aot-c-pool", board=small, reserved_bytes={"ram": 20_000 - less})
    assert "reserved 20,000" in error.what


def test_what_the_archive_declares_can_only_be_recompiled(make_project: Make) -> None:
    error = refused(make_project, "kws-aot-c", board=board(ram=50_000, slow=1 << 20))
    assert "the pool is declared in the archive's C" in str(error.hint)
    assert "recompile with WorkspaceMemoryPools" in str(error.hint)


def test_too_little_flash_is_not_answered_with_ram(make_project: Make) -> None:
    small = board(ram=1 << 20, slow=1 << 20, flash=1000)
    error = refused(make_project, "kws-graph", board=small)
    assert "region 'flash' of board 'small' is" in error.what
    assert "no other memory of the board can hold the constants" in str(error.hint)
    assert not commands(error)


def test_recorded_sets_may_be_too_many(make_project: Make) -> None:
    recorded = GoldenSet((Array("int8", (1, 1), b"\0"),), (Array("int8", (1, 1), b"\0"),))
    golden = Golden("g.npz", "0" * 64, "out", (recorded,) * 100_000)
    flash = 20_000
    error = refused(
        make_project, "sine-graph", board=board(ram=1 << 20, flash=flash), goldens={"default": golden}
    )
    assert "recorded samples take 200,000 bytes" in str(error.hint)
    make_project("sine-graph", board=board(ram=1 << 20, flash=flash))


def test_a_real_board_and_a_real_way_out(make_project: Make) -> None:
    """vgg with everything reserved: the Discovery board's SDRAM is what is left."""
    error = refused(make_project, "vgg-aot-c-pool", reserved_bytes={"sram": 200_000})
    assert commands(error) == {"sram": "sdram"}
    project = make_project("vgg-aot-c-pool", reserved_bytes={"sram": 200_000}, pools=commands(error))
    assert "MEMC" in {setting.symbol for setting in project.settings}
    assert find_board("stm32f746g_disco").pool("sdram").placements["zephyr"].overlay in project.overlays
