"""The commands that run, profile, flash, debug and listen to a built application."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from generator.cli.parser_parts import add_options, app_argument, build_folder_argument, common_arguments
from generator.model.options import options_of

#: OpenOCD's, which IDEs expect
_GDB_PORT = 3333


def board_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands to the parser. add: makes the parser of one of them."""
    run = add(
        "run",
        help="run a built application in its emulator",
        description="Run a built application in the emulator that its board file describes.",
    )
    app_argument(run)
    build_folder_argument(run)
    run.add_argument(
        "--image", metavar="FILE", help="Run this image of the application, which another tool has built."
    )
    run.add_argument(
        "--timeout",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="Stop the emulator after this many seconds (default: 60). The virtual microcontroller counts "
        "instructions instead: see 'instruction_budget' in docs/boards.md.",
    )
    run.add_argument(
        "--gdb",
        nargs="?",
        type=_port,
        const=_GDB_PORT,
        metavar="PORT",
        help="Wait for GDB on this TCP port and let it run the image on the virtual microcontroller "
        f"(default: {_GDB_PORT}; 0 takes any free port). Give it after APP, or as --gdb=PORT.",
    )
    common_arguments(run, json=True)

    profile = add(
        "profile",
        help="count the instructions of each operator",
        description="Run a built application on the virtual microcontroller and count the instructions of each "
        "operator.",
    )
    app_argument(profile)
    build_folder_argument(profile)
    profile.add_argument(
        "--console",
        metavar="FILE",
        help="Report the cycles that a board printed, as recorded in this file (- for standard input), from an "
        "application built with -D MLF_PROFILE=ON.",
    )
    profile.add_argument("--svg", metavar="FILE", help="Draw the profile to this file.")
    profile.add_argument("--html", metavar="FILE", help="Write the picture and tables to this file.")
    common_arguments(profile, json=True)

    flash = add(
        "flash",
        help="write a built application to its board",
        description="Write a built application to its board, with one of the programs that the board file lists.",
    )
    app_argument(flash)
    add_options(flash, [o for o in options_of("flash") if o.name != "transport"])
    build_folder_argument(flash)
    flash.add_argument("-v", "--verbose", action="store_true", help="Show the output of the program.")
    common_arguments(flash, json=False)

    debug = add(
        "debug",
        help="start a built application under GDB",
        description="Debug a built application with GDB: on its board through OpenOCD or west, or on the virtual "
        "microcontroller.",
    )
    app_argument(debug)
    debug.add_argument(
        "--emulator",
        action="store_true",
        help="Use the virtual microcontroller, even if the board file describes a probe.",
    )
    debug.add_argument(
        "--gdb",
        metavar="PROGRAM",
        help="Use this debugger (default: arm-none-eabi-gdb, or else gdb-multiarch).",
    )
    debug.add_argument(
        "--no-load",
        action="store_true",
        help="Debug the program on the board without writing the image first.",
    )
    add_options(debug, [o for o in options_of("flash") if o.name != "transport"])
    build_folder_argument(debug)
    common_arguments(debug, json=False)

    monitor = add(
        "monitor",
        help="show what a board prints",
        description="Show what a board prints on its serial port, until Ctrl-C.",
    )
    app_argument(monitor)
    add_options(monitor, [o for o in options_of("open_transport") if o.name != "transport"])
    monitor.add_argument(
        "--until-end", action="store_true", help="Stop after the line that ends the recorded samples."
    )
    monitor.add_argument(
        "--timeout",
        type=float,
        metavar="SECONDS",
        help="Fail if the board prints nothing for this many seconds (default: wait forever).",
    )
    common_arguments(monitor, json=False)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a TCP port (0 to 65535); give --gdb after APP, or as --gdb=PORT"
        )
    return int(text)
