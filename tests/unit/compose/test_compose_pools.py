"""Archives' pools in a board's memories: by name, by alias, by choice; rounded, shared, refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from generator.errors import BoardError, UsageError
from generator.model.project import PoolBuffer, Project
from generator.readers.board.board import parse_board

Make = Callable[..., Project]

BOARD = """
name: mine
title: a board of several memories
core: {cpu: cortex-m7, fpu: single, dsp: true, clock_hz: 1000000}
regions:
  flash: {base: 0x08000000, size_bytes: 2097152, access: ro}
  slow_flash: {base: 0x90000000, size_bytes: 2097152, access: ro}
  ram: {base: 0x20000000, size_bytes: 1048576, access: rw}
  fast: {base: 0x30000000, size_bytes: 65536, access: rw}
pools:
  main: {region: ram, alignment_bytes: 64, aliases: [sram], zephyr: {section: .main_pool}}
  quick: {region: fast, alignment_bytes: 256, aliases: [DTCM_ONE, flash], zephyr: {section: .quick}}
  rom: {region: flash, alignment_bytes: 16, zephyr: {}}
  qspi: {region: slow_flash, alignment_bytes: 16, zephyr: {section: .qspi}}
workspace_pool: main
io_pool: main
constant_pool: rom
zephyr: {target: mine, min_version: "3.7"}
"""


@pytest.fixture(scope="module")
def mine() -> object:
    return parse_board(BOARD, "mine.yaml")


def by_name(project: Project) -> dict[str, PoolBuffer]:
    return {buffer.name: buffer for buffer in project.buffers}


def test_the_workspace_is_exactly_what_the_archive_asks_for(make_project: Make) -> None:
    """No heap and nothing a second time: USMP's pool, the padded input and output, and that is all."""
    project = make_project("kws-aot-c-pool", board="stm32f746g_disco")
    sizes = {(b.kind, b.name): b.size_bytes for b in project.buffers}
    workspace = sum(size for (kind, _), size in sizes.items() if kind == "workspace")
    assert workspace == 56_192
    assert sorted(size for (kind, _), size in sizes.items() if kind == "io") == [32, 512]
    assert len(sizes) == 3
    sram = next(region for region in project.report.regions if region.name == "sram")
    kinds = dict(sram.kinds)
    assert kinds == {
        "workspace": 56_192,
        "inputs and outputs": 32 + 512,
        "stack": 4096,
        "zephyr": project.board.region("sram").system_bytes["zephyr"],
    }


def test_pools_go_to_the_board_pool_of_their_name(make_project: Make) -> None:
    buffers = by_name(make_project("kws-aot-c-2pools"))
    assert buffers["dtcm"].region == "dtcm" and buffers["dtcm"].section == "DTCM"
    assert buffers["sram"].region == "sram" and buffers["sram"].section == ".noinit.mlf"
    (note,) = make_project("kws-aot-c-2pools").report.notes
    assert note.startswith(
        "model 'kws': the scales have 6 digits, from the archive's Relay text; --tflite takes"
    )


def test_pools_go_to_an_alias_and_sizes_to_its_alignment(make_project: Make, mine: object) -> None:
    project = make_project("kws-aot-c-2pools", board=mine)
    sram = by_name(project)["sram"]
    assert (sram.pool, sram.region, sram.section) == ("main", "ram", ".main_pool")
    assert all(buffer.size_bytes % buffer.alignment_bytes == 0 for buffer in project.buffers)
    assert all(buffer.alignment_bytes in (64, 16) for buffer in project.buffers)


def test_a_pool_that_the_board_has_not_goes_to_the_default_with_a_note(
    make_project: Make, mine: object
) -> None:
    project = make_project("kws-aot-c-2pools", board=mine)
    assert by_name(project)["dtcm"].pool == "main"
    assert "pool 'dtcm' goes to 'main': board 'mine' has no pool of that name" in project.report.notes


def test_the_command_line_decides(make_project: Make, mine: object) -> None:
    project = make_project("kws-aot-c-2pools", board=mine, pools={"dtcm": "quick", "io": "DTCM_ONE"})
    buffers = by_name(project)
    assert (buffers["dtcm"].pool, buffers["dtcm"].alignment_bytes) == ("quick", 256)
    io = [buffer for buffer in project.buffers if buffer.kind == "io"]
    assert {(b.pool, b.section, b.alignment_bytes) for b in io} == {("quick", ".quick", 256)}
    assert all(buffer.size_bytes % 256 == 0 for buffer in io)
    assert "no pool of that name" not in " ".join(project.report.notes)


@pytest.mark.parametrize(
    ("name", "pools", "what"),
    [
        ("kws-aot-c-pool", {"io": "quick"}, "inputs and outputs are"),
        ("kws-aot-c-io", {"sram": "quick"}, "inputs and outputs of model 'kws' may be"),
    ],
)
def test_what_peripherals_fill_is_noted_where_dma_does_not_reach(
    make_project: Make, name: str, pools: dict[str, str], what: str
) -> None:
    text = BOARD.replace("size_bytes: 65536, access: rw}", "size_bytes: 65536, access: rw, dma: false}")
    board = parse_board(text, "mine.yaml")
    notes = make_project(name, board=board, pools=pools).report.notes
    assert (
        f"{what} in 'quick', which DMA can't access: the CPU has to copy them, or choose another with "
        "--pool (main)"
    ) in notes
    assert "DMA" not in " ".join(make_project(name, board=board).report.notes)


def test_io_in_its_usual_place_is_an_ordinary_variable(make_project: Make) -> None:
    io = [b for b in make_project("kws-aot-c-pool").buffers if b.kind == "io"]
    assert {buffer.section for buffer in io} == {None}


@pytest.mark.parametrize(
    ("name", "pools", "message", "hint"),
    [
        ("kws-aot-c-pool", {"sram": "dctm"}, "has no pool 'dctm'", "its pools: sram, dtcm, sdram, flash"),
        ("kws-aot-c-pool", {"ram": "dtcm"}, "no model has a pool 'ram'", "pools here: io, sram"),
        ("kws-aot-c-io", {"io": "dtcm"}, "no model has a pool 'io'", "pools here: sram"),
        ("kws-aot-c", {"workspace": "dtcm"}, "no model has a pool 'workspace'", "pools here: io"),
        ("kws-aot-c-pool", {"sram": "flash"}, "but 'flash' is read-only memory", "--pool sram=POOL"),
        (
            "kws-aot-c-pool",
            {"io": "rom"},
            "but 'flash' is read-only memory",
            "writable here: sram, dtcm, sdram",
        ),
        ("sine-aot-c-const", {"flash": "dtcm"}, "nothing initialises that memory", "--pool flash=flash"),
    ],
)
def test_a_choice_that_can_not_be_is_refused(
    name: str, pools: dict[str, str], message: str, hint: str, make_project: Make
) -> None:
    with pytest.raises(UsageError) as caught:
        make_project(name, pools=pools)
    assert message in caught.value.what
    assert hint in str(caught.value.hint)


def test_a_board_without_the_rtos_is_refused(make_project: Make) -> None:
    board = parse_board(BOARD, "mine.yaml")
    with pytest.raises(BoardError, match="can't be used with freertos"):
        make_project("kws-aot-c-pool", board=board, rtos="freertos")


def test_constants_are_filled_and_stay_where_the_linker_fills_them(make_project: Make, mine: object) -> None:
    """The board calls a RAM pool 'flash', too: constants do not go there, for nothing would fill it."""
    project = make_project("sine-aot-c-const", board=mine)
    constants = by_name(project)["flash"]
    assert (constants.kind, constants.pool, constants.section) == ("constant", "rom", None)
    assert constants.data_macro is not None
    assert any("'flash' goes to 'rom'" in note for note in project.report.notes)
    moved = by_name(make_project("sine-aot-c-const", board=mine, pools={"flash": "qspi"}))["flash"]
    assert (moved.region, moved.section) == ("slow_flash", ".qspi")


@pytest.mark.parametrize("name", ["kws-aot-c", "kws-aot-packed"])
def test_what_the_archive_declares_itself_is_not_reserved_again(name: str, make_project: Make) -> None:
    project = make_project(name)
    assert not [buffer for buffer in project.buffers if buffer.kind != "io"]
    (workspace,) = [p for p in project.report.pools if p.owner == "archive" and p.kind == "workspace"]
    assert workspace.size_bytes > 50_000 and workspace.region == "sram"
    sram = next(region for region in project.report.regions if region.name == "sram")
    assert dict(sram.kinds)["workspace"] == workspace.size_bytes, "but it is counted"
    assert any("it can't be placed elsewhere" in note for note in project.report.notes)


def test_inputs_and_outputs_inside_the_workspace_have_addresses_there(make_project: Make) -> None:
    project = make_project("kws-aot-c-io")
    (model,) = project.models
    assert {buffer.kind for buffer in project.buffers} == {"workspace"}
    workspace = project.buffers[0]
    for tensor in (*model.inputs, *model.outputs):
        assert tensor.buffer == workspace.symbol
        assert tensor.offset_bytes % 16 == 0
        assert 0 <= tensor.offset_bytes <= workspace.size_bytes - tensor.size_bytes
    assert model.io_in_workspace


def test_models_share_what_they_never_use_at_once(make_project: Make) -> None:
    names = ("kws-aot-c-pool", "branchy-aot-c-pool")
    apart = make_project(*names)
    shared = make_project(*names, share_workspace=True)
    sizes = [b.size_bytes for b in apart.buffers if b.kind == "workspace"]
    (workspace,) = [b for b in shared.buffers if b.kind == "workspace"]
    assert len(sizes) == 2 and workspace.size_bytes == max(sizes)
    assert workspace.models == ("kws", "branchy_int8")
    assert len(workspace.checks) == len(workspace.headers) == 2, "the fence holds for both"
    for model in shared.models:
        assert [binding.symbol for binding in model.bindings] == [workspace.symbol]
        assert workspace.symbol in model.buffers
    apart_io = [b for b in apart.buffers if b.kind == "io"]
    assert [b for b in shared.buffers if b.kind == "io"] == apart_io, "inputs and outputs are not shared"


def test_sharing_keeps_different_pools_apart(make_project: Make) -> None:
    shared = make_project("kws-aot-c-2pools", "branchy-aot-c-pool", share_workspace=True)
    workspaces = {b.name: b for b in shared.buffers if b.kind == "workspace"}
    assert set(workspaces) == {"dtcm", "sram"}
    assert workspaces["dtcm"].models == ("kws",)
    assert workspaces["sram"].models == ("kws", "branchy_int8")


def test_every_size_is_at_least_the_archives(make_project: Make) -> None:
    for name in ("kws-aot-c-2pools", "vgg-aot-c-pool", "sine-aot-c-const", "kws-aot-c-io"):
        project = make_project(name)
        declared = {pool.name: pool for pool in project.buffers}
        assert all(buffer.checks for buffer in declared.values() if buffer.kind != "io")
        for tensor in (t for m in project.models for t in (*m.inputs, *m.outputs)):
            buffer = next(b for b in project.buffers if b.symbol == tensor.buffer)
            assert tensor.offset_bytes + tensor.size_bytes <= buffer.size_bytes
