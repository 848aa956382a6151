"""The command line, made from the option table."""

from __future__ import annotations

import argparse

from generator import __version__
from generator.cli.examples import EXAMPLES_EPILOG
from generator.cli.parser_board import board_commands
from generator.cli.parser_library import library_commands
from generator.cli.parser_parts import (
    Parser,
    add_options,
    app_argument,
    build_folder_argument,
    common_arguments,
)
from generator.model.host_driven import HOST_DRIVEN, STANDALONE
from generator.model.kernels import KERNELS, OWN
from generator.model.options import FETCHED_RTOSES, PLANNER_HELP, RTOSES, ZEPHYR, options_of
from generator.model.reference import AUTO, ENGINES


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
        help="generate an application, or all below a folder, again with the recorded options",
        description="Generate an application again with the options recorded in its project.json. Options given "
        "here replace the recorded ones. In a folder that is not an application, all applications and libraries "
        "below it are generated again.",
    )
    update.add_argument(
        "app",
        nargs="?",
        default=".",
        metavar="APP",
        help="The folder of a generated application or library, or one above several (default: the current folder).",
    )
    update.add_argument(
        "models", nargs="*", metavar="MODEL", help="Use these models instead of the recorded ones."
    )
    add_options(update, [o for o in options_of("generate") if o.name != "rtos"], kept=True)
    _write_arguments(update)

    library_commands(add)

    _compile_arguments(
        add(
            "compile",
            help="compile a .tflite to an archive",
            description="Compile a .tflite model to a Model Library Format archive of plain C.",
        )
    )

    inspect = add(
        "inspect",
        help="show what is in a model and how much memory it needs",
        description="Show the tensors, pools and operators of models and, for a board, where each byte goes.",
    )
    _models(inspect)
    inspect.add_argument(
        "--board", metavar="BOARD", help="Show how much of this board's memories the model uses."
    )
    inspect.add_argument(
        "--rtos", choices=RTOSES, default=ZEPHYR, help="Assume this RTOS on the board (default: zephyr)."
    )
    add_options(inspect, [o for o in options_of("generate") if o.name not in ("rtos", "board", "template")])
    inspect.add_argument(
        "--plan",
        action="store_true",
        help="Show how full each pool is and how good its plan is proved to be.",
    )
    inspect.add_argument(
        "--why",
        action="store_true",
        help="Show which operator needs the most memory and what would reduce it.",
    )
    common_arguments(inspect, json=True)

    _plan_arguments(
        add(
            "plan",
            help="plan the memory of a .csv, .json, .tflite or archive without generating",
            description="Place buffers in memory and report how good the plan is proved to be.",
        )
    )

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
        help="Print the board file that Zephyr's devicetree makes of this target (as `west build -b` takes it).",
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
            "plan: every buffer's place, size and alignment, and that flash does not store it.",
        )
    )

    board_commands(add)

    verify = add(
        "verify",
        help="generate, build, run and compare with recorded or reference outputs",
        description="Generate an application, build it, run every input set on the target and compare the outputs.",
    )
    _models(verify)
    add_options(verify, [o for o in options_of("generate") if o.name not in ("template", "project_type")])
    verify.add_argument(
        "--host-driven",
        dest="project_type",
        action="store_const",
        const=HOST_DRIVEN,
        default=STANDALONE,
        help="Make a host-driven application, and exchange inputs and outputs with it over the board's UART.",
    )
    verify.add_argument(
        "--work",
        metavar="FOLDER",
        help="Keep the application and its build in this folder (default: delete both).",
    )
    verify.add_argument(
        "--reference",
        choices=ENGINES,
        default=AUTO,
        help="Without --golden, compare a .tflite with this interpreter (default: auto, the one that "
        "docs/tflite.md names for the model).",
    )
    verify.add_argument(
        "--sets",
        type=int,
        default=4,
        metavar="N",
        help="Without --golden, run N random input sets and the two sets of extremes (default: 4).",
    )
    verify.add_argument(
        "--layers",
        action="store_true",
        help="Compare the output of every operator and name the first that differs.",
    )
    verify.add_argument(
        "--float-tolerance",
        type=float,
        default=None,
        metavar="ABS",
        help="Accept float outputs that differ by this much (default: 0 against a golden file, 1e-5 + 1e-4 of "
        "the value against an interpreter).",
    )
    verify.add_argument(
        "--timeout",
        type=float,
        default=120.0,
        metavar="SECONDS",
        help="Stop the run after this many seconds (default: 120).",
    )
    common_arguments(verify, json=True)

    session = add(
        "session",
        help="drive a built host-driven application: set inputs, run, get outputs, time runs",
        description="Drive a built host-driven application over its UART, session after session.",
    )
    app_argument(session)
    add_options(session, options_of("open_transport"))
    build_folder_argument(session)
    session.add_argument(
        "--model", metavar="NAME", help="Run this model; needed only if the application has several."
    )
    session.add_argument(
        "--inputs",
        metavar="FILE",
        help="Read the inputs from this .npz file, from arrays called in<J>, in<J>_<K> or as the inputs are, or from "
        "a .npy file (default: one set of ascending values).",
    )
    session.add_argument("-o", "--output", metavar="FILE", help="Write the outputs to this .npz file.")
    session.add_argument("--runs", type=int, default=0, metavar="N", help="Time N further runs (default: 0).")
    session.add_argument(
        "--sessions",
        type=int,
        default=1,
        metavar="N",
        help="Open N sessions, one after another (default: 1).",
    )
    common_arguments(session, json=True)

    serve = add(
        "serve",
        help="serve TVM's Project API (JSON-RPC) for a project or a template project",
        description="Serve TVM's Project API, version 1, on standard input and output or on two file descriptors.",
    )
    serve.add_argument(
        "--project",
        metavar="FOLDER",
        help="Serve this generated project or template project (default: the current folder).",
    )
    serve.add_argument(
        "--read-fd",
        type=int,
        metavar="N",
        help="Read requests from this file descriptor (default: standard input).",
    )
    serve.add_argument(
        "--write-fd",
        type=int,
        metavar="N",
        help="Write answers to this file descriptor (default: standard output).",
    )
    common_arguments(serve, json=False)

    template_dir = add(
        "template-dir",
        help="print the folder to give TVM's clients as a template project",
        description="Print the folder to give TVM's clients as a template project.",
    )
    template_dir.add_argument(
        "--rtos",
        required=True,
        choices=RTOSES,
        help="Print the template for this RTOS; 'none' means bare metal.",
    )
    common_arguments(template_dir, json=False)

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
    _models(parser)
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


def _compile_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="A .tflite file.")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="Write the archive to this file (default: MODEL.tar)."
    )
    parser.add_argument(
        "--name",
        metavar="NAME",
        help="Use this name in the model's C identifiers (default: the name of the file).",
    )
    parser.add_argument(
        "--planner",
        default="portfolio",
        metavar="NAME",
        help=f"{PLANNER_HELP.removesuffix('.')} (default: portfolio).",
    )
    parser.add_argument(
        "--kernels",
        default=OWN,
        choices=KERNELS,
        help=f"Compile the int8 operators with these kernels (default: {OWN}).",
    )
    add_options(parser, [option for option in options_of("generate") if option.name == "effort"])
    parser.add_argument("--explain", action="store_true", help="Show how each layer is compiled, and why.")
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


def _plan_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="FILE", help="A .csv, .json or .tflite file, or an archive.")
    parser.add_argument(
        "--planner",
        default="portfolio",
        metavar="NAME",
        help=f"{PLANNER_HELP.removesuffix('.')} (default: portfolio).",
    )
    parser.add_argument(
        "--capacity",
        metavar="BYTES",
        help="Limit the only pool to this many bytes, e.g. 16384, 0x4000, 16K or 1M (default: no limit).",
    )
    parser.add_argument(
        "--pool",
        action="append",
        default=[],
        metavar="NAME:SIZE[:ALIGN[:COST]]",
        help="Place buffers in a pool of SIZE bytes, aligned to ALIGN bytes (default: 1), where an access has this "
        "relative COST (default: 1; less is faster). Repeatable.",
    )
    parser.add_argument(
        "--board",
        metavar="BOARD",
        help="Use the memories of this board, less what the RTOS and the stack take.",
    )
    parser.add_argument(
        "--rtos", choices=RTOSES, default=ZEPHYR, help="With --board, assume this RTOS (default: zephyr)."
    )
    add_options(parser, [o for o in options_of("generate") if o.name in ("reserve", "stack_bytes", "effort")])
    parser.add_argument("--svg", metavar="FILE", help="Draw the plan to this file.")
    parser.add_argument("--html", metavar="FILE", help="Write the picture and tables to this file.")
    common_arguments(parser, json=True)


def _models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "models", nargs="+", metavar="MODEL", help="A .tflite file, or an archive (a tar or its folder)."
    )


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
