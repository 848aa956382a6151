"""The command line, made from the option table."""

from __future__ import annotations

import argparse

from generator import __version__
from generator.cli.examples import EXAMPLES_EPILOG
from generator.cli.parser_board import board_commands
from generator.cli.parser_parts import Parser, add_options, app_argument, common_arguments
from generator.model.host_driven import HOST_DRIVEN, STANDALONE
from generator.model.kernels import KERNELS, OWN
from generator.model.options import FETCHED_RTOSES, PLANNER_HELP, RTOSES, ZEPHYR, options_of
from generator.model.reference import AUTO, ENGINES


def build_parser(prog: str = "mlfgen") -> argparse.ArgumentParser:
    parser = Parser(
        prog=prog,
        description="Heap-free Zephyr and FreeRTOS firmware from TVM Model Library Format archives.",
        epilog="`mlfgen COMMAND --help` explains a command. Start with: mlfgen doctor",
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
        help="generate an application anew with the options it was made with",
        description="Generate an application anew with the options that its project.json keeps; those given here "
        "take the place of the kept ones.",
    )
    app_argument(update)
    update.add_argument("models", nargs="*", metavar="MODEL", help="in place of the models it was made from")
    add_options(update, [o for o in options_of("generate") if o.name != "rtos"], kept=True)
    _write_arguments(update)

    _compile_arguments(
        add(
            "compile",
            help="compile a .tflite to an archive",
            description="Compile a .tflite model to a Model Library Format archive of plain C.",
        )
    )

    inspect = add(
        "inspect",
        help="say what is in an archive and what memory it needs",
        description="What is in archives: tensors, pools, operators; and on a board, where each byte goes.",
    )
    _models(inspect)
    inspect.add_argument("--board", metavar="BOARD", help="compare with this board's memories")
    inspect.add_argument("--rtos", choices=RTOSES, default=ZEPHYR, help="default: zephyr")
    add_options(inspect, [o for o in options_of("generate") if o.name not in ("rtos", "board", "template")])
    inspect.add_argument(
        "--plan", action="store_true", help="how full each pool is, and what is proved of it"
    )
    inspect.add_argument("--why", action="store_true", help="who holds the memory, and what would lower it")
    common_arguments(inspect, json=True)

    _plan_arguments(
        add(
            "plan",
            help="plan memory on its own: a CSV, a JSON problem, a .tflite, an archive",
            description="Give buffers their places in memory, and say what is proved of the result.",
        )
    )

    boards = add(
        "boards", help="list the built-in boards, or show one", description="List the built-in boards."
    )
    boards.add_argument("board", nargs="?", metavar="BOARD", help="show this one, or check a board file")
    common_arguments(boards, json=True)

    build = add(
        "build",
        help="build a generated application",
        description="Build a generated application and check its image.",
    )
    app_argument(build)
    _build_arguments(build)
    common_arguments(build, json=True)

    board_commands(add)

    verify = add(
        "verify",
        help="generate, build, run and compare with recorded or reference outputs",
        description="Generate an application, build it, run every input set on the target, compare.",
    )
    _models(verify)
    add_options(verify, [o for o in options_of("generate") if o.name not in ("template", "project_type")])
    verify.add_argument(
        "--host-driven",
        dest="project_type",
        action="store_const",
        const=HOST_DRIVEN,
        default=STANDALONE,
        help="send the inputs from here and fetch the outputs, over the board's UART",
    )
    verify.add_argument("--work", metavar="FOLDER", help="keep the application and its build here")
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
        help="Without --golden, run N random input sets beside the two of extremes (default: 4).",
    )
    verify.add_argument(
        "--layers",
        action="store_true",
        help="Compare every tensor that an operator computes, and name the first that differs.",
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
        "--timeout", type=float, default=120.0, metavar="SECONDS", help="of the run (default: 120)"
    )
    common_arguments(verify, json=True)

    session = add(
        "session",
        help="drive a built host-driven application: set inputs, run, get outputs, time runs",
        description="Drive a built host-driven application over its UART, session after session.",
    )
    app_argument(session)
    add_options(session, options_of("open_transport"))
    session.add_argument("--build-folder", metavar="FOLDER", help="where it was built (default: APP/build)")
    session.add_argument("--model", metavar="NAME", help="which of several")
    session.add_argument(
        "--inputs",
        metavar="FILE",
        help=".npz with in<J> or in<J>_<K> or the inputs' names, or .npy; default: a ramp",
    )
    session.add_argument("-o", "--output", metavar="FILE", help="write the outputs to this .npz")
    session.add_argument("--runs", type=int, default=0, metavar="N", help="time so many runs (default: 0)")
    session.add_argument(
        "--sessions", type=int, default=1, metavar="N", help="one after another (default: 1)"
    )
    common_arguments(session, json=True)

    serve = add(
        "serve",
        help="serve TVM's Project API (JSON-RPC) for a project or as a template project",
        description="Serve TVM's Project API, version 1, on standard input and output or two file descriptors.",
    )
    serve.add_argument(
        "--project",
        metavar="FOLDER",
        help="a generated project, or a template project (default: this folder)",
    )
    serve.add_argument("--read-fd", type=int, metavar="N", help="file descriptor to read requests from")
    serve.add_argument("--write-fd", type=int, metavar="N", help="file descriptor to write answers to")
    common_arguments(serve, json=False)

    template_dir = add(
        "template-dir",
        help="print the folder that TVM's clients take for a template project",
        description="Print the folder that TVM's clients take for a template project.",
    )
    template_dir.add_argument(
        "--rtos", required=True, choices=RTOSES, help="operating system of the projects"
    )
    common_arguments(template_dir, json=False)

    workspace = add(
        "workspace",
        help="get the sources that Zephyr and FreeRTOS applications are built from",
        description="Make or update one west workspace for every application: pinned, without history, and only "
        "the modules that the built-in boards need. build, verify and run find it. Bare metal needs none.",
    )
    workspace.add_argument("--rtos", choices=FETCHED_RTOSES, help="only this one's sources (default: both)")
    workspace.add_argument(
        "folder",
        nargs="?",
        metavar="DIR",
        help="default: $MLF_WORKSPACE, else mlfgen/workspace in $XDG_DATA_HOME or ~/.local/share",
    )
    workspace.add_argument("--dry-run", action="store_true", help="tell what would be fetched, and its size")
    common_arguments(workspace, json=True)

    doctor = add(
        "doctor",
        help="say what is missing on this computer",
        description="Say what is there, what is missing, and the command that installs it.",
    )
    common_arguments(doctor, json=True)
    for name, command in commands.choices.items():
        command.epilog = EXAMPLES_EPILOG[name]
        command.formatter_class = argparse.RawDescriptionHelpFormatter
    return parser


def build_generate_parser() -> argparse.ArgumentParser:
    """For the command ``generate``, which is ``mlfgen generate``."""
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
        "-o", "--output", metavar="FOLDER", help="the application's folder (default: MODEL-RTOS-BOARD)"
    )
    _write_arguments(parser)


def _write_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="replace edited generated files")
    parser.add_argument("--dry-run", action="store_true", help="say what would be written, write nothing")
    common_arguments(parser, json=True)


def _compile_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a .tflite file")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="Write the archive to this file (default: MODEL.tar)."
    )
    parser.add_argument(
        "--name",
        metavar="NAME",
        help="Name the model, as part of its C identifiers (default: made from the file's name).",
    )
    parser.add_argument(
        "--planner",
        default="portfolio",
        metavar="NAME",
        help=f"{PLANNER_HELP} (default: portfolio)",
    )
    parser.add_argument(
        "--kernels",
        default=OWN,
        choices=KERNELS,
        help=f"Take the int8 kernels from here (default: {OWN}).",
    )
    parser.add_argument(
        "--explain", action="store_true", help="Print layer by layer what the model becomes, and why."
    )
    common_arguments(parser, json=True)


def _plan_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="FILE", help=".csv, .json, .tflite, or an archive")
    parser.add_argument(
        "--planner", default="portfolio", metavar="NAME", help=f"{PLANNER_HELP} (default: portfolio)"
    )
    parser.add_argument("--capacity", metavar="BYTES", help="size of the one pool (16384, 0x4000, 16K, 1M)")
    parser.add_argument(
        "--pool",
        action="append",
        default=[],
        metavar="NAME:SIZE[:ALIGN[:COST]]",
        help="a pool to place into, in bytes; COST of an access, less is faster; repeatable",
    )
    parser.add_argument("--board", metavar="BOARD", help="place into what this board's memories have left")
    parser.add_argument("--rtos", choices=RTOSES, default=ZEPHYR, help="on --board (default: zephyr)")
    add_options(parser, [o for o in options_of("generate") if o.name in ("reserve", "stack_bytes", "effort")])
    parser.add_argument("--svg", metavar="FILE", help="write the plan as a picture")
    parser.add_argument("--html", metavar="FILE", help="write the picture with hover and tables")
    common_arguments(parser, json=True)


def _models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "models", nargs="+", metavar="MODEL", help="a .tflite, or an archive (a tar or its folder)"
    )


def _build_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--build-folder", metavar="FOLDER", help="default: APP/build")
    parser.add_argument(
        "-D",
        dest="defines",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="for CMake, e.g. -D CONFIG_MLF_OPTIMIZE_SPEED=y",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="show everything the build prints")
