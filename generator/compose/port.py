"""Applications that bring their board up themselves: port files, memory lay-out, compiler flags."""

from __future__ import annotations

from msgspec.structs import replace

from generator.errors import BoardError
from generator.model.board import Board, Core
from generator.model.options import NONE
from generator.model.port import PoolSection, PortApplication, PortDriver, PortSupport, Repository

CMSIS_NN = Repository("CMSIS-NN", "ARM-software/CMSIS-NN", "v7.0.0")

#: of the stack that reset, interrupts and the fault printer use
MAIN_STACK_BYTES = 2048
#: folder below ``runtime/port``
SHARED = "cortex_m"
_ALWAYS = (
    "cortex_m.h",
    "mlf_fault.c",
    "mlf_libc.c",
    "mlf_port.c",
    "mlf_port.h",
    "mlf_port_internal.h",
    "mlf_startup.c",
)
_HEADERS = dict.fromkeys(
    ("clock_stm32f7", "console_stm32_usart", "quadspi_stm32f7", "sdram_stm32f7"), ("stm32f7.h",)
)
_FPUS = {"single": "fpv5-sp-d16", "double": "fpv5-d16"}
_OLDER_FPUS = {"cortex-m4": "fpv4-sp-d16"}


def port_of(board: Board) -> PortSupport:
    """The board's ``port`` section. Raises BoardError if it has none."""
    if board.port is None:
        raise BoardError(
            f"board '{board.name}' has no 'port' section, which FreeRTOS and bare metal need",
            hint="add a 'port' section to its board file (docs/boards.md)",
        )
    return board.port


def console_of(board: Board) -> PortDriver:
    """The driver of the console; the reader has seen to it that there is one."""
    return next(driver for driver in port_of(board).drivers if driver.kind == "console")


def port_application(
    board: Board,
    regions: frozenset[str],
    *,
    repositories: tuple[Repository, ...],
    main_stack_bytes: int,
    kernel_files: tuple[str, ...],
    host_driven: bool,
) -> PortApplication:
    """What an application contains of mlfgen's port, for its board and its memories.

    regions: memories that hold something of the models.

    kernel_files: below ``runtime/port``, what stands for the kernel.

    BoardError when the board's pools can't be laid out by a linker script.
    """
    support = port_of(board)
    drivers = tuple(d for d in support.drivers if d.region is None or d.region in regions)
    idle = {d.region for d in support.drivers if d.region is not None} - regions
    files = {f"{SHARED}/{name}" for name in _port_files(drivers, host_driven=host_driven)}
    return PortApplication(
        compiler_flags=compiler_flags(board.core),
        repositories=repositories,
        code_region=board.code_region,
        data_region=board.data_region,
        main_stack_bytes=main_stack_bytes,
        sections=tuple(s for s in pool_sections(board) if s.region not in idle),
        constants=driver_constants(board, drivers),
        files=tuple(sorted({*files, *kernel_files})),
        starts=driver_starts(drivers),
        interrupts=support.interrupts,
    )


def compiler_flags(core: Core) -> tuple[str, ...]:
    """GCC's, for code of any file. A wrong FPU links and then faults at run time."""
    flags = (f"-mcpu={core.cpu}", "-mthumb")
    if core.fpu == "none":
        return (*flags, "-mfloat-abi=soft")
    return (*flags, f"-mfpu={_OLDER_FPUS.get(core.cpu, _FPUS[core.fpu])}", "-mfloat-abi=hard")


def pool_sections(board: Board) -> tuple[PoolSection, ...]:
    """The sections of the board's pools, in board order, each once.

    Raises BoardError for a pool without a section of its own that lies elsewhere than ordinary data or constants.
    """
    sections: dict[str, PoolSection] = {}
    for pool in board.pools:
        placement = pool.placements.get(NONE)
        if placement is None:
            continue
        stored = not board.region(pool.region).writable
        if placement.section is None:
            ordinary = board.code_region if stored else board.data_region
            if pool.region != ordinary:
                raise BoardError(
                    f"pool '{pool.name}' has no section, so its buffers would go to '{ordinary}'",
                    where=board.name,
                    hint=f"add 'port: {{section: .{pool.name}}}' to it",
                )
            continue
        section = PoolSection(placement.section, pool.region, pool.alignment_bytes, stored, (pool.name,))
        before = sections.setdefault(section.name, section)
        if before is not section and before.region == section.region:
            sections[section.name] = replace(before, pools=(*before.pools, pool.name))
        if before.region != section.region:
            raise BoardError(
                f"section '{section.name}' can't be in '{before.region}' and in '{section.region}'",
                where=board.name,
                hint="give each pool a section of its own",
            )
    return tuple(sections.values())


def driver_starts(drivers: tuple[PortDriver, ...]) -> tuple[str, ...]:
    """C functions that start the drivers, in order."""
    return tuple(f"mlf_{driver.name}_start" for driver in drivers)


def driver_constants(board: Board, drivers: tuple[PortDriver, ...]) -> tuple[tuple[str, str], ...]:
    """(name, C constant) of the core's figures and of the drivers'."""
    constants = [
        ("MLF_CPU_HZ", f"{board.core.clock_hz}U"),
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


def driver_files(drivers: tuple[PortDriver, ...]) -> set[str]:
    """The drivers' own, below ``runtime/port/cortex_m``."""
    headers = {header for driver in drivers for header in _HEADERS.get(driver.name, ())}
    return {"mlf_driver.h", *headers, *(f"{driver.name}.c" for driver in drivers)}


def _port_files(drivers: tuple[PortDriver, ...], *, host_driven: bool) -> set[str]:
    files = {*_ALWAYS, *driver_files(drivers)}
    if not host_driven:
        return files | {"mlf_print_console.c"}
    receivers = {f"{driver.name}_receive.c" for driver in drivers if driver.kind == "console"}
    return files | receivers | {"mlf_rpc_uart.c", "mlf_rpc_uart.h"}
