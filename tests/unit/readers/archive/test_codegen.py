"""Facts from generated C."""

from __future__ import annotations

import pytest

from generator.errors import ArchiveError
from generator.readers.archive.c_interface import parse_interface
from generator.readers.archive.c_scan import scan
from generator.readers.archive.codegen import (
    check_environment,
    find_internal_pools,
    find_needs,
    find_workspace_calls,
)
from readers.archive_builder import base_files

HEADER = base_files("aot_c")["codegen/host/include/tvmgen_tiny.h"].decode()


def test_the_order_of_tensors_is_the_structs() -> None:
    header = HEADER.replace("void* y;", "void* y_1;\n  void* y_0;")
    assert parse_interface(scan(header, "h"), [], "tvmgen_tiny", 16).outputs == ("y_1", "y_0")


def test_pools_come_in_the_structs_order_with_their_macros() -> None:
    header = HEADER.replace("void* sram;", "void* flash;\n  void* sram;").replace(
        "#endif //",
        "#define TVMGEN_TINY_FLASH_CONSTANT_POOL_SIZE 3\n"
        "#define TVMGEN_TINY_FLASH_CONSTANT_POOL_DATA \\\n  0x01, 0x02, \\\n  0x03\\\n\n#endif //",
    )
    flash, sram = parse_interface(scan(header, "h"), [], "tvmgen_tiny", 32).pools
    assert (flash.name, flash.size_bytes, flash.constant) == ("flash", 3, True)
    assert flash.data_macro == "TVMGEN_TINY_FLASH_CONSTANT_POOL_DATA"
    assert (sram.name, sram.size_bytes, sram.constant, sram.data_macro) == ("sram", 32, False, None)
    assert sram.size_macro == "TVMGEN_TINY_SRAM_WORKSPACE_POOL_SIZE"
    assert sram.alignment_bytes == 32


@pytest.mark.parametrize("value", ["0x20", "(32)", "32u", "32UL"])
def test_macros_are_read_in_any_c_spelling(value: str) -> None:
    header = HEADER.replace("POOL_SIZE 32", f"POOL_SIZE {value}")
    assert parse_interface(scan(header, "h"), [], "tvmgen_tiny", 16).pools[0].size_bytes == 32


def test_internal_pools_carry_size_section_and_alignment() -> None:
    source = scan(
        """
        __attribute__((section(".rodata.tvm"), ))
        static struct global_const_workspace {
          int16_t a_let[3] __attribute__((aligned(16))); // 6 bytes, aligned offset: 0
          int32_t b_let[2] __attribute__((packed, aligned(16))); // 8 bytes, aligned offset: 16
        } global_const_workspace = { .a_let = { 1, 2, 3 }, .b_let = { 4, 5 }, };// of total size 24 bytes
        __attribute__((section(".bss.noinit.tvm"), aligned(64)))
        static uint8_t global_workspace[80];
        """,
        "a.c",
    )
    constant, workspace = find_internal_pools([source])
    assert (constant.symbol, constant.size_bytes, constant.section) == (
        "global_const_workspace",
        24,
        ".rodata.tvm",
    )
    assert (constant.constant, constant.alignment_bytes) == (True, 16)
    assert (workspace.symbol, workspace.size_bytes, workspace.section) == (
        "global_workspace",
        80,
        ".bss.noinit.tvm",
    )
    assert (workspace.constant, workspace.alignment_bytes) == (False, 64)


def test_workspace_calls_come_in_source_order_with_their_function() -> None:
    source = scan(
        """
        // void* never = TVMBackendAllocWorkspace(1, 0, (uint64_t)1, 0, 8);
        void* TVMBackendAllocWorkspace(int device_type, int device_id, uint64_t nbytes, int code, int bits);
        int32_t f(void* a) {
          void* pad = TVMBackendAllocWorkspace(1, 0, (uint64_t)48, 2, 32);
          float* sum = (float*)TVMBackendAllocWorkspace(1, dev_id, 16UL, 0, 8);
          return 0; }
        int32_t g(void* a) { void* pad = TVMBackendAllocWorkspace(1, 0, ((uint64_t)8), 0, 8); return 0; }
        """,
        "a.c",
    )
    assert [(call.function, call.variable, call.size_bytes) for call in find_workspace_calls([source])] == [
        ("f", "pad", 48),
        ("f", "sum", 16),
        ("g", "pad", 8),
    ]


def test_needs_are_looked_for_in_code_alone() -> None:
    source = scan(
        """
        #include <arm_nnfunctions.h>
        // arm_commented_s8(); float __smlad(
        int32_t f(int8_t* a) { arm_cmsis_nn_status s = arm_convolve_s8(a, 1); g("float"); floating(1);
          return __builtin_arm_smlabb(a); }
        int32_t arm_own(int a) { return arm_own(a); }
        """,
        "a.c",
    )
    needs = find_needs([source])
    assert needs.cmsis_nn == ("arm_convolve_s8",)
    assert needs.instructions == ()
    assert not needs.uses_float


@pytest.mark.parametrize(
    "code", ["#include <arm_acle.h>", "int f(int a) { return __smlad(a, a); }", "int x = __SXTB16(1);"]
)
def test_arm_dsp_instructions_are_recognised(code: str) -> None:
    assert find_needs([scan(code, "a.c")]).instructions == ("dsp",)


def test_float_is_recognised() -> None:
    assert find_needs([scan("static const float a[1] = {1.0f};", "a.c")]).uses_float


def test_known_headers_and_the_archives_own_are_accepted() -> None:
    source = scan(
        '#include <math.h>\n#include "tvm/runtime/c_backend_api.h"\n'
        "#include <own.h>\n#include <arm_nn_types.h>",
        "a.c",
    )
    check_environment([source], frozenset({"own.h"}))
    with pytest.raises(ArchiveError, match=r"includes 'own\.h'"):
        check_environment([source], frozenset())
