"""The whole route, and the only place that knows it.

archive -> model -> memory plan -> project -> files -> build -> run -> verdict
"""

from __future__ import annotations

from generator.pipeline.generate import (
    GenerateRequest,
    GenerateResult,
    board_names,
    compose_request,
    find_board,
    generate,
    inspect,
    load_archives,
)

__all__ = [
    "GenerateRequest",
    "GenerateResult",
    "board_names",
    "compose_request",
    "find_board",
    "generate",
    "inspect",
    "load_archives",
]
