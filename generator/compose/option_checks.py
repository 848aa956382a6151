"""Options that no model is needed to check."""

from __future__ import annotations

from generator.errors import UsageError
from generator.model.board import Board

MIN_STACK_BYTES = 1024


def check_stack(stack_bytes: int) -> None:
    """UsageError for a size that ``--stack-bytes`` may not have."""
    if stack_bytes < MIN_STACK_BYTES or stack_bytes % 8:
        raise UsageError(
            f"--stack-bytes {stack_bytes} is not allowed",
            hint=f"give a multiple of 8, at least {MIN_STACK_BYTES}",
        )


def check_region(board: Board, region: str) -> None:
    """UsageError for a region of ``--reserve`` that the board does not have."""
    if region not in {r.name for r in board.regions}:
        raise UsageError(
            f"--reserve {region}=…: board '{board.name}' has no region '{region}'",
            hint="its regions: " + ", ".join(r.name for r in board.regions),
        )
