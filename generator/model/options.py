"""The one option table: the command line and the Project API are both made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.model.archive import ModelLibrary
from generator.model.host_driven import HOST_DRIVEN, PROJECT_TYPES, STANDALONE
from generator.model.kernels import KERNELS, OWN

ZEPHYR = "zephyr"
FREERTOS = "freertos"
#: no RTOS at all: bare metal
NONE = "none"
RTOSES = (ZEPHYR, FREERTOS, NONE)
#: those whose sources come from elsewhere
FETCHED_RTOSES = (ZEPHYR, FREERTOS)
DEFAULT_STACK_BYTES = 4096
#: of what a planner does by itself
DEFAULT_EFFORT_PERCENT = 100


#: the planners that come with mlfgen; installed packages may add others (docs/planning.md)
PLANNERS = ("portfolio", "greedy_by_size", "greedy_by_conflicts", "hill_climb", "exact")
PLANNER_HELP = (
    f"memory planner for what the compiler left unplanned: {', '.join(PLANNERS)}, or an installed one"
)


@dataclass(frozen=True)
class Option:
    """One option.

    name:     in Project API spelling (``stack_bytes``); the command line says ``--stack-bytes``.
    kind:     ``str``, ``int``, ``bool`` or ``list`` (repeatable text).
    stages:   where it counts: ``generate``, ``build``, ``run``, ``flash``, ``open_transport``.
    metavar:  what the command line shows for the value.
    required: in the stages named.
    """

    name: str
    kind: str
    default: Any
    help: str
    stages: tuple[str, ...]
    metavar: str | None = None
    choices: tuple[str, ...] | None = None
    required: bool = False

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")


OPTIONS: tuple[Option, ...] = (
    Option(
        "rtos",
        "str",
        None,
        "operating system of the application; none: bare metal",
        ("generate",),
        choices=RTOSES,
        required=True,
    ),
    Option(
        "project_type",
        "str",
        STANDALONE,
        "standalone runs the models by itself; host_driven is told what to do over the console's UART",
        ("generate",),
        choices=PROJECT_TYPES,
    ),
    Option(
        "board",
        "str",
        None,
        "a built-in board (see `mlfgen boards`) or the path of a board file",
        ("generate",),
        "BOARD",
        required=True,
    ),
    Option(
        "pool",
        "list",
        (),
        "put an archive's pool into a board pool, as sram=dtcm (planned workspace: workspace=dtcm,sram); repeatable",
        ("generate",),
        "NAME=POOL",
    ),
    Option(
        "reserve",
        "list",
        (),
        "bytes of a region that the application needs for itself, e.g. sram=32768; repeatable",
        ("generate",),
        "REGION=BYTES",
    ),
    Option(
        "pools_file",
        "str",
        None,
        "a YAML file that says the same for all pools and regions; --pool and --reserve win over it",
        ("generate",),
        "FILE",
    ),
    Option(
        "tflite",
        "list",
        (),
        "the .tflite an archive was compiled from: adds quantisation parameters and shapes",
        ("generate",),
        "[MODEL=]FILE",
    ),
    Option(
        "golden",
        "list",
        (),
        "input sets and expected outputs to build into the application (.npz)",
        ("generate",),
        "[MODEL=]FILE",
    ),
    Option(
        "golden_prefix",
        "str",
        None,
        "which of the golden file's outputs count (default: tvm_out, or out for CMSIS-NN)",
        ("generate",),
        "PREFIX",
    ),
    Option(
        "share_workspace",
        "bool",
        False,
        "models that never run at once share their workspace pools",
        ("generate",),
    ),
    Option(
        "stack_bytes",
        "int",
        DEFAULT_STACK_BYTES,
        "stack of whatever runs the model",
        ("generate",),
        "BYTES",
    ),
    Option(
        "planner",
        "str",
        "portfolio",
        PLANNER_HELP,
        ("generate",),
        "NAME",
    ),
    Option(
        "effort",
        "int",
        DEFAULT_EFFORT_PERCENT,
        "how long the planner searches for a lower plan that it can't prove; 0: not at all",
        ("generate",),
        "PERCENT",
    ),
    Option(
        "kernels",
        "str",
        OWN,
        "where the int8 kernels of a .tflite come from",
        ("generate",),
        choices=KERNELS,
    ),
    Option(
        "template",
        "str",
        None,
        "your own cookiecutter template in place of ours: a folder, a git address or gh:owner/repo",
        ("generate",),
        "TEMPLATE",
    ),
    Option(
        "transport",
        "str",
        "auto",
        "what to talk to: a board on a serial port, or the emulator of the board file; auto: the emulator "
        "when no probe can reach a board",
        ("flash", "open_transport"),
        choices=("auto", "serial", "emulator"),
    ),
    Option(
        "runner", "str", None, "what programs the board (default: the board's first)", ("flash",), "RUNNER"
    ),
    Option(
        "port", "str", None, "the board's serial port (default: found by USB)", ("open_transport",), "PORT"
    ),
    Option(
        "serial_number",
        "str",
        None,
        "which of several boards, by the serial number of its USB",
        ("flash", "open_transport"),
        "NUMBER",
    ),
    Option("baud", "int", 115200, "of the serial port", ("open_transport",), "BAUD"),
)


def options_of(stage: str) -> tuple[Option, ...]:
    return tuple(option for option in OPTIONS if stage in option.stages)


@dataclass(frozen=True)
class GenerateOptions:
    """What the composers need to know of the options, parsed.

    pools:          archive pool name -> board pool name.
    reserved_bytes: region name -> bytes kept free for the application.
    effort_percent: of the planner's usual search.
    """

    rtos: str
    pools: Mapping[str, str]
    reserved_bytes: Mapping[str, int]
    share_workspace: bool
    stack_bytes: int
    planner: str
    project_type: str = STANDALONE
    effort_percent: int = DEFAULT_EFFORT_PERCENT
    kernels: str = OWN

    @property
    def host_driven(self) -> bool:
        return self.project_type == HOST_DRIVEN

    def on_device(self, library: ModelLibrary) -> bool:
        """Whether the device runs the model as a whole: a host walks graphs itself."""
        return library.graph is None or not self.host_driven
