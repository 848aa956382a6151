"""What the linker is told of the buffers' places."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from generator import resources
from generator.model.project import Project
from generator.render.context_placement import c_section, placement_context
from generator.render.files import load_runtime, render_files

MakeProject = Callable[..., Project]
WORKSPACE = "mlf_hello_world_int8_sram"


def placed(
    make_project: MakeProject, rtos: str = "none", board: str = "stm32f746g_disco", **pools: str
) -> Project:
    return make_project("sine-aot-c-pool", board=board, rtos=rtos, pools=pools)


def files_of(project: Project) -> dict[str, str]:
    template = resources.folder("templates") / project.rtos
    runtime = load_runtime(resources.folder("templates") / "runtime")
    return {path: file.data.decode() for path, file in render_files(project, template, runtime)}


@pytest.mark.parametrize(
    ("rtos", "pool", "stem"),
    [
        ("none", "sram", ".bss.mlf_sram"),
        ("none", "dtcm", ".noinit.mlf_dtcm"),
        ("freertos", "sdram", ".noinit.mlf_sdram"),
        ("zephyr", "sram", ".noinit.mlf"),
        ("zephyr", "sdram", "SDRAM1"),
    ],
)
def test_each_buffer_has_an_input_section_of_its_own(
    rtos: str, pool: str, stem: str, make_project: MakeProject
) -> None:
    project = placed(make_project, rtos, sram=pool)
    sections = {
        c_section(project, buffer): buffer.symbol for buffer in project.buffers if buffer.kind == "workspace"
    }
    assert sections == {f"{stem}.{symbol}": symbol for symbol in sections.values()}
    text = files_of(project)["model/src/mlf_pools.c"]
    assert all(f'section("{section}")' in text for section in sections)


@pytest.mark.parametrize(
    ("compiler", "pool"),
    [
        ("arm-none-eabi-gcc", "sram"),
        ("arm-none-eabi-gcc", "dtcm"),
        ("arm-none-eabi-gcc", "sdram"),
        ("clang", "sram"),
    ],
)
def test_no_array_takes_flash_even_where_no_linker_script_names_its_section(
    compiler: str, pool: str, make_project: MakeProject, tmp_path: Path
) -> None:
    """The assembler or compiler itself has to know the section for one without contents."""
    if shutil.which(compiler) is None or shutil.which("arm-none-eabi-readelf") is None:
        pytest.skip(f"{compiler} or arm-none-eabi-readelf is not installed")
    project = placed(make_project, sram=pool)
    (section,) = {c_section(project, buffer) for buffer in project.buffers if buffer.kind == "workspace"}
    source = tmp_path / "a.c"
    source.write_text(f'__attribute__((section("{section}"), aligned(32))) unsigned char array[4096];\n')
    argv = [
        compiler,
        *(["--target=arm-none-eabi"] if compiler == "clang" else []),
        "-Wall",
        "-Werror",
        "-pedantic",
    ]
    subprocess.run([*argv, "-std=c11", "-O2", "-c", source, "-o", tmp_path / "a.o"], check=True)
    argv = ["arm-none-eabi-readelf", "-SW", str(tmp_path / "a.o")]
    listed = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    (row,) = [line for line in listed.splitlines() if str(section) in line]
    assert "NOBITS" in row


def test_a_memory_apart_is_asked_for_exactly_and_any_ram_will_do_else(make_project: MakeProject) -> None:
    apart = placement_context(placed(make_project, sram="sdram", io="dtcm"))["checks"]
    ranges = {check["symbol"]: check["ranges"] for check in apart}
    assert ranges[WORKSPACE] == [{"base": "0xC0000000", "end": "0xC0800000"}]
    plain = placement_context(placed(make_project))["checks"]
    assert {check["symbol"] for check in plain} == {check["symbol"] for check in apart}
    # DTCM and SRAM adjoin: an array may lie across them in a firmware that takes both for one.
    any_ram = [{"base": "0x20000000", "end": "0x20050000"}, {"base": "0xC0000000", "end": "0xC0800000"}]
    assert all(check["ranges"] == any_ram for check in plain)
    assert all(
        "must lie in RAM, 0x20000000 to 0x20050000 or 0xC0000000" in check["message"] for check in plain
    )


def test_the_message_says_what_to_do_in_each_build_system(make_project: MakeProject) -> None:
    def message(rtos: str) -> str:
        checks = placement_context(placed(make_project, rtos, sram="dtcm"))["checks"]
        return next(check["message"] for check in checks if check["symbol"] == WORKSPACE)

    where = f"mlf: buffer '{WORKSPACE}' must lie in dtcm 0x20000000 to 0x20010000: "
    assert message("none") == (
        f"{where}link with -T model/sections.ld, or place the sections .noinit.mlf_dtcm.* there in your linker "
        "script (docs/c-api.md)"
    )
    assert message("zephyr") == (
        f"{where}declare the memory 'DTCM' in the devicetree, or add model/sections.ld with "
        "zephyr_linker_sources(SECTIONS) (docs/c-api.md)"
    )


def test_sections_come_as_a_script_where_a_memory_is_apart(make_project: MakeProject) -> None:
    assert "model/sections.ld" not in files_of(placed(make_project))
    whole = files_of(placed(make_project, sram="sdram", io="dtcm"))["model/sections.ld"]
    assert whole.count("SECTIONS\n{") == 1
    assert ".mlf.dtcm 0x20000000 (NOLOAD) :\n  {\n    *(.noinit.mlf_dtcm.*)\n  }" in whole
    assert ".mlf.sdram 0xC0000000 (NOLOAD) :\n  {\n    *(.noinit.mlf_sdram.*)\n  }" in whole
    snippet = files_of(placed(make_project, "zephyr", sram="dtcm"))["model/sections.ld"]
    assert "SECTIONS\n{" not in snippet and "*(DTCM.*)" in snippet


def test_the_run_time_check_is_there_only_where_it_has_something_to_compare(
    make_project: MakeProject,
) -> None:
    apart = files_of(placed(make_project, sram="sdram"))["model/src/mlf_models.c"]
    assert ".first = 0xC0000000U, .last = 0xC07FFFFFU" in apart and "_check_placement" in apart
    plain = files_of(placed(make_project))["model/src/mlf_models.c"]
    assert "bounds" not in plain and "placement" not in plain


def test_a_program_for_this_computer_has_no_places(make_project: MakeProject) -> None:
    files = files_of(placed(make_project, "zephyr", "native_sim"))
    assert not {"model/placement.ld", "model/sections.ld"} & set(files)
    assert "placement.ld" not in files["model/CMakeLists.txt"]
