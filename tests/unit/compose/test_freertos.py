"""What a board and its buffers make of a FreeRTOS application, before it is text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generator.compose.freertos import compiler_flags, freertos_application, pool_sections
from generator.errors import BoardError
from generator.model.board import Board, BoardPool, Core, Placement, Region
from generator.model.freertos import DevicePackage, FreeRtosSupport, PortDriver
from generator.model.project import PoolBuffer

SUPPORT = FreeRtosSupport(
    kernel_port="GCC/ARM_CM7/r0p1",
    priority_bits=4,
    device=DevicePackage("vendor/cmsis_part", "v1", ("PART",), "part.h", "Include", ("startup.s",)),
    drivers=(
        PortDriver("console_stm32_usart", "console", None, (("MLF_CONSOLE_BAUD", "9600U"),)),
        PortDriver("sdram_stm32f7", "memory", "outside", (("MLF_SDRAM_BANKS", "4U"),)),
        PortDriver("time_systick", "time", None, ()),
    ),
    clock_hz=None,
)
BOARD = Board(
    name="bench",
    title="A bench board",
    core=Core("cortex-m7", "single", True, 100_000_000),
    regions=(
        Region("rom", 0x08000000, 1 << 20, False),
        Region("ram", 0x20000000, 1 << 16, True),
        Region("fast", 0x10000000, 1 << 14, True),
        Region("outside", 0xC0000000, 1 << 23, True),
    ),
    pools=(
        BoardPool("ram", "ram", 32, (), {"freertos": Placement(".noinit.mlf")}),
        BoardPool("fast", "fast", 16, (), {"freertos": Placement(".fast")}),
        BoardPool("outside", "outside", 32, (), {"freertos": Placement(".outside")}),
        BoardPool("rom", "rom", 16, (), {"freertos": Placement(None)}),
    ),
    workspace_pool="ram",
    io_pool="ram",
    constant_pool="rom",
    zephyr=None,
    freertos=SUPPORT,
    run=None,
    probe=None,
)


def buffer(region: str) -> PoolBuffer:
    return PoolBuffer("b", "b", "workspace", region, region, f".{region}", 64, 32, (), (), None, ("m",))


def test_a_memory_is_set_up_only_when_something_lives_there() -> None:
    without = freertos_application(BOARD, (buffer("ram"),), uses_cmsis_nn=False)
    assert without.starts == ("mlf_console_stm32_usart_start", "mlf_time_systick_start")
    assert "sdram_stm32f7.c" not in without.port_files
    assert ("MLF_SDRAM_BANKS", "4U") not in without.constants
    # No section either: a buffer put there by hand must not link, since nothing would set the memory up.
    assert [section.name for section in without.sections] == [".noinit.mlf", ".fast"]

    used = freertos_application(BOARD, (buffer("ram"), buffer("outside")), uses_cmsis_nn=False)
    assert used.starts[1] == "mlf_sdram_stm32f7_start"
    assert "sdram_stm32f7.c" in used.port_files
    assert ("MLF_SDRAM_STM32F7_BASE", "0xC0000000U") in used.constants
    assert ("MLF_SDRAM_STM32F7_SIZE_BYTES", "8388608U") in used.constants
    assert [section.name for section in used.sections] == [".noinit.mlf", ".fast", ".outside"]


def test_the_manifest_names_only_what_is_compiled() -> None:
    plain = freertos_application(BOARD, (), uses_cmsis_nn=False)
    assert [r.name for r in plain.repositories] == ["FreeRTOS-Kernel", "CMSIS_6", "cmsis_part"]
    assert plain.repositories[0].revision == "V11.3.0"
    kernels = freertos_application(BOARD, (), uses_cmsis_nn=True)
    assert kernels.repositories[-1].slug == "ARM-software/CMSIS-NN"


def test_without_a_device_package_the_core_header_stands_in() -> None:
    startup = PortDriver("startup_cortex_m", "startup", None, (("MLF_STARTUP_INTERRUPTS", "8U"),))
    alone = replace(SUPPORT, device=None, drivers=(startup, *SUPPORT.drivers))
    application = freertos_application(replace(BOARD, freertos=alone), (), uses_cmsis_nn=False)
    assert "cortex_m_device.h" in application.port_files and "startup_cortex_m.c" in application.port_files
    assert application.core_header == "core_cm7.h"
    assert "mlf_startup_cortex_m_start" not in application.starts


@pytest.mark.parametrize(
    ("cpu", "fpu", "flags"),
    [
        ("cortex-m3", "none", "-mcpu=cortex-m3 -mthumb -mfloat-abi=soft"),
        ("cortex-m4", "single", "-mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard"),
        ("cortex-m7", "single", "-mcpu=cortex-m7 -mthumb -mfpu=fpv5-sp-d16 -mfloat-abi=hard"),
        ("cortex-m7", "double", "-mcpu=cortex-m7 -mthumb -mfpu=fpv5-d16 -mfloat-abi=hard"),
    ],
)
def test_compiler_flags(cpu: str, fpu: str, flags: str) -> None:
    assert " ".join(compiler_flags(Core(cpu, fpu, False, 1_000_000))) == flags


@pytest.mark.parametrize("bits", range(2, 9))
def test_the_kernels_priority_is_what_its_port_asserts(bits: int) -> None:
    board = replace(BOARD, freertos=replace(SUPPORT, priority_bits=bits))
    settings = freertos_application(board, (), uses_cmsis_nn=False).settings
    value = int(next(s.value for s in settings if s.name.startswith("configMAX_SYSCALL")).rstrip("U"), 16)
    implemented = 0xFF << (8 - bits) & 0xFF
    assert value and value == value & implemented
    assert not value & 1


def test_a_writable_pool_elsewhere_needs_a_section() -> None:
    pools = (BOARD.pools[0], BoardPool("fast", "fast", 16, (), {"freertos": Placement(None)}), BOARD.pools[3])
    with pytest.raises(BoardError, match="pool 'fast' has no section, so its buffers would go to 'ram'"):
        pool_sections(replace(BOARD, pools=pools))


def test_one_section_in_two_memories_is_refused() -> None:
    pools = (BOARD.pools[0], BoardPool("fast", "fast", 16, (), {"freertos": Placement(".noinit.mlf")}))
    with pytest.raises(BoardError, match="can't be in 'ram' and in 'fast'"):
        pool_sections(replace(BOARD, pools=(*pools, BOARD.pools[3])))


def test_a_board_without_support_says_what_to_add() -> None:
    with pytest.raises(BoardError) as caught:
        freertos_application(replace(BOARD, freertos=None), (), uses_cmsis_nn=False)
    assert "can't be used with freertos" in caught.value.what
    assert "'freertos' section" in (caught.value.hint or "")
