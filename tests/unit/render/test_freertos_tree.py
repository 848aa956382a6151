"""The FreeRTOS template tree: what stock cookiecutter makes of it, and what an application is made of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator import resources
from generator.errors import UsageError
from generator.model.options import GenerateOptions
from generator.model.project import Project
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest, compose_request
from generator.render.context import project_context
from generator.render.files import load_runtime, render_files
from generator.render.tree import render_tree

TREE = resources.folder("templates") / "freertos"
RUNTIME = resources.folder("templates") / "runtime"
ARCHIVE = Path(__file__).parents[3] / "samples" / "sine.tar"
BOARDS = ("stm32f746g_disco", "nucleo_f746zg", "mps2_an500")


def request(board: str, **pools: str) -> GenerateRequest:
    return GenerateRequest(
        (ARCHIVE,), board, GenerateOptions("freertos", pools, {}, False, 4096, "portfolio")
    )


def project(board: str, **pools: str) -> Project:
    return compose_request(request(board, **pools))[0]


def application(board: str, **pools: str) -> dict[str, str]:
    files = render_files(project(board, **pools), TREE, load_runtime(RUNTIME))
    return {path: file.data.decode() for path, file in files}


@pytest.mark.parametrize("board", BOARDS)
def test_stock_cookiecutter_renders_the_same_bytes(board: str, tmp_path: Path) -> None:
    from cookiecutter.generate import generate_files

    context = project_context(project(board))
    private = {
        key: value
        for key, value in json.loads((TREE / "cookiecutter.json").read_text()).items()
        if key[0] == "_"
    }
    made = Path(generate_files(TREE, {"cookiecutter": {**context, **private}}, tmp_path))
    theirs = {
        path.relative_to(made).as_posix(): path.read_bytes() for path in made.rglob("*") if path.is_file()
    }
    assert {path: data for path, data in theirs.items() if data.strip()} == render_tree(TREE, context)


def test_only_the_port_files_that_the_board_names_are_copied() -> None:
    port = "model/runtime/port/freertos/"
    real, emulated = (
        {path.removeprefix(port) for path in application(board) if path.startswith(port)}
        for board in (BOARDS[0], BOARDS[2])
    )
    assert {"clock_stm32f7.c", "console_stm32_usart.c"} <= real - emulated
    assert {"console_cmsdk_uart.c", "startup_cortex_m.c"} <= emulated - real
    assert "mlf_fault.c" in real & emulated
    assert not any(path.startswith("model/runtime/port/zephyr") for path in application(BOARDS[0]))


def test_sdram_is_set_up_only_when_a_pool_lives_there() -> None:
    without, used = application(BOARDS[0]), application(BOARDS[0], io="sdram")
    added = {path for path in used if path not in without}
    port = "model/runtime/port/freertos/"
    assert added == {f"{port}sdram_stm32f7.c", f"{port}mpu_normal_memory.c"}
    assert ".sdram (NOLOAD)" in used["model/linker.ld"] and ".sdram" not in without["model/linker.ld"]
    starts = used["model/include/mlf_board.h"].split("static inline void mlf_board_start(void)")[1]
    order = ["clock_stm32f7", "sdram_stm32f7", "mpu_normal_memory", "cache_cortex_m7"]
    assert sorted(order, key=starts.index) == order


def test_no_file_of_the_application_leads_out_of_it() -> None:
    for path, text in application(BOARDS[0]).items():
        assert "/home/" not in text and "/tmp/" not in text, path
        assert "None" not in text.replace("None:", "").replace("is None", "") or path.endswith(".py"), path


def test_a_pool_that_does_not_exist_writes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "app"
    asked = request(BOARDS[2], io="sdram")
    with pytest.raises(UsageError, match="has no pool 'sdram'"):
        generate(GenerateRequest(asked.models, asked.board, asked.options, output=target))
    assert not target.exists()
