"""The commands that look at models, and the one that verifies them."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from generator.cli.parser_parts import add_options, common_arguments, models_argument
from generator.model.host_driven import HOST_DRIVEN, STANDALONE
from generator.model.kernels import KERNELS, OWN
from generator.model.options import PLANNER_HELP, RTOSES, ZEPHYR, options_of
from generator.model.reference import AUTO, ENGINES


def model_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add compile, inspect and plan to the parser. add: makes the parser of one of them."""
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
    models_argument(inspect)
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


def verify_command(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add verify to the parser. add: makes its parser."""
    verify = add(
        "verify",
        help="generate, build, run and compare with recorded or reference outputs",
        description="Generate an application, build it, run every input set on the target and compare the outputs.",
    )
    models_argument(verify)
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
