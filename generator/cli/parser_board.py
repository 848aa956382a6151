"""The commands that run, profile, flash, debug and listen to a built application."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from generator.cli.parser_parts import add_options, app_argument, common_arguments
from generator.model.options import options_of

#: OpenOCD's, which IDEs expect
_GDB_PORT = 3333


def board_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """add: makes the parser of a command."""
    run = add("run", help="run a built application in its emulator", description="Run a built application.")
    app_argument(run)
    run.add_argument("--build-folder", metavar="FOLDER", help="where it was built (default: APP/build)")
    run.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="default: 60")
    run.add_argument(
        "--gdb",
        nargs="?",
        type=_port,
        const=_GDB_PORT,
        metavar="PORT",
        help="let GDB run it, on the virtual microcontroller, until it leaves "
        f"(default: {_GDB_PORT}; 0 for a free port); write it behind APP, or --gdb=PORT",
    )
    common_arguments(run, json=True)

    profile = add(
        "profile",
        help="say what each operator of a model takes",
        description="Run a built application on the virtual microcontroller, and tell what each operator takes.",
    )
    app_argument(profile)
    profile.add_argument("--build-folder", metavar="FOLDER", help="where it was built (default: APP/build)")
    profile.add_argument(
        "--console",
        metavar="FILE",
        help="take cycles from what a board printed (- for standard input), built with -D MLF_PROFILE=ON",
    )
    profile.add_argument("--svg", metavar="FILE", help="write a picture")
    profile.add_argument("--html", metavar="FILE", help="write the picture with hover and tables")
    common_arguments(profile, json=True)

    flash = add(
        "flash",
        help="write a built application into its board",
        description="Write a built application into its board, with the programs that the board file names.",
    )
    app_argument(flash)
    add_options(flash, [o for o in options_of("flash") if o.name != "transport"])
    flash.add_argument("--build-folder", metavar="FOLDER", help="where it was built (default: APP/build)")
    flash.add_argument("-v", "--verbose", action="store_true", help="show what the program prints")
    common_arguments(flash, json=False)

    debug = add(
        "debug",
        help="start a built application under GDB",
        description="Start GDB on a built application: on its board through OpenOCD or west, or on the virtual "
        "microcontroller.",
    )
    app_argument(debug)
    debug.add_argument(
        "--emulator", action="store_true", help="on the virtual microcontroller, whatever probe the board has"
    )
    debug.add_argument("--gdb", metavar="PROGRAM", help="default: arm-none-eabi-gdb or gdb-multiarch")
    debug.add_argument("--no-load", action="store_true", help="debug what is in the board already")
    add_options(debug, [o for o in options_of("flash") if o.name != "transport"])
    debug.add_argument("--build-folder", metavar="FOLDER", help="where it was built (default: APP/build)")
    common_arguments(debug, json=False)

    monitor = add(
        "monitor",
        help="show what a board prints",
        description="Show what a board prints on its serial port, until Ctrl-C.",
    )
    app_argument(monitor)
    add_options(monitor, [o for o in options_of("open_transport") if o.name != "transport"])
    monitor.add_argument(
        "--until-end", action="store_true", help="stop behind the line that ends the samples"
    )
    monitor.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="fail when nothing comes for so long"
    )
    common_arguments(monitor, json=False)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is no port; write --gdb behind APP, or --gdb=PORT")
    return int(text)
