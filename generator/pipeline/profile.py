"""Run an application's image on the virtual microcontroller and measure each operator."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from generator.errors import BoardError, RunError, TargetError
from generator.model.firmware import Firmware
from generator.model.profile import FunctionCount, ModelProfile, profile_of
from generator.model.virtual import VirtualMachine
from generator.pipeline.build import BUILD_FOLDER, image_path
from generator.pipeline.firmware import load_firmware
from generator.pipeline.run import explain_end
from generator.pipeline.run_virtual import profile_virtual
from generator.readers.console import END_MARKER, parse_profile
from generator.toolchain.elf import read_elf


class ProfileRequest(Struct, frozen=True):
    """The request for ``profile``.

    build_folder: where it was built; None for ``build`` in its folder.

    console: what the application printed on its board, built with MLF_PROFILE; None to run it here.
    """

    app: Path
    build_folder: Path | None = None
    console: str | None = None


class ProfileResult(Struct, frozen=True):
    """What was counted.

    unit: what is counted, instructions or cycles. instructions: of the whole run from power-up on, or None.
    """

    board: str
    image: Path
    models: tuple[ModelProfile, ...]
    instructions: int | None
    notes: tuple[str, ...]
    unit: str = "instructions"


def profile(request: ProfileRequest, *, on_line: Callable[[str], None] | None = None) -> ProfileResult:
    """Run an application and measure its operators. on_line: called with each line that the firmware prints.

    Raises TargetError for any other application, BoardError if the board has no virtual
    microcontroller, RunError when the firmware does not run to its end or runs no model.
    """
    firmware = load_firmware(request.app)
    image = image_path(firmware, request.build_folder or request.app / BUILD_FOLDER)
    if request.console is not None:
        counts = _printed_counts(request.console, image)
        return ProfileResult(firmware.board, image, _models(firmware, counts, image), None, (), "cycles")
    machine, budget = _check(firmware, request.app)
    functions = {record.invoke for record in firmware.operators}
    functions |= {operator.function for record in firmware.operators for operator in record.operators}
    result, counts = profile_virtual(
        machine, image, functions, instruction_budget=budget, end_marker=END_MARKER, on_line=on_line
    )
    explain_end(result)
    models = _models(firmware, counts, image)
    return ProfileResult(firmware.board, image, models, result.instructions, result.notes)


def _models(firmware: Firmware, counts: tuple[FunctionCount, ...], image: Path) -> tuple[ModelProfile, ...]:
    models = tuple(profile_of(record, counts) for record in firmware.operators)
    ran = tuple(model for model in models if model.runs)
    if not ran:
        raise RunError(
            "the firmware ran no model",
            where=str(image),
            hint="build recorded inputs into it (mlfgen generate … --golden FILE.npz), or call mlf_run() in main.c",
        )
    return ran


def _printed_counts(console: str, image: Path) -> tuple[FunctionCount, ...]:
    printed = parse_profile(console.replace("\r\n", "\n"))
    if not printed:
        raise RunError(
            "the console output contains no profile",
            hint="build with -D MLF_PROFILE=ON (Zephyr: -D CONFIG_MLF_PROFILE=y), run the image on the board, and "
            "record its output with mlfgen monitor APP",
        )
    names = {
        symbol.address & ~1: name.partition(".")[0]
        for name, symbols in read_elf(image).symbols.items()
        for symbol in symbols
        if symbol.function
    }
    unknown = [row for row in printed if row.address & ~1 not in names]
    if unknown:
        raise RunError(
            f"the profile has an entry for 0x{unknown[0].address:08x}, where the image has no function",
            where=str(image),
            hint="check that this is the image that was flashed",
        )
    return tuple(FunctionCount(names[row.address & ~1], row.calls, row.cycles) for row in printed)


def _check(firmware: Firmware, app: Path) -> tuple[VirtualMachine, int]:
    """The machine and its instruction budget."""
    if firmware.host_driven:
        raise TargetError(
            "this application does not run by itself: it is host-driven",
            where=str(app),
            hint=f"to time it: mlfgen session {shlex.quote(str(app))} --runs 10",
        )
    if firmware.run is None or firmware.run.virtual is None:
        raise BoardError(
            "this board has no virtual microcontroller to count instructions on",
            where=firmware.board,
            hint="generate for a board that has one (`mlfgen boards` lists them), or measure cycles on the board: "
            "build with -D MLF_PROFILE=ON and use --console",
        )
    return firmware.run.virtual, firmware.run.instruction_budget
