"""Write a built image into its board."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from generator.errors import BoardError, RunError
from generator.model.firmware import Firmware
from generator.model.running import Probe
from generator.pipeline.build import BUILD_FOLDER, image_path, require_own_build
from generator.pipeline.firmware import load_firmware
from generator.toolchain import flash as tools
from generator.toolchain import west
from generator.toolchain.image_age import newer_source
from generator.toolchain.runner import CommandRunner

_LOG = logging.getLogger(__name__)
_TIMEOUT_S = 300.0
#: programs that write no external memory as they are called here -> what to do then
_OTHER_RUNNER = {
    "st-flash": "use --runner openocd, whose board script knows the board's other memories",
    "stm32cubeprogrammer": "use --runner openocd, or STM32_Programmer_CLI itself with an external loader (-el)",
}


def flash(
    app: Path,
    *,
    runner: CommandRunner,
    env: Mapping[str, str],
    program: str | None = None,
    serial_number: str | None = None,
    build_folder: Path | None = None,
    on_line: Callable[[str], None] | None = None,
) -> None:
    """Write the image into the board. Zephyr's own ``west flash`` is called for Zephyr's applications.

    program: one of the board's runners, or None for its first.
    Raises BoardError when the board names no program, TargetError for a build made elsewhere that could choose which
    programs are started, RunError when there is no image or writing it fails.
    """
    tools.check_serial_number(serial_number)
    firmware = load_firmware(app)
    folder = (build_folder or app / BUILD_FOLDER).absolute()
    chosen = _program(firmware, program)
    image = image_path(firmware, folder)
    if not image.is_file():
        raise RunError(
            "the image does not exist",
            where=str(image),
            hint=f"build it first: mlfgen build {shlex.quote(str(app))}",
        )
    newer = newer_source(app, image)
    if newer is not None:
        _LOG.warning(
            "the image is older than %s; to rebuild it: mlfgen build %s", newer, shlex.quote(str(app))
        )
    if firmware.zephyr_target and chosen != "st-flash":
        require_own_build(app, image, folder, env)
        workspace = west.find_workspace(app, env)
        argv = west.flash_argv(folder, chosen)
        if serial_number is not None:
            argv = (*argv, "--dev-id", serial_number)
        env, cwd = west.build_environment(workspace, env), workspace.topdir
    else:
        code = min((region.base for region in firmware.regions if not region.writable), default=0)
        if chosen in _OTHER_RUNNER:
            _check_one_memory(firmware, chosen, code)
        found = tools.FlashImage(image.absolute(), image.absolute().with_suffix(".bin"), code)
        argv = tools.flash_argv(chosen, found, firmware.probe or Probe(), firmware.board, serial_number)
        # Where OpenOCD looks for a script first: no folder that a project brings.
        cwd = Path(folder.anchor)
    tools.run_flash(argv, cwd, runner=runner, env=env, on_line=on_line, timeout_s=_TIMEOUT_S)


def _program(firmware: Firmware, program: str | None) -> str:
    runners = firmware.probe.runners if firmware.probe is not None else ()
    if not runners:
        raise BoardError(
            "no program is known that can write images to this board",
            where=firmware.board,
            hint="add a 'probe' section with 'runners' to the board file (docs/boards.md)",
        )
    if program is not None and program not in (*runners, "st-flash"):
        raise BoardError(
            f"'{program}' is not a runner of this board",
            where=firmware.board,
            hint="its runners: " + ", ".join(runners),
        )
    return program or runners[0]


def _check_one_memory(firmware: Firmware, program: str, code_address: int) -> None:
    """BoardError when the image stores constants outside the memory of code, which is all that program writes."""
    stored = [(f"'{buffer.pool}' is", buffer.region) for buffer in firmware.buffers if buffer.stored]
    stored += [("the models' constants are", region) for region in firmware.constant_regions]
    elsewhere = {region.name for region in firmware.regions if region.base != code_address}
    for what, region in stored:
        if region in elsewhere:
            raise BoardError(
                f"{program} writes only the memory of the code, but {what} stored in '{region}'",
                where=firmware.board,
                hint=_OTHER_RUNNER[program],
            )
