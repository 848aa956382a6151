"""The command line, made from the option table."""

from __future__ import annotations

import argparse

from generator import __version__
from generator.cli.examples import EXAMPLES_EPILOG
from generator.cli.parser_board import board_commands
from generator.cli.parser_hosts import host_commands
from generator.cli.parser_library import library_commands
from generator.cli.parser_models import model_commands, verify_command
from generator.cli.parser_parts import (
    Parser,
    add_options,
    app_argument,
    build_folder_argument,
    common_arguments,
    models_argument,
)
from generator.cli.parser_setup import setup_commands
from generator.model.options import options_of


def build_parser(prog: str = "mlfgen") -> argparse.ArgumentParser:
    parser = Parser(
        prog=prog,
        description="Turn neural networks into heap-free Zephyr, FreeRTOS or bare-metal applications.",
        epilog="`mlfgen COMMAND --help` describes a command. To check your tools, run: mlfgen doctor",
    )
    parser.add_argument("--version", action="version", version=f"mlfgen {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)

    add = commands.add_parser
    generate = add(
        "generate",
        help="write a complete application for one board",
        description="Write a complete, heap-free application for one board.",
    )
    _generate_arguments(generate)

    update = add(
        "update",
        help="generate an application, or all in a folder, again with the recorded options",
        description="Generate an application again with the options recorded in its project.json. Options given "
        "here replace the recorded ones. In a folder that is not an application, all applications and libraries "
        "below it are generated again.",
    )
    update.add_argument(
        "app",
        nargs="?",
        default=".",
        metavar="APP",
        help="The folder of a generated application or library, or one that contains several (default: .).",
    )
    update.add_argument(
        "models", nargs="*", metavar="MODEL", help="Use these models instead of the recorded ones."
    )
    add_options(update, [o for o in options_of("generate") if o.name != "rtos"], kept=True)
    _write_arguments(update)

    library_commands(add)
    model_commands(add)

    boards = add(
        "boards",
        help="list the built-in boards, show one, or derive one from Zephyr's devicetree",
        description="List the built-in boards, show a board, check a board file, or write one from Zephyr's "
        "devicetree.",
    )
    boards.add_argument(
        "board",
        nargs="?",
        metavar="BOARD",
        help="The board to show: a built-in name, a Zephyr board name, or the path of a board file to check.",
    )
    boards.add_argument(
        "--derive",
        metavar="TARGET",
        help="Derive a board file for this target of `west build -b` from Zephyr's devicetree, and print it.",
    )
    boards.add_argument("-o", "--output", metavar="FILE", help="With --derive, write it to this file.")
    boards.add_argument("--force", action="store_true", help="With --output, replace the file if it exists.")
    boards.add_argument(
        "--measured",
        metavar="APP",
        help="With --derive, measure what Zephyr itself needs of the RAM in this built application.",
    )
    common_arguments(boards, json=True)

    build = add(
        "build",
        help="build a generated application",
        description="Build a generated application and compare its image with the memory plan.",
    )
    app_argument(build)
    _build_arguments(build)
    common_arguments(build, json=True)

    _check_arguments(
        add(
            "check",
            help="compare your own firmware's image with the memory plan",
            description="Compare the linked image of any firmware that contains generated models with their memory "
            "plan: the address, size and alignment of every buffer, and that none is stored in flash.",
        )
    )

    board_commands(add)
    verify_command(add)
    host_commands(add)
    setup_commands(add)
    for name, command in commands.choices.items():
        command.epilog = EXAMPLES_EPILOG[name]
        command.formatter_class = argparse.RawDescriptionHelpFormatter
    return parser


def build_generate_parser() -> argparse.ArgumentParser:
    """The parser of the command ``generate``, which is ``mlfgen generate``."""
    parser = Parser(
        prog="generate",
        description="Write a complete, heap-free application for one board.",
        epilog=EXAMPLES_EPILOG["generate"],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _generate_arguments(parser)
    parser.set_defaults(command="generate")
    return parser


def parsers_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands' parsers by name; the command ``generate``'s own parser is that of ``generate``."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {"generate": parser}


def _generate_arguments(parser: argparse.ArgumentParser) -> None:
    models_argument(parser)
    add_options(parser, options_of("generate"))
    parser.add_argument(
        "-o",
        "--output",
        metavar="FOLDER",
        help="Write the application to this folder (default: MODEL-RTOS-BOARD).",
    )
    _write_arguments(parser)


def _write_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--force", action="store_true", help="Replace generated files that were edited; the edits are lost."
    )
    parser.add_argument("--dry-run", action="store_true", help="Show what would be written; write nothing.")
    common_arguments(parser, json=True)


def _check_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", metavar="ELF", help="The linked image, with its symbols.")
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="FOLDER",
        help="Compare with the plan of this generated folder (default: the one that the image was built in, or else "
        "all below the current folder). Repeatable.",
    )
    common_arguments(parser, json=True)


def _build_arguments(parser: argparse.ArgumentParser) -> None:
    build_folder_argument(parser)
    parser.add_argument(
        "-D",
        dest="defines",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="Pass this setting to CMake, e.g. -D CONFIG_MLF_OPTIMIZE_SPEED=y. Repeatable.",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="Show all output of the build.")
