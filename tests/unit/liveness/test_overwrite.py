"""Outputs that an archive's own plan loses, and the bounds of writes that this rests on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from generator.liveness.extent import written_bytes
from generator.liveness.overwrite import find_overwrites
from generator.liveness.syntax import CProgram
from generator.model.archive import Archive, IoPlacement, ModelLibrary, SourceFile
from generator.model.liveness import Overwrite

LOOP = "for (int32_t i = 0; i < 10; ++i) {{ for (int32_t j = 0; j < 4; ++j) {{ {} }} }}"


def written(body: str, parameters: str = "int16_t* p0, uint8_t* sram") -> list[tuple[str, int, int]]:
    text = f"int32_t op({parameters}) {{ {body} return 0; }}"
    program = CProgram([SourceFile("src/lib1.c", text.encode())])
    return [(w.variable, w.first_byte, w.end_byte) for w in written_bytes(program.function("op"))]


@pytest.mark.parametrize(
    ("store", "first", "end"),
    [
        ("p0[((i * 4) + j)] = 0;", 0, 80),
        ("p0[(((i * 4) + j) + 5)] = 0;", 10, 90),
        ("p0[(i >> 1)] = 0;", 0, 10),
        ("p0[(i / 3)] = 0;", 0, 8),
        ("p0[(i % 4)] = 0;", 0, 8),
        ("p0[(i % 40)] = 0;", 0, 20),
        ("int32_t k = (i * 4); p0[(k + j)] = 0;", 0, 80),
        ("((int8_t*)p0)[i] = 0;", 0, 10),
        ("p0[(i + 7) - 7] = 0;", 0, 20),
        ("p0[3] += 1;", 6, 8),
    ],
)
def test_the_bytes_between_the_ends_of_an_index_are_found(store: str, first: int, end: int) -> None:
    assert written(LOOP.format(store)) == [("p0", first, end)]


def test_an_alias_behind_a_pool_is_reported_by_its_name() -> None:
    body = "void* x_let = (&(sram[2048])); for (int32_t i = 0; i < 5; ++i) { ((int32_t*)x_let)[i] = 0; }"
    assert written(body) == [("x_let", 2048, 2068)]


@pytest.mark.parametrize(
    "statement",
    [
        LOOP.format("if (i < 3) { p0[i] = 0; }"),
        LOOP.format("p0[(i + i)] = 0;"),
        LOOP.format("p0[((i / 2) + (i % 2))] = 0;"),
        LOOP.format("p0[(i * j)] = 0;"),
        LOOP.format("p0[(9 - i)] = 0;"),
        LOOP.format("p0[(i & 3)] = 0;"),
        LOOP.format("int32_t k = 3; k = i; p0[k] = 0;"),
        "for (int32_t i = 0; i < 10; i += 3) { p0[i] = 0; }",
        "for (int32_t i = 0; i < p0[0]; ++i) { p0[i] = 0; }",
        "int32_t i = 0; while (i < 3) { p0[i] = 0; i = i + 1; }",
        "unknown_pointer[0] = 0;",
    ],
)
def test_ends_that_are_not_certainly_written_do_not_count(statement: str) -> None:
    assert written(statement) == []


def test_the_archive_that_loses_an_output_is_reported(archive: Callable[[str], Archive]) -> None:
    (library,) = archive("branchy-aot-c-io").models
    dense = (
        "tvmgen_branchy_int8_fused_nn_contrib_dense_pack_fixed_point_multiply_add_clip_subtract_cast_multiply"
    )
    assert find_overwrites(library) == (Overwrite("StatefulPartitionedCall_1_1", dense, "sram", 2064, 2067),)


@pytest.mark.parametrize("name", ["kws-aot-c-io", "sine-aot-c-io"])
def test_sound_archives_are_not_accused(name: str, archive: Callable[[str], Archive]) -> None:
    (library,) = archive(name).models
    assert find_overwrites(library) == ()


@pytest.fixture
def tiny(archive: Callable[[str], Archive]) -> Callable[[str], ModelLibrary]:
    """A model with one output, y, of 4 bytes at 16 in pool sram; its main function's body is given."""
    (library,) = archive("sine-aot-c-io").models
    output = replace(library.outputs[0], c_name="y", size_bytes=4)

    def make(body: str) -> ModelLibrary:
        text = f"""
        int32_t put(int8_t* p0, uint8_t* sram_1) {{ for (int32_t i = 0; i < 4; ++i) {{ p0[i] = 1; }} return 0; }}
        int32_t scratch(int8_t* p0, uint8_t* sram_1) {{
          void* t_let = (&(sram_1[8])); for (int32_t i = 0; i < 12; ++i) {{ ((int8_t*)t_let)[i] = 1; }} return 0; }}
        int32_t puzzle(int8_t* p0, uint8_t* sram_1) {{ mystery(p0 return 0; }}
        int32_t tvmgen_m___tvm_main__(uint8_t* sram_0_var) {{
          void* y_buffer_var_let = (&(sram_0_var[16])); void* sid_let = (&(sram_0_var[14])); {body} return 0; }}
        int32_t tvmgen_m_run(struct tvmgen_m_workspace_pools* pools) {{ return tvmgen_m___tvm_main__(pools->sram); }}
        """
        return replace(
            library,
            c_prefix="tvmgen_m",
            entry="tvmgen_m_run",
            sources=(SourceFile("src/lib1.c", text.encode()),),
            outputs=(output,),
            io_placements=(IoPlacement("y", "sram", 16),),
        )

    return make


@pytest.mark.parametrize(
    ("calls", "lost"),
    [
        ("put(y_buffer_var_let, sram_0_var);", None),
        ("scratch(sid_let, sram_0_var); put(y_buffer_var_let, sram_0_var);", None),
        ("put(y_buffer_var_let, sram_0_var); scratch(sid_let, sram_0_var);", ("scratch", 16, 20)),
        ("put(y_buffer_var_let, sram_0_var); put(sid_let, sram_0_var);", ("put", 16, 18)),
        ("put(y_buffer_var_let, sram_0_var); put(sid_let, sram_0_var); put(y_buffer_var_let, sram_0_var);", None),
        ("put(y_buffer_var_let, sram_0_var); puzzle(sid_let, sram_0_var);", None),
        ("while (1) { scratch(sid_let, sram_0_var); }", None),
        ("put(sid_let, sram_0_var);", None),
    ],
)  # fmt: skip
def test_an_output_is_lost_to_what_is_written_after_it(
    calls: str, lost: tuple[str, int, int] | None, tiny: Callable[[str], ModelLibrary]
) -> None:
    expected = () if lost is None else (Overwrite("y", lost[0], "sram", *lost[1:]),)
    assert find_overwrites(tiny(calls)) == expected
