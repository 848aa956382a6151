"""Run an application's image on whatever its board says can run it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec.structs import replace

from generator.errors import BoardError, RunError, TargetError
from generator.model.running import Emulation, RunResult
from generator.pipeline.build import BUILD_FOLDER, image_path, require_own_build
from generator.pipeline.firmware import load_firmware
from generator.readers.console import END_MARKER
from generator.toolchain.emulators import run_native, run_qemu
from generator.toolchain.image_age import newer_source
from generator.toolchain.runner import ProgramStarter


def run(
    app: Path,
    *,
    starter: ProgramStarter,
    env: Mapping[str, str],
    build_folder: Path | None = None,
    other_image: Path | None = None,
    just_built: bool = False,
    end_marker: str | None = END_MARKER,
    timeout_s: float = 60.0,
    on_line: Callable[[str], None] | None = None,
    gdb_port: int | None = None,
    on_listen: Callable[[int, Path], None] = lambda port, image: None,
) -> RunResult:
    """Runs until end_marker, the program's end, or the timeout.

    other_image: of the application, in place of the one in build_folder. just_built: by the caller, with ``build``.
    gdb_port: a debugger runs the image instead, until it leaves; 0 for any free port of this computer.
    on_listen: called with the port and the image as soon as a debugger may connect.

    Raises BoardError when nothing runs this board, or not under a debugger, and TargetError for what does
    nothing without a host, and for a program for this computer that was not built on it.
    """
    firmware = load_firmware(app)
    if firmware.host_driven:
        raise TargetError(
            "this application does not run by itself: it is host-driven",
            where=str(app),
            hint=f"mlfgen session {shlex.quote(str(app))}",
        )
    folder = build_folder or app / BUILD_FOLDER
    image = other_image or image_path(firmware, folder)
    if firmware.run is None:
        raise BoardError(
            f"board '{firmware.board}' has no emulator",
            hint=f"run it on the board with `mlfgen flash {shlex.quote(str(app))}`, or add a 'run' section to the "
            "board file (docs/boards.md)",
        )
    emulation = firmware.run
    if other_image is not None and not image.is_file():
        raise TargetError("there is no such image", where=str(image), hint="build it first")
    newer = newer_source(app, image)
    rebuild = f"mlfgen build {shlex.quote(str(app))}"
    notes = (
        (f"the image is older than {newer}{'' if other_image else f'; to rebuild it: {rebuild}'}",)
        if newer
        else ()
    )
    if gdb_port is not None:
        result = _debug(emulation, firmware.board, image, gdb_port, on_listen, on_line)
    elif emulation.virtual is not None:
        from generator.pipeline.run_virtual import run_virtual

        result = run_virtual(
            emulation.virtual,
            image,
            instruction_budget=emulation.instruction_budget,
            end_marker=end_marker,
            on_line=on_line,
        )
    elif emulation.qemu is not None:
        result = run_qemu(
            emulation.qemu,
            image,
            starter=starter,
            env=env,
            end_marker=end_marker,
            timeout_s=timeout_s,
            on_line=on_line,
        )
    else:
        if image.is_file() and not just_built and other_image is None:
            require_own_build(app, image, folder, env)
        result = run_native(
            image, starter=starter, env=env, end_marker=end_marker, timeout_s=timeout_s, on_line=on_line
        )
    return replace(result, notes=notes + result.notes)


def _debug(
    emulation: Emulation,
    board: str,
    image: Path,
    port: int,
    on_listen: Callable[[int, Path], None],
    on_line: Callable[[str], None] | None,
) -> RunResult:
    if emulation.virtual is None:
        raise BoardError(
            f"--gdb needs the virtual microcontroller, but this board's emulator is '{emulation.emulator}'",
            where=board,
            hint="describe a virtual microcontroller in the board file's 'run' section ('emulator: virtual'; "
            "docs/virtual-mcu.md)",
        )
    from generator.pipeline.run_virtual import debug_virtual

    return debug_virtual(
        emulation.virtual,
        image,
        port=port,
        on_listen=lambda chosen: on_listen(chosen, image),
        on_line=on_line,
    )


def explain_end(result: RunResult) -> None:
    """Raise RunError, with the last output, if the firmware did not reach its end marker."""
    if result.ended_by == "marker":
        return
    last = [line for line in result.text.splitlines() if line.strip()][-3:]
    said = "; its last output was: " + " | ".join(last) if last else "; it printed nothing"
    raise RunError(
        f"the firmware {_ENDINGS[result.ended_by]}{said}",
        hint="look for a fault message above; if the model is slow, give a longer --timeout",
    )


_ENDINGS = {
    "timeout": "did not finish in time",
    "exit": "exited before it printed its end marker",
    "flood": "was stopped because it printed too much",
    "budget": "was stopped at its instruction budget",
    "reset": "reset the core",
    "asleep": "sleeps, and no interrupt can wake it",
    "closed": "was stopped",
}
