"""The template trees of FreeRTOS and of bare metal: what cookiecutter makes of them, what an application holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from stock_cookiecutter import cookiecutter

from generator import resources
from generator.errors import UsageError
from generator.model.options import GenerateOptions
from generator.model.project import Project
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest, compose_request
from generator.render.context import project_context
from generator.render.files import load_runtime, render_files
from generator.render.tree import render_tree

TEMPLATES = resources.folder("templates")
RUNTIME = TEMPLATES / "runtime"
ARCHIVE = Path(__file__).parents[3] / "samples" / "sine.tar"
BOARDS = ("stm32f746g_disco", "nucleo_f746zg", "mps2_an500")
RTOSES = ("freertos", "none")


def request(rtos: str, board: str, **pools: str) -> GenerateRequest:
    return GenerateRequest((ARCHIVE,), board, GenerateOptions(rtos, pools, {}, False, 4096, "portfolio"))


def project(rtos: str, board: str, **pools: str) -> Project:
    return compose_request(request(rtos, board, **pools))[0]


def application(rtos: str, board: str, **pools: str) -> dict[str, str]:
    files = render_files(project(rtos, board, **pools), TEMPLATES / rtos, load_runtime(RUNTIME))
    return {path: file.data.decode() for path, file in files}


@pytest.mark.parametrize("rtos", RTOSES)
@pytest.mark.parametrize("board", BOARDS)
def test_stock_cookiecutter_renders_the_same_bytes(rtos: str, board: str, tmp_path: Path) -> None:
    tree = TEMPLATES / rtos
    context = project_context(project(rtos, board))
    assert cookiecutter(tree, context, tmp_path) == render_tree(tree, context)


@pytest.mark.parametrize("rtos", RTOSES)
def test_only_the_port_files_that_the_board_names_are_copied(rtos: str) -> None:
    port = "model/runtime/port/"
    real, emulated = (
        {path.removeprefix(port) for path in application(rtos, board) if path.startswith(port)}
        for board in (BOARDS[0], BOARDS[2])
    )
    assert real - emulated == {
        "cortex_m/cache_cortex_m7.c",
        "cortex_m/clock_stm32f7.c",
        "cortex_m/console_stm32_usart.c",
        "cortex_m/stm32f7.h",
    }
    assert emulated - real == {"cortex_m/console_cmsdk_uart.c"}
    assert {path.split("/")[0] for path in real} == {"cortex_m", rtos}


def test_bare_metal_needs_no_header_of_others() -> None:
    """Beside the application's own there are only the compiler's."""
    files = application("none", BOARDS[0], sram="sdram")
    own = {path.rsplit("/", 1)[1] for path in files if path.endswith(".h")}
    included = {
        name.rsplit("/", 1)[-1]
        for path, text in files.items()
        if path.endswith((".c", ".h"))
        for name in re.findall(r'#include [<"]([^>"]+)', text)
    }
    standard = {
        "float.h",
        "inttypes.h",
        "limits.h",
        "math.h",
        "stdatomic.h",
        "stdbool.h",
        "stddef.h",
        "stdint.h",
        "stdio.h",
        "stdlib.h",
        "string.h",
    }
    # Included where it is there: the application has it when constants have a memory of their own.
    assert included - own <= {*standard, "mlf_constants.h"}
    assert yaml.safe_load(files["west.yml"])["manifest"]["projects"] == []


def test_sdram_is_set_up_only_when_a_pool_lives_there() -> None:
    without, used = application("none", BOARDS[0]), application("none", BOARDS[0], io="sdram")
    added = {path for path in used if path not in without}
    port = "model/runtime/port/cortex_m/"
    assert added == {f"{port}sdram_stm32f7.c", f"{port}mpu_normal_memory.c", "model/sections.ld"}
    assert ".sdram (NOLOAD)" in used["model/linker.ld"] and ".sdram" not in without["model/linker.ld"]
    starts = used["model/include/mlf_board.h"].split("static inline void mlf_board_start(void)")[1]
    order = ["clock_stm32f7", "sdram_stm32f7", "mpu_normal_memory", "cache_cortex_m7"]
    assert sorted(order, key=starts.index) == order


@pytest.mark.parametrize("rtos", RTOSES)
def test_the_table_of_vectors_has_a_name_for_each_interrupt_of_the_part(rtos: str) -> None:
    text = application(rtos, BOARDS[0])["model/src/mlf_vectors.c"]
    slots = re.findall(r"\[CORE_VECTORS \+ (\d+)U\] = \(uintptr_t\)mlf_interrupt_(\d+),", text)
    assert slots == [(str(n), str(n)) for n in range(98)]
    assert all(f"void mlf_interrupt_{n}(void) UNLESS_DEFINED;" in text for n in range(98))


@pytest.mark.parametrize("rtos", RTOSES)
def test_no_file_of_the_application_leads_out_of_it(rtos: str) -> None:
    for path, text in application(rtos, BOARDS[0]).items():
        assert "/home/" not in text and "/tmp/" not in text, path
        assert "None" not in text.replace("None:", "").replace("is None", "") or path.endswith(".py"), path


def test_a_pool_that_does_not_exist_writes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "app"
    asked = request("none", BOARDS[2], io="sdram")
    with pytest.raises(UsageError, match="has no pool 'sdram'"):
        generate(GenerateRequest(asked.models, asked.board, asked.options, output=target))
    assert not target.exists()


def rendered(rtos: str, **pools: str) -> dict[str, str]:
    options = GenerateOptions(rtos, pools, {}, False, 4096, "portfolio")
    made = compose_request(GenerateRequest((ARCHIVE.parent / "branchy.tflite",), BOARDS[0], options))[0]
    files = render_files(made, TEMPLATES / rtos, load_runtime(RUNTIME))
    return {path: file.data.decode() for path, file in files}


@pytest.mark.parametrize("rtos", ["zephyr", *RTOSES])
def test_a_section_for_constants_is_a_macro_of_the_models_c(rtos: str) -> None:
    files = rendered(rtos, constants="qspi")
    (source,) = [text for path, text in files.items() if path.endswith("branchy_lib0.c")]
    assert "#ifndef TVMGEN_BRANCHY_CONSTANT\n" in source
    line = '#define TVMGEN_BRANCHY_CONSTANT __attribute__((section(".qspi.branchy")))\n'
    assert line in files["model/include/mlf_constants.h"]
    assert '#include "mlf_constants.h"' in files["model/runtime/include/tvm/runtime/c_runtime_api.h"]
    assert "model/include/mlf_constants.h" not in rendered(rtos)


def test_zephyr_links_and_starts_what_it_does_not_have() -> None:
    files = rendered("zephyr", constants="qspi")
    assert ".qspi : ALIGN(32)\n" in files["model/memories.ld"]
    assert files["model/memories.ld"].endswith("} > QSPI\n")
    build = files["model/CMakeLists.txt"]
    assert "zephyr_linker_sources(SECTIONS ${mlf_folder}/memories.ld)" in build
    for path in re.findall(r"\$\{mlf_folder\}/(runtime/\S+\.c)", build):
        assert f"model/{path}" in files
    assert "mlf_quadspi_stm32f7_start();" in files["model/include/mlf_board.h"]
    assert "model/sections.ld" not in files, "nothing is left to be placed by hand"
    without = rendered("zephyr")
    assert not {"model/memories.ld", "model/include/mlf_board.h"} & set(without)
    assert "mlf_folder" not in without["model/CMakeLists.txt"]
