"""What FreeRTOS asks of an application beyond the model: its kernel and its settings."""

from __future__ import annotations

from generator.compose.port import CMSIS_NN, MAIN_STACK_BYTES, port_application
from generator.errors import BoardError
from generator.model.board import Board
from generator.model.options import FREERTOS
from generator.model.port import (
    ConfigSetting,
    FreeRtosApplication,
    FreeRtosSupport,
    PortApplication,
    Repository,
)

KERNEL = Repository("FreeRTOS-Kernel", "FreeRTOS/FreeRTOS-Kernel", "V11.3.0")


def support_of(board: Board) -> FreeRtosSupport:
    """What the board file says for FreeRTOS. Raises BoardError if it says nothing."""
    if board.freertos is None:
        raise BoardError(
            f"board '{board.name}' can't be used with {FREERTOS}",
            hint=f"add a '{FREERTOS}' section to its board file",
        )
    return board.freertos


def freertos_application(
    board: Board, regions: frozenset[str], *, uses_cmsis_nn: bool, host_driven: bool
) -> tuple[PortApplication, FreeRtosApplication]:
    """What a FreeRTOS application consists of besides its models.

    regions: memories that hold something of the models.

    BoardError when the board's pools can't be laid out by a linker script.
    """
    support = support_of(board)
    kernel_files = ("freertos/mlf_kernel.c", "freertos/mlf_kernel.h")
    port = port_application(
        board,
        regions,
        repositories=(KERNEL, CMSIS_NN) if uses_cmsis_nn else (KERNEL,),
        main_stack_bytes=MAIN_STACK_BYTES,
        kernel_files=(*kernel_files, "freertos/mlf_rpc_wait.c") if host_driven else kernel_files,
        host_driven=host_driven,
    )
    return port, FreeRtosApplication(KERNEL, support.kernel_port, _settings(board, support))


def _settings(board: Board, support: FreeRtosSupport) -> tuple[ConfigSetting, ...]:
    # Bit 0 must stay clear where all eight bits exist: the last one is always a sub-priority.
    highest = 5 << max(8 - support.priority_bits, 4)
    return (
        ConfigSetting("configCPU_CLOCK_HZ", f"{board.core.clock_hz}U", "the core's clock after startup"),
        ConfigSetting("configPRIO_BITS", f"{support.priority_bits}U", "implemented by this chip"),
        ConfigSetting(
            "configMAX_SYSCALL_INTERRUPT_PRIORITY",
            f"0x{highest & 0xFF:02X}U",
            "interrupts that call the kernel must have this value or a larger one (less urgent)",
        ),
    )
