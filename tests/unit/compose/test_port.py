"""What a board and its buffers make of an application that brings it up, before it is text."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from generator.compose.bare_metal import bare_metal_application
from generator.compose.freertos import freertos_application
from generator.compose.port import compiler_flags, pool_sections
from generator.errors import BoardError
from generator.model.board import Board, BoardPool, Core, Placement, Region
from generator.model.port import (
    FreeRtosApplication,
    FreeRtosSupport,
    PortApplication,
    PortDriver,
    PortSupport,
)
from generator.model.project import PoolBuffer

PORT = PortSupport(
    interrupts=8,
    drivers=(
        PortDriver("console_stm32_usart", "console", None, (("MLF_CONSOLE_BAUD", "9600U"),)),
        PortDriver("sdram_stm32f7", "memory", "outside", (("MLF_SDRAM_BANKS", "4U"),)),
    ),
    clock_hz=None,
)
SUPPORT = FreeRtosSupport(kernel_port="GCC/ARM_CM7/r0p1", priority_bits=4)


def placed(section: str | None) -> dict[str, Placement]:
    return dict.fromkeys(("freertos", "none"), Placement(section))


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
        BoardPool("ram", "ram", 32, (), placed(".noinit.mlf")),
        BoardPool("fast", "fast", 16, (), placed(".fast")),
        BoardPool("outside", "outside", 32, (), placed(".outside")),
        BoardPool("rom", "rom", 16, (), placed(None)),
    ),
    workspace_pool="ram",
    io_pool="ram",
    constant_pool="rom",
    zephyr=None,
    port=PORT,
    freertos=SUPPORT,
    run=None,
    probe=None,
)


def buffer(region: str) -> PoolBuffer:
    return PoolBuffer("b", "b", "workspace", region, region, f".{region}", 64, 32, (), (), None, ("m",))


def bare(*buffers: PoolBuffer, board: Board = BOARD, uses_cmsis_nn: bool = False) -> PortApplication:
    return bare_metal_application(
        board,
        frozenset(b.region for b in buffers),
        stack_bytes=4096,
        uses_cmsis_nn=uses_cmsis_nn,
        host_driven=False,
    )


def kernel(
    board: Board = BOARD, *, uses_cmsis_nn: bool = False, host_driven: bool = False
) -> tuple[PortApplication, FreeRtosApplication]:
    return freertos_application(board, frozenset(), uses_cmsis_nn=uses_cmsis_nn, host_driven=host_driven)


def test_a_memory_is_set_up_only_when_something_lives_there() -> None:
    without = bare(buffer("ram"))
    assert without.starts == ("mlf_console_stm32_usart_start",)
    assert "cortex_m/sdram_stm32f7.c" not in without.files
    assert ("MLF_SDRAM_BANKS", "4U") not in without.constants
    # No section either: a buffer put there by hand must not link, since nothing would set the memory up.
    assert [section.name for section in without.sections] == [".noinit.mlf", ".fast"]

    used = bare(buffer("ram"), buffer("outside"))
    assert used.starts[1] == "mlf_sdram_stm32f7_start"
    assert {"cortex_m/sdram_stm32f7.c", "cortex_m/stm32f7.h"} <= set(used.files)
    assert ("MLF_SDRAM_STM32F7_BASE", "0xC0000000U") in used.constants
    assert ("MLF_SDRAM_STM32F7_SIZE_BYTES", "8388608U") in used.constants
    assert [section.name for section in used.sections] == [".noinit.mlf", ".fast", ".outside"]


def test_the_manifest_names_only_what_is_compiled() -> None:
    assert bare().repositories == ()
    assert [r.name for r in bare(uses_cmsis_nn=True).repositories] == ["CMSIS-NN"]
    port, application = kernel()
    assert [(r.path, r.revision) for r in port.repositories] == [("deps/FreeRTOS-Kernel", "V11.3.0")]
    assert application.kernel == port.repositories[0]
    assert kernel(uses_cmsis_nn=True)[0].repositories[-1].slug == "ARM-software/CMSIS-NN"


def test_the_two_differ_in_what_stands_for_the_kernel_and_in_the_stack() -> None:
    alone, (tasks, _) = bare(), kernel()
    assert set(alone.files) - set(tasks.files) == {"none/mlf_kernel.c"}
    assert set(tasks.files) - set(alone.files) == {"freertos/mlf_kernel.c", "freertos/mlf_kernel.h"}
    assert alone.main_stack_bytes == tasks.main_stack_bytes + 4096
    driven = set(kernel(host_driven=True)[0].files)
    assert driven - set(tasks.files) == {
        "cortex_m/console_stm32_usart_receive.c",
        "cortex_m/mlf_rpc_uart.c",
        "cortex_m/mlf_rpc_uart.h",
        "freertos/mlf_rpc_wait.c",
    }
    assert set(tasks.files) - driven == {"cortex_m/mlf_print_console.c"}


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
    settings = kernel(board)[1].settings
    value = int(next(s.value for s in settings if s.name.startswith("configMAX_SYSCALL")).rstrip("U"), 16)
    implemented = 0xFF << (8 - bits) & 0xFF
    assert value and value == value & implemented
    assert not value & 1


def test_a_writable_pool_elsewhere_needs_a_section() -> None:
    pools = (
        BOARD.pools[0],
        BoardPool("fast", "fast", 16, (), placed(None)),
        BOARD.pools[3],
    )
    with pytest.raises(BoardError, match="pool 'fast' has no section, so its buffers would go to 'ram'"):
        pool_sections(replace(BOARD, pools=pools))


def test_a_read_only_pool_elsewhere_needs_a_section_too() -> None:
    store = Region("store", 0x90000000, 1 << 20, False)
    regions, pools = (*BOARD.regions, store), BOARD.pools
    named = replace(BOARD, regions=regions, pools=(*pools, BoardPool("store", "store", 16, (), placed(".s"))))
    assert [(s.name, s.region, s.stored) for s in pool_sections(named)][-2:] == [
        (".outside", "outside", False),
        (".s", "store", True),
    ]
    without = replace(
        BOARD, regions=regions, pools=(*pools, BoardPool("store", "store", 16, (), placed(None)))
    )
    with pytest.raises(
        BoardError, match="pool 'store' has no section, so its buffers would go to 'rom'"
    ) as caught:
        pool_sections(without)
    assert caught.value.hint == "add 'port: {section: .store}' to it"


def test_one_section_in_two_memories_is_refused() -> None:
    pools = (
        BOARD.pools[0],
        BoardPool("fast", "fast", 16, (), placed(".noinit.mlf")),
    )
    with pytest.raises(BoardError, match="can't be in 'ram' and in 'fast'"):
        pool_sections(replace(BOARD, pools=(*pools, BOARD.pools[3])))


@pytest.mark.parametrize(
    ("board", "what", "hint"),
    [
        (replace(BOARD, freertos=None), "can't be used with freertos", "'freertos' section"),
        (
            replace(BOARD, port=None),
            "has no 'port' section, which FreeRTOS and bare metal need",
            "'port' section",
        ),
    ],
)
def test_a_board_without_support_says_what_to_add(board: Board, what: str, hint: str) -> None:
    with pytest.raises(BoardError) as caught:
        kernel(board)
    assert what in caught.value.what
    assert hint in (caught.value.hint or "")
