"""What FreeRTOS asks of an application beyond the model: port files, memory lay-out, manifest, settings."""

from __future__ import annotations

from generator.errors import BoardError
from generator.model.board import Board, Core
from generator.model.freertos import (
    ConfigSetting,
    FreeRtosApplication,
    FreeRtosSupport,
    PoolSection,
    PortDriver,
    Repository,
)
from generator.model.options import FREERTOS
from generator.model.project import PoolBuffer

KERNEL = Repository("FreeRTOS-Kernel", "FreeRTOS/FreeRTOS-Kernel", "V11.3.0")
CMSIS_CORE = Repository("CMSIS_6", "ARM-software/CMSIS_6", "v6.3.0")
CMSIS_NN = Repository("CMSIS-NN", "ARM-software/CMSIS-NN", "v7.0.0")

#: of the stack that reset, interrupts and the fault printer use
MAIN_STACK_BYTES = 2048
_ALWAYS = ("mlf_fault.c", "mlf_libc.c", "mlf_port.c", "mlf_port.h", "mlf_port_internal.h")
_HEADERS = {"console_stm32_usart": ("stm32_gpio.h",), "sdram_stm32f7": ("stm32_gpio.h",)}
_CORE_DEVICE = "cortex_m_device.h"
_HOST_DRIVEN = ("mlf_rpc_uart.c", "mlf_rpc_uart.h")
_FPUS = {"single": "fpv5-sp-d16", "double": "fpv5-d16"}
_OLDER_FPUS = {"cortex-m4": "fpv4-sp-d16"}


def support_of(board: Board) -> FreeRtosSupport:
    if board.freertos is None:
        raise BoardError(
            f"board '{board.name}' can't be used with {FREERTOS}",
            hint=f"add a '{FREERTOS}' section to its board file",
        )
    return board.freertos


def freertos_application(
    board: Board, buffers: tuple[PoolBuffer, ...], *, uses_cmsis_nn: bool, host_driven: bool = False
) -> FreeRtosApplication:
    """buffers: the application's. BoardError when the board's pools can't be laid out by a linker script."""
    support = support_of(board)
    used = {buffer.region for buffer in buffers}
    drivers = tuple(d for d in support.drivers if d.region is None or d.region in used)
    idle = {d.region for d in support.drivers if d.region is not None} - used
    device = support.device
    repositories = [KERNEL, CMSIS_CORE]
    if device is not None:
        repositories.append(Repository(device.repository.split("/")[1], device.repository, device.revision))
    if uses_cmsis_nn:
        repositories.append(CMSIS_NN)
    return FreeRtosApplication(
        compiler_flags=compiler_flags(board.core),
        core_header=f"core_c{board.core.cpu.removeprefix('cortex-')}.h",
        kernel_port=support.kernel_port,
        device=device,
        repositories=tuple(repositories),
        code_region=board.pool(board.constant_pool).region,
        data_region=board.pool(board.io_pool).region,
        main_stack_bytes=MAIN_STACK_BYTES,
        sections=tuple(s for s in pool_sections(board) if s.region not in idle),
        constants=_constants(board, support, drivers),
        port_files=_port_files(support, drivers, host_driven=host_driven),
        starts=tuple(f"mlf_{driver.name}_start" for driver in drivers if driver.kind != "startup"),
        settings=_settings(board, support),
    )


def compiler_flags(core: Core) -> tuple[str, ...]:
    """GCC's, for code of any file. A wrong FPU links and then faults at run time."""
    flags = (f"-mcpu={core.cpu}", "-mthumb")
    if core.fpu == "none":
        return (*flags, "-mfloat-abi=soft")
    return (*flags, f"-mfpu={_OLDER_FPUS.get(core.cpu, _FPUS[core.fpu])}", "-mfloat-abi=hard")


def pool_sections(board: Board) -> tuple[PoolSection, ...]:
    """The sections of the board's writable pools, in board order, each once."""
    sections: dict[str, PoolSection] = {}
    data_region = board.pool(board.io_pool).region
    for pool in board.pools:
        placement = pool.placements.get(FREERTOS)
        if placement is None or not board.region(pool.region).writable:
            continue
        if placement.section is None:
            if pool.region != data_region:
                raise BoardError(
                    f"pool '{pool.name}' has no section, so its buffers would go to '{data_region}'",
                    where=board.name,
                    hint=f"add '{FREERTOS}: {{section: .{pool.name}}}' to it",
                )
            continue
        section = PoolSection(placement.section, pool.region, pool.alignment_bytes)
        before = sections.setdefault(section.name, section)
        if before.region != section.region:
            raise BoardError(
                f"section '{section.name}' can't be in '{before.region}' and in '{section.region}'",
                where=board.name,
                hint="give each pool a section of its own",
            )
    return tuple(sections.values())


def _constants(
    board: Board, support: FreeRtosSupport, drivers: tuple[PortDriver, ...]
) -> tuple[tuple[str, str], ...]:
    constants = [
        ("MLF_CPU_HZ", f"{board.core.clock_hz}U"),
        ("MLF_PRIORITY_BITS", f"{support.priority_bits}U"),
        ("MLF_HAS_FPU", "0U" if board.core.fpu == "none" else "1U"),
    ]
    for driver in drivers:
        constants += driver.constants
        if driver.region is not None:
            region = board.region(driver.region)
            name = driver.name.upper()
            constants.append((f"MLF_{name}_BASE", f"0x{region.base:08X}U"))
            constants.append((f"MLF_{name}_SIZE_BYTES", f"{region.size_bytes}U"))
    return tuple(constants)


def _port_files(
    support: FreeRtosSupport, drivers: tuple[PortDriver, ...], *, host_driven: bool
) -> tuple[str, ...]:
    files = {*_ALWAYS, *(f"{driver.name}.c" for driver in drivers)}
    files |= {header for driver in drivers for header in _HEADERS.get(driver.name, ())}
    if support.device is None:
        files.add(_CORE_DEVICE)
    if host_driven:
        files |= {*_HOST_DRIVEN, *(f"{d.name}_receive.c" for d in drivers if d.kind == "console")}
    return tuple(sorted(files))


def _settings(board: Board, support: FreeRtosSupport) -> tuple[ConfigSetting, ...]:
    # Bit 0 must stay clear where all eight bits exist: the last one is always a sub-priority.
    highest = 5 << max(8 - support.priority_bits, 4)
    return (
        ConfigSetting("configCPU_CLOCK_HZ", f"{board.core.clock_hz}U", "what the clock set-up makes of it"),
        ConfigSetting("configPRIO_BITS", f"{support.priority_bits}U", "implemented by this part"),
        ConfigSetting(
            "configMAX_SYSCALL_INTERRUPT_PRIORITY",
            f"0x{highest & 0xFF:02X}U",
            "interrupts that call the kernel must have this value or a larger one (less urgent)",
        ),
    )
