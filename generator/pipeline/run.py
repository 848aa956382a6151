"""Run an application's image on whatever its board says can run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from generator.errors import BoardError, RunError
from generator.pipeline.build import BUILD_FOLDER, image_path
from generator.pipeline.firmware import Firmware, load_firmware
from generator.readers.fields import Fields
from generator.toolchain.console import RunResult
from generator.toolchain.emulators import QemuMachine, run_native, run_qemu
from generator.toolchain.runner import ProgramStarter

END_MARKER = "mlf: end, "
EMULATORS = ("qemu", "native", "virtual")


def run(
    app: Path,
    *,
    starter: ProgramStarter,
    env: Mapping[str, str],
    build_folder: Path | None = None,
    end_marker: str | None = END_MARKER,
    timeout_s: float = 60.0,
    on_line: Callable[[str], None] | None = None,
) -> RunResult:
    """Runs until end_marker, the program's end, or the timeout. BoardError when nothing runs this board."""
    firmware = load_firmware(app)
    image = image_path(firmware, build_folder or app / BUILD_FOLDER)
    return run_image(
        firmware, image, starter=starter, env=env, end_marker=end_marker, timeout_s=timeout_s, on_line=on_line
    )


def run_image(
    firmware: Firmware,
    image: Path,
    *,
    starter: ProgramStarter,
    env: Mapping[str, str],
    end_marker: str | None,
    timeout_s: float,
    on_line: Callable[[str], None] | None,
) -> RunResult:
    if firmware.run is None:
        raise BoardError(
            f"nothing here runs images for board '{firmware.board}'",
            hint="flash it (west flash), or add a 'run' section to the board file; docs/boards.md tells how",
        )
    fields = Fields(firmware.run, error=BoardError, where=firmware.board, path="run")
    emulator = fields.choice("emulator", EMULATORS)
    if emulator == "qemu":
        machine = QemuMachine(fields.text("binary"), fields.text("machine"), fields.texts("arguments"))
        fields.done()
        return run_qemu(
            machine, image, starter=starter, env=env, end_marker=end_marker, timeout_s=timeout_s, on_line=on_line
        )
    if emulator == "native":
        fields.done()
        return run_native(
            image, starter=starter, env=env, end_marker=end_marker, timeout_s=timeout_s, on_line=on_line
        )
    from generator.pipeline.run_virtual import run_virtual

    return run_virtual(firmware, image, end_marker=end_marker, timeout_s=timeout_s, on_line=on_line)


def explain_end(result: RunResult) -> None:
    """RunError when the firmware did not come to its end marker."""
    if result.ended_by == "marker":
        return
    last = [line for line in result.text.splitlines() if line.strip()][-3:]
    said = "; it last said: " + " | ".join(last) if last else "; it printed nothing"
    words = {
        "timeout": "did not end in time",
        "exit": "ended before its end marker",
        "flood": "prints without end",
    }
    raise RunError(
        f"the firmware {words[result.ended_by]}{said}",
        hint="a larger --timeout helps a slow model; a fault message above names the cause",
    )
