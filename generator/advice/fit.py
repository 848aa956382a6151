"""The first fence: does the project fit its board?"""

from __future__ import annotations

from generator.errors import DoesNotFitError
from generator.model.board import Board
from generator.model.options import GenerateOptions
from generator.model.report import MemoryReport
from generator.wording import counted


def check_fits(report: MemoryReport, board: Board, options: GenerateOptions) -> None:
    """Raise DoesNotFitError for the first region that is too small.

    It says how many bytes are short, which pool is the largest there, and what to change.
    """
    for region in report.regions:
        short = -region.free_bytes
        if short <= 0:
            continue
        inside = [line for line in report.pools if line.region == region.name]
        largest = max(inside, key=lambda line: line.size_bytes, default=None)
        # Most projects fit, and each module adds to the start of every command.
        from generator.advice.remedy import remedy

        parts = ", ".join(f"{kind} {size:,}" for kind, size in region.kinds)
        what = (
            f"region '{region.name}' of board '{board.name}' is {counted(short, 'byte')} too small: "
            f"it has {region.size_bytes:,}, but the application needs {region.used_bytes:,} ({parts})"
        )
        where = None if largest is None else f"pool '{largest.name}' ({counted(largest.size_bytes, 'byte')})"
        raise DoesNotFitError(what, where=where, hint=remedy(report, board, options, region))
