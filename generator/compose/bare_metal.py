"""Bare metal: the port alone. The models run on the stack of reset and interrupts."""

from __future__ import annotations

from generator.compose.port import CMSIS_NN, MAIN_STACK_BYTES, port_application
from generator.model.board import Board
from generator.model.port import PortApplication


def bare_metal_application(
    board: Board,
    regions: frozenset[str],
    *,
    stack_bytes: int,
    uses_cmsis_nn: bool,
    host_driven: bool,
) -> PortApplication:
    """What a bare-metal application consists of besides its models.

    regions: memories that hold something of the models.

    BoardError when the board's pools can't be laid out by a linker script.
    """
    kernel_files = ("none/mlf_kernel.c",)
    return port_application(
        board,
        regions,
        repositories=(CMSIS_NN,) if uses_cmsis_nn else (),
        main_stack_bytes=MAIN_STACK_BYTES + stack_bytes,
        kernel_files=(*kernel_files, "none/mlf_rpc_wait.c") if host_driven else kernel_files,
        host_driven=host_driven,
    )
