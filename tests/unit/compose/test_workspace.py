"""What the compiler left unplanned, planned here: figures of real archives, intervals, notes and fallbacks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from workspace_programs import analysis_of, library, workspace_of

from generator.compose.report import peak_of
from generator.compose.workspace import (
    Workspace,
    overwrite_notes,
    slots,
    workspace_notes,
)
from generator.liveness.timeline import stack_bytes
from generator.model.archive import Archive, Graph, GraphCall, GraphEntry, ModelLibrary
from generator.model.liveness import Liveness
from generator.model.memory import Proof
from generator.model.project import Project

TWO = "(uint8_t* p0, uint8_t* p1)"
OPERATORS = f"""
int32_t tvmgen_m_copy{TWO} {{ for (int32_t i = 0; i < 8; ++i) {{ p1[i] = p0[i]; }} return 0; }}
int32_t tvmgen_m_add{TWO} {{ for (int32_t i = 0; i < 8; ++i) {{ p1[i] += p0[i]; }} return 0; }}
int32_t tvmgen_m_hidden{TWO} {{ mystery(p0, p1); return 0; }}
"""
#: asks for 40 bytes once a turn
LOOPING = """{ for (int32_t i = 0; i < 2; ++i) {
  void* t = TVMBackendAllocWorkspace(1, 0, (uint64_t)40, 0, 8);
  if (TVMBackendFreeWorkspace(1, 0, t) != 0) { return -1; }
} return 0; }
"""


def main(*calls: str, storages: str = "a b", more: str = "") -> ModelLibrary:
    """Storages of 8 bytes each, in the order given; calls as ``copy(in, a)``."""
    names = storages.split()
    lines = [f"void* {name} = TVMBackendAllocWorkspace(1, 0, (uint64_t)8, 0, 8);" for name in names]
    lines += [f"if (tvmgen_m_{call} != 0 ) return -1;" for call in calls]
    lines += [f"if (TVMBackendFreeWorkspace(1, 0, {n}) != 0) {{ return -1; }}" for n in reversed(names)]
    body = "\n".join(lines)
    entry = f"int32_t tvmgen_m___tvm_main__(uint8_t* in, uint8_t* out) {{\n{body}\nreturn 0;\n}}\n"
    return library(OPERATORS + more + entry)


def planned(library: ModelLibrary) -> tuple[Workspace, Liveness]:
    workspace = workspace_of(library)
    assert workspace is not None and workspace.liveness is not None, workspace
    return workspace, workspace.liveness


def intervals(liveness: Liveness) -> dict[str, tuple[tuple[int, int], ...]]:
    return {buffer.name: buffer.intervals for buffer in liveness.buffers}


# ---- real archives


@pytest.mark.parametrize(
    ("name", "tvm_bytes", "here_bytes"),
    [
        ("vgg-aot-c-nousmp", 191_872, 153_728),
        ("vgg-graph", 191_864, 153_728),
        ("kws-graph", 105_348, 56_192),
        ("kws-aot-c-nousmp", 105_360, 64_000),
        ("kws-aot-packed-nousmp", 105_360, 64_000),
        ("branchy-aot-c-nousmp", 174_528, 125_728),
        ("branchy-graph", 174_531, 125_728),
        ("sine-aot-c-nousmp", 80, 48),
        ("sine-aot-packed-nousmp", 80, 48),
        ("sine-graph", 80, 48),
        ("sine-float-graph", 160, 128),
    ],
)
def test_an_archive_takes_what_its_loop_nests_need_proved(
    name: str, tvm_bytes: int, here_bytes: int, archive: Callable[[str], Archive]
) -> None:
    (model,) = archive(name).models
    workspace, liveness = planned(model)
    assert (model.workspace_bytes, workspace.size_bytes) == (tvm_bytes, here_bytes)
    assert workspace.plan is not None and workspace.plan.uses[0].proof is not Proof.GAP
    assert liveness.coarse == () and liveness.stacked == ()
    (note,) = workspace_notes(model, workspace)
    assert f"TVM would use {tvm_bytes:,} bytes" in note and f"takes {here_bytes:,}, optimal" in note


def test_the_peak_is_reported_with_who_holds_it(make_project: Callable[..., Project]) -> None:
    (peak,) = make_project("vgg-aot-c-nousmp").report.peaks
    assert peak.bytes_at_peak == 153_728
    assert peak.buffers == (("pad_temp of call 2", 80_000), ("sid_2", 73_728))
    assert peak.operator == "tvmgen_vgg_int8_fused_nn_conv2d_add_fixed_point_multiply_per_axis_add_clip_cast"


def test_what_the_compiler_planned_is_left_alone(archive: Callable[[str], Archive]) -> None:
    (model,) = archive("kws-aot-c-pool").models
    assert workspace_of(model) is None
    assert overwrite_notes(model, analysis_of(model)) == ()


def test_an_output_that_the_archive_loses_is_named(make_project: Callable[..., Project]) -> None:
    notes = [note for note in make_project("branchy-aot-c-io").report.notes if "overwritten" in note]
    assert len(notes) == 1
    assert "output 'StatefulPartitionedCall_1_1' is overwritten by operator" in notes[0]
    assert notes[0].endswith("a defect of the archive; compile the model without I/O in the workspace")


# ---- when a storage's content counts


def test_a_storage_is_free_between_two_contents() -> None:
    _, liveness = planned(main("copy(in, a)", "copy(a, b)", "copy(b, a)", "copy(a, out)"))
    assert intervals(liveness) == {"a": ((0, 4),), "b": ((1, 3),)}
    _, liveness = planned(main("copy(in, a)", "copy(a, b)", "copy(b, out)", "copy(in, a)", "copy(a, out)"))
    assert intervals(liveness) == {"a": ((0, 2), (3, 5)), "b": ((1, 3),)}


def test_a_content_that_is_added_to_is_kept() -> None:
    _, liveness = planned(main("copy(in, a)", "copy(in, b)", "copy(b, out)", "add(in, a)", "copy(a, out)"))
    assert intervals(liveness) == {"a": ((0, 5),), "b": ((1, 3),)}


def test_an_operator_that_is_not_understood_keeps_what_it_is_handed() -> None:
    workspace, liveness = planned(
        main("copy(in, a)", "copy(in, b)", "copy(b, out)", "hidden(in, a)", "copy(a, out)")
    )
    assert intervals(liveness)["a"] == ((0, 5),)
    # eight stores, eight loads, and what can't be read stores and loads each of its eight bytes
    assert {buffer.name: buffer.accesses for buffer in liveness.buffers} == {"a": 32, "b": 16}
    assert [operator.function for operator in liveness.coarse] == ["tvmgen_m_hidden"]
    notes = workspace_notes(main(), workspace)
    assert notes[1] == (
        "model 'm': operator tvmgen_m_hidden is planned as one step, because it passes a buffer to mystery, "
        "whose code is not in the archive"
    )


def test_storage_that_no_operator_touches_is_served_all_the_same() -> None:
    workspace, liveness = planned(main("copy(in, a)", "copy(a, out)"))
    assert [slot.size_bytes for slot in slots(workspace, of_calls=False)] == [8, 8]
    assert intervals(liveness)["b"] == ((0, 1),)


def test_scratch_is_requested_on_top_of_what_is_held() -> None:
    more = (
        "int32_t tvmgen_m_twice(uint8_t* p0, uint8_t* p1) { "
        "void* t = TVMBackendAllocWorkspace(1, 0, (uint64_t)24, 0, 8); "
        "for (int32_t i = 0; i < 8; ++i) { ((uint8_t*)t)[i] = p0[i]; } "
        "for (int32_t i = 0; i < 8; ++i) { p1[i] = ((uint8_t*)t)[i]; } "
        "if (TVMBackendFreeWorkspace(1, 0, t) != 0) { return -1; } return 0; }\n"
    )
    workspace, liveness = planned(main("copy(in, a)", "twice(a, b)", "twice(b, out)", more=more))
    table = slots(workspace, of_calls=False)
    assert [(slot.size_bytes, slot.below) for slot in table] == [(8, None), (8, 0), (24, 1), (24, 1)]
    assert intervals(liveness)["t of call 1"] == ((1, 3),)
    assert intervals(liveness)["a"] == ((0, 2),) and intervals(liveness)["b"] == ((2, 4),)


# ---- where no order is known


@pytest.mark.parametrize(
    ("model", "function", "why"),
    [
        (main("copy(in, a)", storages="a a"), "tvmgen_m___tvm_main__", "uses one variable for two requests"),
        (main(), "tvmgen_m___tvm_main__", "calls no operator"),
        (
            main("loop(in, out)", more="int32_t tvmgen_m_loop" + TWO + LOOPING),
            "tvmgen_m_loop",
            "requests workspace in a loop or on a condition",
        ),
    ],
)
def test_requests_of_unknown_order_take_a_stack_and_say_why(
    model: ModelLibrary, function: str, why: str
) -> None:
    workspace = workspace_of(model)
    assert workspace is not None and workspace.unread is not None
    assert (workspace.unread.function, workspace.unread.why) == (function, why)
    assert workspace.size_bytes == stack_bytes(model)
    assert workspace.plan is None and slots(workspace, of_calls=False) == ()
    assert peak_of(model, workspace) == ()
    (note,) = workspace_notes(model, workspace)
    assert note.endswith(f"{function} {why}") and f"{workspace.size_bytes:,}" in note


def test_a_stack_holds_the_chain_of_calls_that_needs_most() -> None:
    """Every block has a header of 16 bytes and begins at a multiple of 16."""
    more = "int32_t tvmgen_m_loop(uint8_t* p0)" + LOOPING
    more += "int32_t tvmgen_m_outer(uint8_t* p0) { tvmgen_m_loop(p0); return 0; }\n"
    more += "int32_t tvmgen_m_big(uint8_t* p0)" + LOOPING.replace("40", "60")
    storages = 2 * (16 + 16)
    assert stack_bytes(main("loop(in)", more=more)) == storages + 16 + 48
    assert stack_bytes(main("outer(in)", more=more)) == storages + 16 + 48
    assert stack_bytes(main("outer(in)", "big(in)", more=more)) == storages + 16 + 64
    assert stack_bytes(main("copy(in, out)", more=more)) == storages


def test_a_graphs_operator_of_unknown_order_has_a_stack_of_its_own() -> None:
    parameters = "(void* args, int32_t* ids, int32_t n, void* ret, int32_t* code, void* res)"
    text = "int32_t tvmgen_m_loop" + parameters + LOOPING
    entries = tuple(GraphEntry(f"n{i}", "uint8", (8,), i) for i in range(3))
    calls = (GraphCall("tvmgen_m_loop", (0, 1), 1), GraphCall("tvmgen_m_loop", (1, 2), 1))
    workspace, liveness = planned(library(text, Graph(entries, (), calls, (0,), (2,))))
    assert [stacked.call for stacked in liveness.stacked] == [0, 1] and liveness.requests == ()
    assert [liveness.buffers[s.buffer].size_bytes for s in liveness.stacked] == [64, 64]
    assert intervals(liveness)["tensor 1"] == ((0, 2),)
    assert workspace.size_bytes == 64 + 16
