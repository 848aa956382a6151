"""Constants that no pool of the archive holds: counted, moved to another read-only memory, refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from generator.errors import UsageError
from generator.model.project import Project
from generator.model.report import PoolLine

Make = Callable[..., Project]
BOARD = "stm32f746g_disco"
PARAMETERS = "kws-graph"


def constants(project: Project) -> PoolLine:
    (line,) = [line for line in project.report.pools if line.name == "constants"]
    return line


def used(project: Project, region: str) -> dict[str, int]:
    return dict(next(line.kinds for line in project.report.regions if line.name == region))


def test_they_are_in_the_memory_of_code_unless_requested_otherwise(make_project: Make) -> None:
    project = make_project(PARAMETERS, board=BOARD)
    line = constants(project)
    assert (line.kind, line.region, line.section, line.owner) == ("constant", "flash", None, "application")
    assert used(project, "flash")["constants"] == line.size_bytes > 20_000
    assert not used(project, "qspi")


@pytest.mark.parametrize("rtos", ["freertos", "none"])
def test_our_own_port_sets_the_other_memory_up(rtos: str, make_project: Make) -> None:
    project = make_project(PARAMETERS, board=BOARD, rtos=rtos, pools={"constants": "qspi"})
    assert constants(project).section == ".qspi"
    assert used(project, "qspi") == {"constants": constants(project).size_bytes}
    assert "constants" not in used(project, "flash")
    assert project.port is not None
    order = [
        project.port.starts.index(f"mlf_{name}_start") for name in ("quadspi_stm32f7", "mpu_quadspi_flash")
    ]
    caches = project.port.starts.index("mlf_cache_cortex_m7_start")
    assert order == sorted(order) and order[-1] < caches, "nothing is cached before it can be read"
    assert ("MLF_QUADSPI_STM32F7_BASE", "0x90000000U") in project.port.constants
    assert [s.stored for s in project.port.sections if s.name == ".qspi"] == [True]
    without = make_project(PARAMETERS, board=BOARD, rtos=rtos).port
    assert without is not None and not any("quadspi" in path for path in without.files)


def test_zephyr_is_given_the_section_the_driver_and_the_devicetree(make_project: Make) -> None:
    project = make_project(PARAMETERS, board=BOARD, pools={"constants": "qspi"})
    assert project.zephyr is not None
    assert [(s.name, s.region, s.stored) for s in project.zephyr.sections] == [(".qspi", "QSPI", True)]
    assert project.zephyr.starts == ("mlf_quadspi_stm32f7_start",)
    assert {"cortex_m/quadspi_stm32f7.c", "zephyr_drivers/mlf_drivers.c"} <= set(project.zephyr.files)
    assert "BUILD_OUTPUT_BIN" in [setting.symbol for setting in project.settings]
    (overlay,) = project.overlays
    assert "&quadspi_memory" in overlay
    without = make_project(PARAMETERS, board=BOARD)
    assert without.zephyr is not None and not without.zephyr.files and not without.overlays


def test_a_constant_pool_of_the_archive_goes_there_as_well(make_project: Make) -> None:
    project = make_project("sine-aot-c-const", board=BOARD, pools={"flash": "qspi"})
    assert project.zephyr is not None and project.zephyr.starts


def test_a_board_without_flash_has_them_where_its_image_is(make_project: Make) -> None:
    line = constants(make_project(PARAMETERS, board="qemu_riscv32"))
    assert (line.region, line.section) == ("sram", None)


@pytest.mark.parametrize("target", ["sdram", "dtcm"])
def test_memory_that_nothing_fills_is_refused(target: str, make_project: Make) -> None:
    with pytest.raises(UsageError, match=f"can't go to '{target}': nothing initialises") as caught:
        make_project(PARAMETERS, board=BOARD, pools={"constants": target})
    assert caught.value.hint == "--pool constants=flash"


def test_what_another_compiler_put_into_its_c_stays_there(make_project: Make) -> None:
    with pytest.raises(UsageError, match="no model has a pool 'constants'"):
        make_project("kws-aot-c-pool", board=BOARD, pools={"constants": "qspi"})
