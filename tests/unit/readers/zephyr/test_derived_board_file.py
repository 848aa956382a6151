"""From devicetree, Kconfig and CMake to a board file, which the reader of board files takes."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from generator.errors import BoardError
from generator.model.board import Board
from generator.model.zephyr_board import (
    BoardTarget,
    Devicetree,
    DevicetreeNode,
    ListedBoard,
    ZephyrBoard,
)
from generator.readers.board.board import parse_board
from generator.readers.zephyr.board_file import board_file, file_name_of

REGION = "zephyr,memory-region"
CHOSEN = {"zephyr,sram": "/memory@20010000", "zephyr,flash": "/soc/flash@8000000"}


def node(
    path: str, *compatibles: str, registers: Any = (), labels: Any = (), **properties: Any
) -> DevicetreeNode:
    enabled = properties.pop("enabled", True)
    named = {name.replace("__", ",").replace("_", "-"): value for name, value in properties.items()}
    return DevicetreeNode(path, tuple(labels), compatibles, enabled, tuple(registers), named)


def region(
    path: str, name: str, base: int, size: int, *more: str, labels: Any = (), attribute: int = 0
) -> DevicetreeNode:
    properties = {REGION: name} | ({"zephyr,memory-attr": attribute} if attribute else {})
    return DevicetreeNode(path, tuple(labels), (REGION, *more), True, ((base, size),), properties)


FLASH = node("/soc/flash@8000000", "soc-nv-flash", registers=[(0x0800_0000, 1 << 20)])
SRAM = region("/memory@20010000", "SRAM0", 0x2001_0000, 256 << 10, "mmio-sram", labels=["sram0"])
CPU = node("/cpus/cpu@0", "arm,cortex-m7")
RCC = node("/soc/rcc@40023800", "st,stm32-rcc", labels=["rcc"], clock_frequency=192_000_000)
FPU = frozenset({"ARM", "CPU_CORTEX_M7", "CPU_HAS_FPU", "CPU_HAS_DCACHE"})


def zephyr_board(
    *nodes: DevicetreeNode, chosen: dict[str, str] | None = None, symbols: frozenset[str] = FPU, **others: Any
) -> ZephyrBoard:
    listed = ListedBoard("nucleo", ("/z/boards/nucleo",), ("f7",), ("f7",))
    tree = Devicetree({each.path: each for each in nodes}, CHOSEN if chosen is None else chosen)
    target = BoardTarget(others.pop("given", "nucleo"), listed, "f7", "")
    return ZephyrBoard(target, 'Nucleo "F7"', "4.1", tree, symbols, **others)


def derived(*nodes: DevicetreeNode, **others: Any) -> Board:
    return parse_board(board_file(zephyr_board(*nodes, **others)), "derived")


USUAL = (CPU, RCC, FLASH, SRAM)


def test_an_ordinary_board() -> None:
    dtcm = region("/memory@20000000", "DTCM", 0x2000_0000, 64 << 10, "arm,dtcm", labels=["dtcm"])
    board = derived(*USUAL, dtcm, chosen=CHOSEN | {"zephyr,dtcm": dtcm.path}, module="hal_stm32")
    assert (board.name, board.title, board.rtoses) == ("nucleo", 'Nucleo "F7"', ("zephyr",))
    assert board.core.cpu == "cortex-m7" and board.core.dsp and board.core.fpu == "single"
    assert board.core.clock_hz == 192_000_000
    assert {r.name: (r.base, r.size_bytes, r.writable) for r in board.regions} == {
        "flash": (0x0800_0000, 1 << 20, False),
        "sram": (0x2001_0000, 256 << 10, True),
        "dtcm": (0x2000_0000, 64 << 10, True),
    }
    # The chosen RAM is Zephyr's own: its section of that name overlaps the ordinary variables.
    assert board.pool("sram").placements["zephyr"].section == ".noinit.mlf"
    assert board.pool("dtcm").placements["zephyr"].section == "DTCM"
    assert not board.pool("dtcm").on_request and board.find_pool("fast") == board.pool("dtcm")
    assert {pool.alignment_bytes for pool in board.pools if pool.name != "flash"} == {32}
    assert board.zephyr is not None and board.zephyr.modules == ("cmsis", "cmsis_6", "hal_stm32")
    assert [setting.symbol for setting in board.zephyr.float_settings] == ["FPU"]
    assert (board.workspace_pool, board.io_pool, board.constant_pool) == ("sram", "sram", "flash")


@pytest.mark.parametrize(("simulator", "simulated"), [("qemu", True), ("armfvp", False), ("", False)])
def test_only_qemu_is_taken_for_an_emulator_that_is_there(simulator: str, simulated: bool) -> None:
    board = derived(*USUAL, simulator=simulator)
    assert board.zephyr is not None and board.zephyr.simulated is simulated


def test_the_file_says_what_it_is_from_and_what_is_assumed() -> None:
    text = board_file(zephyr_board(*USUAL))
    assert text.startswith(
        "# Derived from the devicetree of Zephyr 4.1 by `mlfgen boards --derive nucleo`.\n"
    )
    assert "assumed" in text and "# clock-frequency of &rcc" in text and "# /memory@20010000" in text


def test_further_memories_are_used_only_on_request() -> None:
    internal = region("/memory@30000000", "SRAM1", 0x3000_0000, 128 << 10, "mmio-sram", labels=["sram1"])
    sdram = region("/sdram@c0000000", "SDRAM1", 0xC000_0000, 16 << 20, labels=["sdram1"], attribute=1 << 20)
    controller = node("/soc/memory-controller@a0000000/sdram", "st,stm32-fmc-sdram")
    board = derived(*USUAL, internal, sdram, controller)
    assert [pool.name for pool in board.pools if pool.on_request] == ["sram1", "sdram1"]
    assert board.pool("sram1").placements["zephyr"].settings == ()
    assert [s.symbol for s in board.pool("sdram1").placements["zephyr"].settings] == ["MEMC"]
    assert "compare with the chip that is fitted" in board_file(zephyr_board(*USUAL, sdram, controller))


@pytest.mark.parametrize(
    "placeholder",
    [
        region("/memory@90000000", "QSPI_PLACEHOLDER", 0x9000_0000, 256 << 20, attribute=1 << 25),
        region("/memory@90000000", "EXTMEM", 0x9000_0000, 256 << 20, attribute=1 << 25),
        region("/null_ptr_detect@0", "NULL_PTR_DETECT", 0, 1024, attribute=1 << 22),
        region("/null_ptr_detect@0", "NULL_PTR_DETECT", 0x100, 1024, attribute=1 << 22),
        region("/memory@38800000", "BACKUP_SRAM", 0x3880_0000, 4096, "st,stm32-backup-sram"),
        region("/memory@0", "ITCM", 0, 16 << 10, "arm,itcm"),
        region("/memory@20040000", "rpmsg_sh_mem", 0x2004_0000, 4096, labels=["sram_ipc"]),
        region("/memory@20011000", "INSIDE", 0x2001_1000, 4096),
        replace(region("/memory@30000000", "SRAM1", 0x3000_0000, 4096), enabled=False),
        node("/sim/flash_sim@0", "soc-nv-flash", registers=[(0, 32 << 10)], labels=["flash_sim0"]),
        node("/memory@30000000", REGION, registers=[(0x3000_0000, 4096)]),
    ],
    ids=lambda each: each.path.strip("/"),
)
def test_what_only_looks_like_memory_is_left_out(placeholder: DevicetreeNode) -> None:
    assert [region.name for region in derived(*USUAL, placeholder).regions] == ["flash", "sram"]


def test_flash_in_instruction_memory_and_ram_in_data_memory() -> None:
    itcm = region("/itcm@10000000", "ITCM", 0x1000_0000, 512 << 10, labels=["itcm"])
    dtcm = region("/dtcm@30000000", "DTCM", 0x3000_0000, 512 << 10, labels=["dtcm"])
    sram = region("/sram@11000000", "SRAM", 0x1100_0000, 2 << 20, "mmio-sram", labels=["sram"])
    chosen = {"zephyr,flash": itcm.path, "zephyr,sram": dtcm.path}
    board = derived(
        *(node("/cpus/cpu@0", "arm,cortex-m55"), itcm, dtcm, sram),
        chosen=chosen,
        symbols=frozenset({"ARM", "CPU_HAS_FPU", "ARMV8_M_DSP"}),
    )
    assert (board.core.cpu, board.core.fpu, board.core.dsp) == ("cortex-m55", "single", True)
    assert not board.region("flash").writable and board.region("flash").base == 0x1000_0000
    assert board.pool("sram").placements["zephyr"].section == ".noinit.mlf"
    assert not board.region("sram").cached
    assert board.pool("sram_11000000").placements["zephyr"].section == "SRAM"


def test_a_flash_chip_behind_a_controller_lies_in_the_controllers_window() -> None:
    spi = node("/soc/spi@10014000", "sifive,spi0", registers=[(0x1001_4000, 4096), (0x2040_0000, 0xC0_0000)])
    chip = node("/soc/spi@10014000/flash@0", "jedec,spi-nor", registers=[(0, 0)], size=16 << 23)
    board = derived(CPU, spi, chip, SRAM, chosen=CHOSEN | {"zephyr,flash": chip.path})
    assert (board.region("flash").base, board.region("flash").size_bytes) == (0x2040_0000, 0xC0_0000)
    small = replace(chip, properties={"size": 2 << 23})
    board = derived(CPU, spi, small, SRAM, chosen=CHOSEN | {"zephyr,flash": chip.path})
    assert board.region("flash").size_bytes == 2 << 20


def test_one_ram_that_holds_everything() -> None:
    ram = node("/memory@80000000", "device_type", registers=[(0x8000_0000, 256 << 20)])
    cpu = node("/cpus/cpu@0", "riscv", riscv__isa="rv32gc_zicsr_zifencei")
    for chosen in ({"zephyr,sram": ram.path}, {"zephyr,sram": ram.path, "zephyr,flash": ram.path}):
        board = derived(cpu, ram, chosen=chosen, symbols=frozenset({"RISCV"}), timer_hz=10_000_000)
        assert [region.name for region in board.regions] == ["sram"]
        assert board.constant_pool == "constants_in_ram"
        assert board.core.cpu == "rv32imafdc" and board.core.clock_hz == 10_000_000
        assert board.zephyr is not None and board.zephyr.modules == ()
        assert [setting.symbol for setting in board.zephyr.settings] == ["PICOLIBC"]


def test_extensions_of_riscv_from_kconfig_and_an_fpu_only_with_them() -> None:
    symbols = frozenset({"RISCV", "CPU_HAS_FPU", "RISCV_ISA_RV32I", "RISCV_ISA_EXT_M", "RISCV_ISA_EXT_C"})
    ram = node("/memory@80000000", registers=[(0x8000_0000, 64 << 10)])
    core = derived(ram, chosen={"zephyr,sram": ram.path}, symbols=symbols).core
    assert (core.cpu, core.fpu) == ("rv32imc", "none")
    more = symbols | {"RISCV_ISA_EXT_F"}
    assert derived(ram, chosen={"zephyr,sram": ram.path}, symbols=more).core.fpu == "single"


@pytest.mark.parametrize(
    ("compatible", "symbols", "cpu", "fpu", "dsp"),
    [
        ("arm,cortex-m0", {"CPU_CORTEX_M0"}, "cortex-m0", "none", False),
        ("arm,cortex-m0+", {"CPU_CORTEX_M0PLUS"}, "cortex-m0plus", "none", False),
        ("arm,cortex-m4f", {"CPU_HAS_FPU"}, "cortex-m4", "single", True),
        ("arm,cortex-m33", {"ARMV8_M_DSP"}, "cortex-m33", "none", True),
        ("arm,cortex-m7", {"CPU_HAS_FPU_DOUBLE_PRECISION"}, "cortex-m7", "double", True),
    ],
)
def test_cores(compatible: str, symbols: set[str], cpu: str, fpu: str, dsp: bool) -> None:
    core = derived(node("/cpus/cpu@0", compatible), FLASH, SRAM, symbols=frozenset({"ARM", *symbols})).core
    assert (core.cpu, core.fpu, core.dsp) == (cpu, fpu, dsp)


def test_the_core_of_the_target_out_of_several() -> None:
    cores = (node("/cpus/cpu@0", "arm,cortex-m7"), node("/cpus/cpu@1", "arm,cortex-m4f"))
    symbols = frozenset({"ARM", "CPU_CORTEX_M4"})
    assert derived(*cores, FLASH, SRAM, symbols=symbols).core.cpu == "cortex-m4"


@pytest.mark.parametrize(
    ("more", "timer_hz", "clock_hz", "source"),
    [
        (
            [node("/cpus/cpu@0", "arm,cortex-m4", clock_frequency=80_000_000), RCC],
            None,
            80_000_000,
            "of /cpus",
        ),
        ([node("/clocks/s", labels=["sysclk"], clock_frequency=25_000_000)], 32768, 25_000_000, "of &sysclk"),
        ([], 12_000_000, 12_000_000, "assumed: the rate of Zephyr's system timer"),
        # A real-time clock is the system timer of some parts.
        ([], 32768, 64_000_000, "assumed: usual for a cortex-m4"),
        ([], None, 64_000_000, "assumed: usual for a cortex-m4"),
    ],
)
def test_clocks(more: list[DevicetreeNode], timer_hz: int | None, clock_hz: int, source: str) -> None:
    nodes = (node("/cpus/cpu@0", "arm,cortex-m4"), *more, FLASH, SRAM)
    assert derived(*nodes, timer_hz=timer_hz).core.clock_hz == clock_hz
    assert source in board_file(zephyr_board(*nodes, timer_hz=timer_hz))


def test_how_zephyr_runs_and_flashes_it() -> None:
    arguments = ("-cpu", "cortex-m3", "-machine", "mps2-an385", "-nographic", "-vga", "none")
    board = derived(*USUAL, qemu="arm", qemu_arguments=arguments, runners=("jlink", "renode", "openocd"))
    assert board.run is not None and board.run.qemu is not None
    assert (board.run.qemu.binary, board.run.qemu.machine) == ("qemu-system-arm", "mps2-an385")
    assert board.run.qemu.arguments == ("-cpu", "cortex-m3", "-vga", "none")
    assert board.probe is not None and board.probe.runners == ("jlink", "openocd")


@pytest.mark.parametrize(
    ("qemu", "arguments"),
    [
        ("arm", ("-machine", "x", "-device", "loader,file=/etc/passwd")),
        ("arm", ("-machine", "x,readonly=on")),
        ("arm", ("-nographic",)),
        ("sparc", ("-machine", "x")),
        ("", ()),
    ],
)
def test_what_a_board_file_may_not_run_is_left_out(qemu: str, arguments: tuple[str, ...]) -> None:
    assert derived(*USUAL, qemu=qemu, qemu_arguments=arguments).run is None


def test_the_code_partition_is_reported_and_not_taken_for_all_flash() -> None:
    partition = node("/soc/flash@8000000/partitions/partition@c000", registers=[(0xC000, 0x77000)])
    chosen = CHOSEN | {"zephyr,code-partition": partition.path}
    assert derived(*USUAL, partition, chosen=chosen).region("flash").size_bytes == 1 << 20
    assert "487424 from 0x0800c000" in board_file(zephyr_board(*USUAL, partition, chosen=chosen))


def test_names_of_files() -> None:
    assert file_name_of("mps3/corstone300/an547") == "mps3_corstone300_an547"
    assert file_name_of("96b_carbon") == "board_96b_carbon"
    assert file_name_of("hifive1@B") == "hifive1_b"


@pytest.mark.parametrize(
    ("nodes", "symbols", "what"),
    [
        ((node("/cpus/cpu@0", "arm,cortex-a53"), SRAM), {"ARM64"}, "neither a Cortex-M nor a 32-bit RISC-V"),
        (
            (node("/cpus/cpu@0", riscv__isa="rv64gc"), SRAM),
            {"RISCV"},
            "neither a Cortex-M nor a 32-bit RISC-V",
        ),
        ((CPU, FLASH), {"ARM"}, "its devicetree chooses no RAM"),
    ],
)
def test_boards_that_can_not_be_derived(nodes: Any, symbols: set[str], what: str) -> None:
    with pytest.raises(BoardError) as caught:
        derived(*nodes, symbols=frozenset(symbols))
    assert what in caught.value.what and caught.value.where == "nucleo" and caught.value.hint


def test_what_zephyr_takes_as_measured_in_a_build() -> None:
    text = board_file(zephyr_board(*USUAL), {"sram": 4864})
    assert "system_bytes: {zephyr: 4864}    # measured in a build" in text
    board = parse_board(text, "derived")
    assert board.region("sram").system_bytes == {"zephyr": 4864}
    assert board.region("flash").system_bytes == {"zephyr": 20480}
