"""Run an application's image on the virtual microcontroller, and tell what each operator took."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from generator.errors import BoardError, RunError, TargetError
from generator.model.firmware import Firmware
from generator.model.profile import ModelProfile, profile_of
from generator.model.virtual import VirtualMachine
from generator.pipeline.build import BUILD_FOLDER, image_path
from generator.pipeline.firmware import load_firmware
from generator.pipeline.run import explain_end
from generator.pipeline.run_virtual import profile_virtual
from generator.readers.console import END_MARKER


@dataclass(frozen=True)
class ProfileRequest:
    """build_folder: where it was built; None for ``build`` in its folder."""

    app: Path
    build_folder: Path | None = None


@dataclass(frozen=True)
class ProfileResult:
    """instructions: of the whole run, from power-up on."""

    board: str
    image: Path
    models: tuple[ModelProfile, ...]
    instructions: int
    notes: tuple[str, ...]


def profile(request: ProfileRequest, *, on_line: Callable[[str], None] | None = None) -> ProfileResult:
    """on_line: called with each line that the firmware prints.

    Raises TargetError for what is no such application, BoardError when the board has no virtual
    microcontroller, RunError when the firmware does not run to its end or runs no model.
    """
    firmware = load_firmware(request.app)
    image = image_path(firmware, request.build_folder or request.app / BUILD_FOLDER)
    machine, budget = _check(firmware, request.app)
    functions = {record.invoke for record in firmware.operators}
    functions |= {operator.function for record in firmware.operators for operator in record.operators}
    result, counts = profile_virtual(
        machine, image, functions, instruction_budget=budget, end_marker=END_MARKER, on_line=on_line
    )
    explain_end(result)
    models = tuple(profile_of(record, counts) for record in firmware.operators)
    ran = tuple(model for model in models if model.runs)
    if not ran:
        raise RunError(
            "the firmware runs no model",
            where=str(image),
            hint="give recorded inputs to run: mlfgen generate … --golden FILE.npz; or call mlf_run in main.c",
        )
    return ProfileResult(firmware.board, image, ran, result.instructions or 0, result.notes)


def _check(firmware: Firmware, app: Path) -> tuple[VirtualMachine, int]:
    """The machine and its instruction budget."""
    if firmware.host_driven:
        raise TargetError(
            "this project runs no model by itself: a host calls it",
            where=str(app),
            hint=f"mlfgen session {shlex.quote(str(app))} --runs 10 times its runs",
        )
    if firmware.run is None or firmware.run.virtual is None:
        raise BoardError(
            "only the virtual microcontroller counts instructions, and it does not run this board",
            where=firmware.board,
            hint="give the board file a 'run' section with 'emulator: virtual', or generate for a board that has "
            "one: mlfgen boards",
        )
    return firmware.run.virtual, firmware.run.instruction_budget
