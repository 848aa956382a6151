"""The command line, made from the option table."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from generator import __version__
from generator.errors import UsageError, did_you_mean
from generator.model.host_driven import HOST_DRIVEN, STANDALONE
from generator.model.kernels import KERNELS, OWN
from generator.model.options import FETCHED_RTOSES, RTOSES, ZEPHYR, Option, options_of
from generator.model.reference import AUTO, ENGINES

_GENERATE_EPILOG = """\
examples:
  mlfgen generate --rtos zephyr --board stm32f746g_disco kws.tar
  mlfgen generate --rtos zephyr --board stm32f746g_disco kws.tar -o firmware/kws --pool sram=dtcm
  mlfgen generate --rtos zephyr --board mps2_an500 kws.tar --golden kws.npz --tflite kws.tflite
  mlfgen generate --rtos zephyr --board boards/my_board.yaml a.tar b.tar --share-workspace

then:
  west build -b stm32f746g_disco kws-zephyr-stm32f746g_disco      (or: mlfgen build FOLDER)

exit codes: 0 done, 1 a build or run failed, 2 the input is wrong, 130 interrupted
"""

_COMPILE_EPILOG = """\
examples:
  mlfgen compile kws.tflite                      writes kws.tar
  mlfgen compile kws.tflite --explain            prints what becomes of each operator, writes nothing
  mlfgen compile kws.tflite -o models/kws.tar --name keywords

`mlfgen generate`, `inspect` and `verify` take a .tflite as it is; an archive is for tools that read archives.
"""

_VERIFY_EPILOG = """\
examples:
  mlfgen verify --rtos none --board stm32f746g_disco kws.tflite             against a reference interpreter
  mlfgen verify --rtos none --board stm32f746g_disco kws.tflite --layers    layer by layer
  mlfgen verify --rtos zephyr --board mps2_an500 kws.tar --golden kws.npz   against recorded outputs

A golden file holds in<J>_<K> and tvm_out<J>_<K> (or out<J>_<K>, tflm_out<J>_<K>): tensor J of set K.
The interpreters are Python packages: pip install 'mlfgen[reference]'.
"""

_PLAN_EPILOG = """\
examples:
  mlfgen plan kws.tflite --svg kws.svg
  mlfgen plan buffers.csv --capacity 1M
  mlfgen plan kws-graph.tar --board stm32f746g_disco --reserve sram=32K
  mlfgen plan problem.json --pool dtcm:64K:32:1 --pool sram:8M:32:8 --planner hill_climb

A CSV has the columns id,lower,upper,size (and alignment, offset if need be); docs/planning.md shows the JSON.
"""


_WORKSPACE_EPILOG = """\
examples:
  mlfgen workspace --rtos freertos
  mlfgen workspace --dry-run
  mlfgen workspace --rtos zephyr ~/zephyr-workspace
"""

#: OpenOCD's, which IDEs expect
_GDB_PORT = 3333


class _Parser(argparse.ArgumentParser):
    """Raises instead of printing, so that every message has one shape."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, hint=f"`{self.prog} --help` shows what it takes")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Names an unknown option before argparse complains of what is missing without it."""
        if self._subparsers is None:
            for text in itertools.takewhile(lambda text: text != "--", args or ()):
                self._check_option(text.partition("=")[0])
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return parsed, unknown

    def _check_option(self, flag: str) -> None:
        known = self._option_string_actions
        if not flag.startswith("--") or any(option.startswith(flag) for option in known):
            return
        hint = did_you_mean(flag, known, f"`{self.prog} --help` lists them")
        raise UsageError(f"there is no option {flag}", hint=hint)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            choices = [str(choice) for choice in action.choices]
            hint = did_you_mean(str(value), choices, "choose from " + ", ".join(choices))
            name = action.option_strings[-1] if action.option_strings else action.metavar or action.dest
            raise UsageError(f"{name}: there is no '{value}'", hint=hint)


def build_parser(prog: str = "mlfgen") -> argparse.ArgumentParser:
    parser = _Parser(
        prog=prog,
        description="Heap-free Zephyr and FreeRTOS firmware from TVM Model Library Format archives.",
        epilog="`mlfgen COMMAND --help` explains a command. Start with: mlfgen doctor",
    )
    parser.add_argument("--version", action="version", version=f"mlfgen {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    add = commands.add_parser
    generate = add(
        "generate",
        help="write a complete application for one board",
        description="Write a complete, heap-free application for one board.",
        epilog=_GENERATE_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _generate_arguments(generate)

    _compile_arguments(
        add(
            "compile",
            help="compile a .tflite to an archive",
            description="Compile a .tflite model to a Model Library Format archive of plain C.",
            epilog=_COMPILE_EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
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
    _add_options(inspect, [o for o in options_of("generate") if o.name not in ("rtos", "board", "template")])
    inspect.add_argument(
        "--plan", action="store_true", help="how full each pool is, and what is proved of it"
    )
    inspect.add_argument("--why", action="store_true", help="who holds the memory, and what would lower it")
    _common(inspect, json=True)

    _plan_arguments(
        add(
            "plan",
            help="plan memory on its own: a CSV, a JSON problem, a .tflite, an archive",
            description="Give buffers their places in memory, and say what is proved of the result.",
            epilog=_PLAN_EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    )

    boards = add(
        "boards", help="list the built-in boards, or show one", description="List the built-in boards."
    )
    boards.add_argument("board", nargs="?", metavar="BOARD", help="show this one, or check a board file")
    _common(boards, json=True)

    build = add(
        "build",
        help="build a generated application",
        description="Build a generated application and check its image.",
    )
    _app(build)
    _build_arguments(build)
    _common(build, json=True)

    run = add("run", help="run a built application in its emulator", description="Run a built application.")
    _app(run)
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
    _common(run, json=True)

    profile = add(
        "profile",
        help="say what each operator of a model takes",
        description="Run a built application on the virtual microcontroller, and tell what each operator takes.",
    )
    _app(profile)
    profile.add_argument("--build-folder", metavar="FOLDER", help="where it was built (default: APP/build)")
    profile.add_argument(
        "--console",
        metavar="FILE",
        help="take cycles from what a board printed (- for standard input), built with -D MLF_PROFILE=ON",
    )
    profile.add_argument("--svg", metavar="FILE", help="write a picture")
    profile.add_argument("--html", metavar="FILE", help="write the picture with hover and tables")
    _common(profile, json=True)

    _board_commands(add)

    verify = add(
        "verify",
        help="generate, build, run and compare with recorded or reference outputs",
        description="Generate an application, build it, run every input set on the target, compare.",
        epilog=_VERIFY_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _models(verify)
    _add_options(verify, [o for o in options_of("generate") if o.name not in ("template", "project_type")])
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
    _common(verify, json=True)

    session = add(
        "session",
        help="drive a built host-driven application: set inputs, run, get outputs, time runs",
        description="Drive a built host-driven application over its UART, session after session.",
    )
    _app(session)
    _add_options(session, options_of("open_transport"))
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
    _common(session, json=True)

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
    _common(serve, json=False)

    template_dir = add(
        "template-dir",
        help="print the folder that TVM's clients take for a template project",
        description="Print the folder that TVM's clients take for a template project.",
    )
    template_dir.add_argument(
        "--rtos", required=True, choices=RTOSES, help="operating system of the projects"
    )
    _common(template_dir, json=False)

    workspace = add(
        "workspace",
        help="get the sources that Zephyr and FreeRTOS applications are built from",
        description="Make or update one west workspace for every application: pinned, without history, and only "
        "the modules that the built-in boards need. build, verify and run find it. Bare metal needs none.",
        epilog=_WORKSPACE_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    workspace.add_argument("--rtos", choices=FETCHED_RTOSES, help="only this one's sources (default: both)")
    workspace.add_argument(
        "folder",
        nargs="?",
        metavar="DIR",
        help="default: $MLF_WORKSPACE, else mlfgen/workspace in $XDG_DATA_HOME or ~/.local/share",
    )
    workspace.add_argument("--dry-run", action="store_true", help="tell what would be fetched, and its size")
    _common(workspace, json=True)

    doctor = add(
        "doctor",
        help="say what is missing on this computer",
        description="Say what is there, what is missing, and the command that installs it.",
    )
    _common(doctor, json=True)
    return parser


def _board_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    flash = add(
        "flash",
        help="write a built application into its board",
        description="Write a built application into its board, with the programs that the board file names.",
    )
    _app(flash)
    _add_options(flash, [o for o in options_of("flash") if o.name != "transport"])
    flash.add_argument("--build-folder", metavar="FOLDER", help="where it was built (default: APP/build)")
    flash.add_argument("-v", "--verbose", action="store_true", help="show what the program prints")
    _common(flash, json=False)

    debug = add(
        "debug",
        help="start a built application under GDB",
        description="Start GDB on a built application: on its board through OpenOCD or west, or on the virtual "
        "microcontroller.",
    )
    _app(debug)
    debug.add_argument(
        "--emulator", action="store_true", help="on the virtual microcontroller, whatever probe the board has"
    )
    debug.add_argument("--gdb", metavar="PROGRAM", help="default: arm-none-eabi-gdb or gdb-multiarch")
    debug.add_argument("--no-load", action="store_true", help="debug what is in the board already")
    _add_options(debug, [o for o in options_of("flash") if o.name != "transport"])
    debug.add_argument("--build-folder", metavar="FOLDER", help="where it was built (default: APP/build)")
    _common(debug, json=False)

    monitor = add(
        "monitor",
        help="show what a board prints",
        description="Show what a board prints on its serial port, until Ctrl-C.",
    )
    _app(monitor)
    _add_options(monitor, [o for o in options_of("open_transport") if o.name != "transport"])
    monitor.add_argument(
        "--until-end", action="store_true", help="stop behind the line that ends the samples"
    )
    monitor.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="fail when nothing comes for so long"
    )
    _common(monitor, json=False)


def build_generate_parser() -> argparse.ArgumentParser:
    """For the command ``generate``, which is ``mlfgen generate``."""
    parser = _Parser(
        prog="generate",
        description="Write a complete, heap-free application for one board.",
        epilog=_GENERATE_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _generate_arguments(parser)
    parser.set_defaults(command="generate")
    return parser


def _generate_arguments(parser: argparse.ArgumentParser) -> None:
    _models(parser)
    _add_options(parser, options_of("generate"))
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", help="the application's folder (default: MODEL-RTOS-BOARD)"
    )
    parser.add_argument("--force", action="store_true", help="replace edited generated files")
    parser.add_argument("--dry-run", action="store_true", help="say what would be written, write nothing")
    _common(parser, json=True)


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
        help="Plan the workspace with this planner (default: portfolio).",
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
    _common(parser, json=True)


def _plan_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="FILE", help=".csv, .json, .tflite, or an archive")
    parser.add_argument("--planner", default="portfolio", metavar="NAME", help="default: portfolio")
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
    _add_options(
        parser, [o for o in options_of("generate") if o.name in ("reserve", "stack_bytes", "effort")]
    )
    parser.add_argument("--svg", metavar="FILE", help="write the plan as a picture")
    parser.add_argument("--html", metavar="FILE", help="write the picture with hover and tables")
    _common(parser, json=True)


def _models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "models", nargs="+", metavar="MODEL", help="a .tflite, or an archive (a tar or its folder)"
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is no port; write --gdb behind APP, or --gdb=PORT")
    return int(text)


def _app(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("app", metavar="APP", help="folder of a generated application")


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


def _common(parser: argparse.ArgumentParser, *, json: bool) -> None:
    if json:
        parser.add_argument("--json", action="store_true", help="print one JSON document instead of text")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")


def _add_options(parser: argparse.ArgumentParser, options: Sequence[Option]) -> None:
    for option in options:
        settings: dict[str, Any] = {"dest": option.name, "help": _help(option)}
        if option.kind == "bool":
            parser.add_argument(option.flag, action="store_true", **settings)
            continue
        if option.kind == "list":
            settings.update(action="append", default=list(option.default))
        else:
            settings.update(default=option.default, required=option.required)
        if option.kind == "int":
            settings["type"] = int
        if option.choices:
            settings["choices"] = option.choices
        else:
            settings["metavar"] = option.metavar
        parser.add_argument(option.flag, **settings)


def _help(option: Option) -> str:
    text = option.help.replace("%", "%%")
    if option.kind in ("str", "int") and option.default is not None:
        return f"{text} (default: {option.default})"
    return text
