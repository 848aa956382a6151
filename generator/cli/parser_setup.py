"""The commands that set a computer or a workspace up."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from generator.cli.parser_parts import common_arguments
from generator.model.options import FETCHED_RTOSES


def setup_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands to the parser. add: makes the parser of one of them."""
    west_commands = add(
        "west-commands",
        help="add the command `west mlf` to a west workspace",
        description="Put the files of the west command `west mlf` into a manifest repository, and print the lines "
        "that its west.yml needs. `west mlf` runs mlfgen with the workspace's Zephyr and sources.",
    )
    west_commands.add_argument(
        "repository", metavar="FOLDER", nargs="?", default=".", help="The folder with west.yml (default: .)."
    )
    common_arguments(west_commands, json=False)

    workspace = add(
        "workspace",
        help="fetch the sources of Zephyr and FreeRTOS",
        description="Create or update one west workspace for all applications, with pinned revisions, no history, "
        "and only the modules that the built-in boards need. The other commands find it. Bare-metal applications "
        "need no workspace.",
    )
    workspace.add_argument(
        "--rtos", choices=FETCHED_RTOSES, help="Fetch only the sources of this RTOS (default: both)."
    )
    workspace.add_argument(
        "--module",
        action="append",
        default=[],
        metavar="NAME",
        help="Also fetch this Zephyr module, for a board that is not built in, e.g. hal_nordic. Repeatable.",
    )
    workspace.add_argument(
        "folder",
        nargs="?",
        metavar="DIR",
        help="The folder of the workspace (default: $MLF_WORKSPACE, or else mlfgen/workspace in $XDG_DATA_HOME or "
        "~/.local/share).",
    )
    workspace.add_argument(
        "--dry-run", action="store_true", help="Show what would be fetched and its size; fetch nothing."
    )
    common_arguments(workspace, json=True)

    doctor = add(
        "doctor",
        help="check which tools are installed",
        description="Show which tools are installed, which are missing, and the commands that install them.",
    )
    common_arguments(doctor, json=True)
