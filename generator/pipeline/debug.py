"""Start an application under GDB: on its board, or on the virtual microcontroller."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from generator.errors import BoardError, RunError
from generator.model.firmware import Firmware
from generator.pipeline.build import BUILD_FOLDER, image_path, require_own_build
from generator.pipeline.firmware import load_firmware
from generator.pipeline.run_virtual import debug_virtual
from generator.toolchain import west
from generator.toolchain.debugger import TerminalRunner, find_debugger, gdb_argv, openocd_commands, which_in
from generator.toolchain.flash import check_serial_number

_OPENOCD = "openocd"
_END_S = 5.0


class DebugRequest(Struct, frozen=True):
    """The request for ``debug``.

    emulator: on the virtual microcontroller, though a probe could reach a board. gdb: a program, or None.

    runner: Zephyr's, for its applications; None for the board's first. load: write the image into the board.
    """

    app: Path
    build_folder: Path | None = None
    emulator: bool = False
    gdb: str | None = None
    runner: str | None = None
    serial_number: str | None = None
    load: bool = True


def debug(
    request: DebugRequest,
    *,
    terminal: TerminalRunner,
    env: Mapping[str, str],
    on_line: Callable[[str], None] | None = None,
) -> int:
    """Start the debugger; returns its exit code.

    on_line: called with what the firmware prints on the virtual microcontroller.
    Raises BoardError when the board has nothing to debug it with, TargetError for a build made elsewhere that could
    choose which programs are started, RunError when there is no image.
    """
    check_serial_number(request.serial_number)
    firmware = load_firmware(request.app)
    folder = (request.build_folder or request.app / BUILD_FOLDER).absolute()
    image = image_path(firmware, folder)
    if not image.is_file():
        raise RunError(
            "the image does not exist",
            where=str(image),
            hint=f"build it first: mlfgen build {shlex.quote(str(request.app))}",
        )
    runners = firmware.probe.runners if firmware.probe is not None else ()
    if not request.emulator and firmware.zephyr_target and runners:
        return _west_debug(request, folder, image, request.runner or runners[0], terminal, env)
    if not request.emulator and _OPENOCD in runners and firmware.probe is not None:
        gdb = find_debugger(request.gdb, which_in(env))
        commands = openocd_commands(
            firmware.probe.openocd_config, folder / "openocd.log", request.serial_number, load=request.load
        )
        # Where OpenOCD looks for a script first: no folder that a project brings.
        return terminal.run(gdb_argv(gdb, image, commands), Path(folder.anchor), env)
    return _on_virtual(request, firmware, image, terminal, env, on_line)


def _west_debug(
    request: DebugRequest,
    folder: Path,
    image: Path,
    runner: str,
    terminal: TerminalRunner,
    env: Mapping[str, str],
) -> int:
    require_own_build(request.app, image, folder, env)
    workspace = west.find_workspace(request.app, env)
    argv = west.debug_argv(folder, runner)
    if request.serial_number is not None:
        argv = (*argv, "--dev-id", request.serial_number)
    return terminal.run(argv, workspace.topdir, west.build_environment(workspace, env))


def _on_virtual(
    request: DebugRequest,
    firmware: Firmware,
    image: Path,
    terminal: TerminalRunner,
    env: Mapping[str, str],
    on_line: Callable[[str], None] | None,
) -> int:
    if firmware.run is None or firmware.run.virtual is None:
        raise BoardError(
            "this board has neither OpenOCD as a runner nor a virtual microcontroller",
            where=firmware.board,
            hint="in the board file, add openocd to 'runners' in the 'probe' section, or a 'run' section with "
            "'emulator: virtual' (docs/boards.md)",
        )
    machine = firmware.run.virtual
    gdb = find_debugger(request.gdb, which_in(env))
    listening = threading.Event()
    ports: list[int] = []
    failures: list[BaseException] = []

    def on_listen(port: int) -> None:
        ports.append(port)
        listening.set()

    def serve() -> None:
        try:
            debug_virtual(machine, image, port=0, on_listen=on_listen, on_line=on_line)
        except BaseException as error:
            failures.append(error)
        listening.set()

    server = threading.Thread(target=serve, name="GDB server", daemon=True)
    server.start()
    listening.wait()
    if failures:
        raise failures[0]
    code = terminal.run(gdb_argv(gdb, image, (f"target remote :{ports[0]}",)), Path.cwd(), env)
    server.join(_END_S)
    if failures:
        raise failures[0]
    return code
