"""What an RTOS itself takes of a board's memories, measured in a build."""

from __future__ import annotations

import shlex
from pathlib import Path

from generator.errors import UsageError
from generator.model.board import Board
from generator.model.options import DEFAULT_STACK_BYTES, ZEPHYR
from generator.pipeline.build import BUILD_FOLDER, check_image, image_path
from generator.pipeline.firmware import load_firmware
from generator.pipeline.kept_options import load_options

#: leaves a little more for the next build
_ROUNDED_TO_BYTES = 256


def measure_system(app: Path, board: Board) -> dict[str, int]:
    """Region of variables -> bytes there of a built application that are neither buffers nor its stack, rounded up.

    Empty where the RAM holds the code as well: a model's code and weights can't be separated from Zephyr's there.
    board: what the application must be for, though it may call the regions by other names. UsageError for another
    one, and without an image.
    """
    firmware = load_firmware(app)
    target = board.zephyr.target if board.zephyr is not None else board.name
    if firmware.rtos != ZEPHYR or firmware.zephyr_target != target:
        raise UsageError(
            f"the application is for '{firmware.zephyr_target or firmware.board}', not for '{target}'",
            where=str(app),
            hint=f"use an application generated with --rtos {ZEPHYR} --board {ZEPHYR}:{target}",
        )
    image = image_path(firmware, app / BUILD_FOLDER)
    if not image.is_file():
        raise UsageError(
            "the application has not been built", where=str(app), hint=f"mlfgen build {shlex.quote(str(app))}"
        )
    stack = (load_options(app) or {}).get("stack_bytes", DEFAULT_STACK_BYTES)
    base = board.region(board.data_region).base
    found = next((region for region in firmware.regions if region.base == base), None)
    if board.data_region == board.code_region or found is None:
        return {}
    used = check_image(firmware, image)[found.name].total_bytes
    held = sum(buffer.size_bytes for buffer in firmware.buffers if buffer.region == found.name)
    own = max(1, used - held - stack)
    return {board.data_region: -(-own // _ROUNDED_TO_BYTES) * _ROUNDED_TO_BYTES}
