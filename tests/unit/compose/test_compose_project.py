"""Projects: what is checked of options and boards, what graphs become, what samples are made of."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from host_c import STRICT, HostC
from msgspec.structs import replace

from generator.compose.graph import compose_graph, dltype
from generator.compose.project import compose
from generator.compose.samples import golden_samples, ramp_sample
from generator.compose.zephyr import board_settings, conf_name
from generator.errors import ArchiveError, BoardError, UsageError
from generator.liveness.analysis import analyse
from generator.model.archive import Archive, Graph, GraphCall, GraphEntry, ModelLibrary, Parameter
from generator.model.board import Placement, Setting
from generator.model.golden import Array, Golden, GoldenSet
from generator.model.options import GenerateOptions
from generator.model.project import Project, ProjectTensor
from generator.model.tensor import DTYPE_BYTES, Tensor
from generator.pipeline.boards import find_board
from generator.planner.validate import validate_plan
from generator.render.filters import c_literals

Make = Callable[..., Project]
Load = Callable[[str], Archive]

# ---- options and boards


@pytest.mark.parametrize("size", [0, -8, 1016, 1023, 4097, 4100])
def test_a_stack_that_can_not_be_is_refused(size: int, make_project: Make) -> None:
    with pytest.raises(UsageError, match="--stack-bytes") as caught:
        make_project("sine-graph", stack_bytes=size)
    assert "multiple of 8, at least 1024" in str(caught.value.hint)
    assert make_project("sine-graph", stack_bytes=1024).stack_bytes == 1024


def test_the_stack_is_part_of_the_bill(make_project: Make) -> None:
    regions = [make_project("sine-graph", stack_bytes=size).report.regions for size in (4096, 8192)]
    small, large = (next(r.used_bytes for r in report if r.name == "sram") for report in regions)
    assert large - small == 4096


def test_a_region_to_reserve_in_must_exist(make_project: Make) -> None:
    with pytest.raises(UsageError, match="no region 'ram'") as caught:
        make_project("sine-graph", reserved_bytes={"ram": 1})
    assert str(caught.value.hint) == "its regions: flash, dtcm, sram, sdram, qspi"


def test_a_board_for_another_rtos_is_refused(make_project: Make) -> None:
    with pytest.raises(BoardError, match="can't be used with freertos") as caught:
        make_project("sine-graph", board="native_sim", rtos="freertos")
    assert "zephyr" in str(caught.value.hint)


def test_dsp_instructions_need_a_core_that_has_them(make_project: Make) -> None:
    with pytest.raises(BoardError, match=r"Arm DSP instructions, which cortex-m3 does not have") as caught:
        make_project("kws-m7-aot-c-pool", board="mps2_an385")
    assert "-mcpu" in str(caught.value.hint)
    make_project("kws-m7-aot-c-pool", board="stm32f746g_disco")


def test_floats_ask_for_the_fpu_and_say_so_where_there_is_none(make_project: Make) -> None:
    symbols = {setting.symbol for setting in make_project("sine-float-graph").settings}
    assert "FPU" in symbols
    (note,) = [
        note for note in make_project("sine-float-graph", board="mps2_an385").report.notes if "FPU" in note
    ]
    assert "in software" in note


def test_a_golden_file_for_no_model_is_refused(make_project: Make) -> None:
    golden = Golden("g.npz", "0", "out", ())
    with pytest.raises(UsageError, match="no model is named 'kws'") as caught:
        make_project("sine-graph", goldens={"kws": golden})
    assert str(caught.value.hint) == "models: default"


def test_composing_is_pure(archive: Load, make_options: Callable[..., GenerateOptions]) -> None:
    board = find_board("stm32f746g_disco")
    archives, options = (archive("kws-graph"),), make_options()
    analyses = analyse(archives[0].models, options)
    first, second = (compose(archives, board, options, {}, analyses) for _ in range(2))
    assert first == second


def test_the_slug_is_the_first_archives(make_project: Make) -> None:
    assert make_project("kws-aot-c-pool", "branchy-aot-c-pool").slug == "kws-aot-c-pool"


def test_settings_that_contradict_are_refused() -> None:
    board = find_board("stm32f746g_disco")
    clash = (Placement(None, (Setting("A", "y", "one"),)), Placement(None, (Setting("A", "n", "two"),)))
    with pytest.raises(BoardError, match=r"CONFIG_A is set to both y \(one\) and n \(two\)"):
        board_settings(board, clash, False)
    same = (clash[0], clash[0])
    assert [s.symbol for s in board_settings(board, same, False)].count("A") == 1


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("mps2/an500", "mps2_an500"),
        ("native_sim/native/64", "native_sim_native_64"),
        ("b@1.2/soc", "b_1_2_soc"),
    ],
)
def test_the_file_name_zephyr_looks_for(target: str, name: str) -> None:
    assert conf_name(target) == name


def test_overlays_come_only_with_the_memory_they_describe(make_project: Make) -> None:
    assert make_project("kws-aot-c-pool").overlays == ()
    project = make_project("kws-aot-c-pool", pools={"io": "sdram"})
    assert len(project.overlays) == 1 and "MEMC" in {s.symbol for s in project.settings}


# ---- graphs


@pytest.mark.parametrize("name", ["kws-graph", "vgg-graph", "branchy-graph", "sine-float-graph"])
def test_the_places_of_a_graph_are_those_of_a_valid_plan(name: str, make_project: Make) -> None:
    project = make_project(name)
    (model,) = project.models
    (planned,) = project.plans
    validate_plan(planned[1])
    graph = model.graph
    assert graph is not None
    workspaces = {b.symbol: b for b in project.buffers if b.kind == "workspace"}
    highest = dict.fromkeys(workspaces, 0)
    for tensor in graph.tensors:
        place = re.fullmatch(r"&(\w+)\[(\d+)\]", tensor.address)
        if place:
            offset = int(place[2])
            assert offset % 16 == 0
            end = offset + -(-tensor.bits // 8) * int(np.prod(tensor.shape, dtype=np.int64))
            highest[place[1]] = max(highest[place[1]], end)
    planned_bytes = sum(use.peak_bytes for use in planned[1].uses)
    for symbol, buffer in workspaces.items():
        assert 0 < highest[symbol] <= buffer.size_bytes
    slack = sum(buffer.alignment_bytes for buffer in workspaces.values())
    assert 0 <= sum(buffer.size_bytes for buffer in workspaces.values()) - planned_bytes < slack


def test_every_argument_of_every_call_has_an_address(make_project: Make) -> None:
    for name in ("kws-graph", "branchy-graph", "sine-graph"):
        graph = make_project(name).models[0].graph
        assert graph is not None
        for step in graph.steps:
            stop = step.first_argument + step.num_arguments
            for index in graph.arguments[step.first_argument : stop]:
                assert graph.tensors[index].address != "NULL"
        assert graph.max_arguments == max(step.num_arguments for step in graph.steps)
        assert set(graph.functions) == {step.function for step in graph.steps}


def test_renamed_tensors_share_memory(archive: Load, make_project: Make) -> None:
    """TVM's ``__nop`` reshapes: the alias has the address of what it renames, under another shape."""
    library = archive("sine-float-graph").models[0]
    graph = make_project("sine-float-graph").models[0].graph
    assert library.graph is not None and graph is not None
    aliases = [(i, e) for i, e in enumerate(library.graph.entries) if e.alias_of is not None]
    assert len(aliases) == 3
    for index, entry in aliases:
        assert entry.alias_of is not None
        assert graph.tensors[index].address == graph.tensors[entry.alias_of].address != "NULL"
        assert graph.tensors[index].shape == entry.shape


def constant_graph(outputs: tuple[int, ...]) -> Graph:
    """x and a parameter w, w in another shape, add(x, w') -> y."""
    entry = GraphEntry("x", "int8", (4,), 0)
    return Graph(
        entries=(
            entry,
            replace(entry, node_name="w", shape=(2, 2), storage_id=1, parameter=0),
            replace(entry, node_name="reshaped", storage_id=1, alias_of=1),
            replace(entry, node_name="y", storage_id=2),
        ),
        parameters=(Parameter("w", "int8", (2, 2), b"\1\2\3\4"),),
        calls=(GraphCall("add", (0, 2, 3), 2),),
        inputs=(0,),
        outputs=outputs,
    )


def graph_tensors(make_project: Make, count: int) -> tuple[ProjectTensor, ...]:
    (model,) = make_project("sine-graph").models
    return tuple(replace(model.inputs[0], name=f"t{n}", buffer=f"buffer_{n}") for n in range(count))


def test_a_parameter_in_another_shape_is_still_the_parameter(make_project: Make) -> None:
    graph = compose_graph(constant_graph((3,)), "mlf_m", None, {}, graph_tensors(make_project, 2))
    addresses = [tensor.address for tensor in graph.tensors]
    parameter = "(void *)(uintptr_t)mlf_m_parameter_0"
    assert addresses == ["buffer_0", parameter, parameter, "buffer_1"]
    assert [tensor.shape for tensor in graph.tensors[1:3]] == [(2, 2), (4,)]


@pytest.mark.parametrize("output", [1, 2])
def test_an_output_that_nothing_writes_is_refused(output: int, make_project: Make) -> None:
    with pytest.raises(ArchiveError, match="output 't2' is the constant 'w'"):
        compose_graph(constant_graph((3, output)), "mlf_m", None, {}, graph_tensors(make_project, 3))


@pytest.mark.parametrize("name", ["kws-graph", "sine-float-graph"])
def test_parameters_are_printed_without_loss(name: str, archive: Load, make_project: Make) -> None:
    graph = make_project(name).models[0].graph
    library = archive(name).models[0]
    assert graph is not None and library.graph is not None
    for printed, parameter in zip(graph.parameters, library.graph.parameters, strict=True):
        literals = ", ".join(printed.rows).split(", ")
        assert printed.count == len(literals)
        if "float" in parameter.dtype:
            values = [float.fromhex(text.rstrip("f")) for text in literals]
        else:
            values = [eval(text.rstrip("UL")) for text in literals]  # "(-2147483647 - 1)" is one of them
        assert np.array(values, parameter.dtype).tobytes() == parameter.data


def test_types_are_those_of_dlpack() -> None:
    assert {name: dltype(name) for name in DTYPE_BYTES} == {
        "bool": (1, 1),
        **{f"int{bits}": (0, bits) for bits in (8, 16, 32, 64)},
        **{f"uint{bits}": (1, bits) for bits in (8, 16, 32, 64)},
        **{f"float{bits}": (2, bits) for bits in (16, 32, 64)},
    }


def test_models_that_need_no_workspace_get_none(make_project: Make) -> None:
    project = make_project("two-models-sine-kws")
    assert not [b for b in project.buffers if b.kind == "workspace" and "sine" in b.models]


def test_an_arena_is_reserved_only_for_who_asks(make_project: Make) -> None:
    for name in ("kws-aot-c-nousmp", "kws-aot-packed-nousmp"):
        (buffer,) = [b for b in make_project(name).buffers if b.kind == "workspace"]
        assert buffer.name == "workspace" and buffer.symbol.endswith("_workspace")
    assert [b.name for b in make_project("kws-aot-c-pool").buffers if b.kind == "workspace"] == ["sram"]


# ---- samples


def array(values: object, dtype: str) -> Array:
    made = np.array(values, dtype)
    return Array(dtype, made.shape, made.tobytes())


def golden(*sets: tuple[tuple[Array, ...], tuple[Array, ...]]) -> Golden:
    return Golden("g.npz", "0" * 64, "out", tuple(GoldenSet(*each) for each in sets))


def test_recorded_sets_become_samples_in_order(archive: Load) -> None:
    library = archive("sine-graph").models[0]
    one, two = array([[1]], "int8"), array([[2]], "int8")
    samples = golden_samples(library, golden(((one,), (two,)), ((two,), (one,))))
    assert [(s.inputs, s.expected) for s in samples] == [((b"\1",), (b"\2",)), ((b"\2",), (b"\1",))]


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        ((), ([[1]],), "set 0 has 0 inputs, but model 'default' has 1"),
        (([[1]],), ([[1]], [[1]]), "set 0 has 2 outputs, but model 'default' has 1"),
        (
            ([[1, 2]],),
            ([[1]],),
            r"set 0, input '.*': the file has int8\[1, 2\], the model expects int8\[1, 1\]",
        ),
    ],
)
def test_a_golden_file_of_another_model_is_refused(
    inputs: tuple[object, ...], outputs: tuple[object, ...], message: str, archive: Load
) -> None:
    library = archive("sine-graph").models[0]
    recorded = golden((tuple(array(x, "int8") for x in inputs), tuple(array(x, "int8") for x in outputs)))
    with pytest.raises(UsageError, match=message) as caught:
        golden_samples(library, recorded)
    assert caught.value.where == "g.npz"
    assert "golden file of this model" in str(caught.value.hint)


def test_a_golden_file_of_another_type_is_refused(archive: Load) -> None:
    recorded = golden(((array([[1]], "uint8"),), (array([[1]], "int8"),)))
    with pytest.raises(UsageError, match=r"the file has uint8\[1, 1\], the model expects int8"):
        golden_samples(archive("sine-graph").models[0], recorded)


@pytest.mark.parametrize("dtype", DTYPE_BYTES)
def test_a_made_up_sample_has_every_byte_of_the_input(dtype: str, archive: Load) -> None:
    tensor = Tensor("x", "x", dtype, (7, 20), 140 * DTYPE_BYTES[dtype])
    library: ModelLibrary = replace(archive("sine-graph").models[0], inputs=(tensor,))
    (data,) = ramp_sample(library).inputs
    values = np.frombuffer(data, dtype)
    assert len(values) == 140 and len(set(values.tolist())) > 1
    if dtype.startswith("float"):
        assert values.min() == -1 and values.max() == 1
    assert ramp_sample(library).expected == ()


def test_samples_are_little_endian(archive: Load) -> None:
    tensor = Tensor("x", "x", "int32", (2,), 8)
    library = replace(archive("sine-graph").models[0], inputs=(tensor,))
    assert ramp_sample(library).inputs == (struct.pack("<2i", 0, 1),)


# ---- the report


def test_the_report_adds_up(make_project: Make) -> None:
    for name in ("kws-aot-c-2pools", "kws-graph", "sine-aot-c-const", "kws-aot-packed"):
        project = make_project(name)
        for region in project.report.regions:
            lines = [p.size_bytes for p in project.report.pools if p.region == region.name]
            kinds: Mapping[str, int] = dict(region.kinds)
            pools = sum(kinds.get(k, 0) for k in ("workspace", "inputs and outputs"))
            if region.writable:
                assert pools == sum(lines), (name, region.name)
            assert region.free_bytes == region.size_bytes - region.used_bytes


def test_parameters_of_a_graph_are_counted_as_constants(archive: Load, make_project: Make) -> None:
    library = archive("kws-graph").models[0]
    assert library.graph is not None
    flash = next(r for r in make_project("kws-graph").report.regions if r.name == "flash")
    assert dict(flash.kinds)["constants"] == sum(len(p.data) for p in library.graph.parameters)


# ---- literals


@pytest.mark.parametrize("dtype", sorted(DTYPE_BYTES))
def test_extreme_constants_compile_to_their_own_bytes(dtype: str, host_c: HostC, tmp_path: Path) -> None:
    """The least and greatest of a type, negative zero, infinities: exactly, and without a warning."""
    if dtype.startswith("float"):
        info = np.finfo(dtype)
        values = np.array([info.min, info.max, info.tiny, -0.0, 0.1, np.inf, -np.inf, np.nan], dtype)
    elif dtype == "bool":
        values = np.array([True, False])
    else:
        whole = np.iinfo(dtype)
        values = np.array([whole.min, whole.min + 1, 0, 1, whole.max], dtype)
    graph = constant_graph((3,))
    parameter = Parameter("w", dtype, values.shape, values.tobytes())
    (printed,) = compose_graph(
        replace(graph, parameters=(parameter,)), "m", None, {}, two_tensors()
    ).parameters
    source = tmp_path / "constants.c"
    rows = "".join(f"\t{c_literals(row)},\n" for row in printed.rows)
    source.write_text(
        "#include <math.h>\n#include <stdint.h>\n#include <stdio.h>\n"
        f"static const {printed.ctype} values[{printed.count}] = {{\n{rows}}};\n"
        "int main(void)\n{\n\tconst unsigned char *bytes = (const unsigned char *)values;\n"
        '\tfor (unsigned i = 0; i < sizeof(values); i++) {\n\t\tprintf("%02x", (unsigned)bytes[i]);\n\t}\n'
        "\treturn 0;\n}\n",
        "utf-8",
    )
    made = host_c.compile(source, tmp_path / "constants.o", STRICT, [])
    assert host_c.run(host_c.link([made], tmp_path / "constants", [])) == values.tobytes().hex()


def two_tensors() -> tuple[ProjectTensor, ...]:
    return tuple(
        ProjectTensor(f"t{n}", f"t{n}", f"t{n}", "int8", (4,), 4, 0.0, 0, f"buffer_{n}", 0, None)
        for n in (0, 1)
    )
