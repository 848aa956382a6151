"""The one option table: the command line and the Project API are both made from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from generator.model.host_driven import HOST_DRIVEN, PROJECT_TYPES, STANDALONE
from generator.model.ides import ALL_IDES, DEFAULT_IDES, IDES, NO_IDE
from generator.model.kernels import KERNELS, OWN
from generator.model.library import LIBRARY_FORMS, LibraryOptions

if TYPE_CHECKING:
    from generator.model.archive import ModelLibrary

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
    f"Plan the workspace with this planner: {', '.join(PLANNERS)}, or the name of an installed one."
)


class Option(Struct, frozen=True):
    """One option.

    name:     in Project API spelling (``stack_bytes``); the command line says ``--stack-bytes``.
    kind:     ``str``, ``int``, ``bool`` or ``list`` (repeatable text).
    stages:   where it counts: ``generate``, ``add``, ``remove``, ``build``, ``run``, ``flash``, ``open_transport``.
    metavar:  what the command line shows for the value.
    required: in the stages named.
    """

    name: str
    kind: str
    default: Any
    #: a sentence with unit and range; the printer adds the default
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
        "Generate for this RTOS; 'none' means bare metal.",
        ("generate",),
        choices=RTOSES,
        required=True,
    ),
    Option(
        "project_type",
        "str",
        STANDALONE,
        "Make an application that runs its models by itself (standalone), or one that a host computer drives "
        "over the console's UART (host_driven).",
        ("generate",),
        choices=PROJECT_TYPES,
    ),
    Option(
        "board",
        "str",
        None,
        "Generate for this board: a built-in name (see `mlfgen boards`), zephyr:TARGET for any Zephyr board, "
        "or the path of a board file.",
        ("generate",),
        "BOARD",
        required=True,
    ),
    Option(
        "pool",
        "list",
        (),
        "Place a pool of the model in a pool of the board, e.g. sram=dtcm. A workspace that mlfgen plans is called "
        "'workspace' and may be spread over several: workspace=dtcm,sram; constants that are in no pool are called "
        "'constants'. Repeatable.",
        ("generate",),
        "NAME=POOL",
    ),
    Option(
        "reserve",
        "list",
        (),
        "Leave this many bytes of a memory region to the application, e.g. sram=32768 or sram=32K. Repeatable.",
        ("generate",),
        "REGION=BYTES",
    ),
    Option(
        "pools_file",
        "str",
        None,
        "Read pools and reserved bytes from this YAML file; --pool and --reserve take precedence.",
        ("generate",),
        "FILE",
    ),
    Option(
        "tflite",
        "list",
        (),
        "Add quantisation parameters and shapes from the .tflite file that an archive was compiled from. Repeatable.",
        ("generate",),
        "[MODEL=]FILE",
    ),
    Option(
        "golden",
        "list",
        (),
        "Build the inputs and expected outputs of this .npz file into the application. Repeatable.",
        ("generate",),
        "[MODEL=]FILE",
    ),
    Option(
        "golden_prefix",
        "str",
        None,
        "Compare with the outputs of the golden file whose names begin like this (default: tvm_out for an archive, "
        "out for one with CMSIS-NN, tflm_out or out for a .tflite).",
        ("generate",),
        "PREFIX",
    ),
    Option(
        "share_workspace",
        "bool",
        False,
        "Let the models share their workspace pools; they must never run at the same time.",
        ("generate",),
    ),
    Option(
        "stack_bytes",
        "int",
        DEFAULT_STACK_BYTES,
        "Give the thread that runs the models a stack of this many bytes.",
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
        "Spend this percentage of the usual effort on the search for a smaller plan; 0 disables the search.",
        ("generate",),
        "PERCENT",
    ),
    Option(
        "kernels",
        "str",
        OWN,
        "Compile the int8 operators of a .tflite with these kernels.",
        ("generate",),
        choices=KERNELS,
    ),
    Option(
        "template",
        "str",
        None,
        "Render this cookiecutter template instead of the built-in one: a folder, a git address or gh:owner/repo.",
        ("generate",),
        "TEMPLATE",
    ),
    Option(
        "ide",
        "str",
        ",".join(DEFAULT_IDES),
        f"Write files for these IDEs, separated by commas: {', '.join(IDES)}; '{ALL_IDES}' for those that fit the "
        f"board, '{NO_IDE}' for none.",
        ("generate",),
        "NAME[,NAME...]",
    ),
    Option(
        "transport",
        "str",
        "auto",
        "Connect to a board's serial port, or to the emulator that the board file describes; 'auto' takes the "
        "emulator if the board file describes no probe.",
        ("flash", "open_transport"),
        choices=("auto", "serial", "emulator"),
    ),
    Option(
        "runner",
        "str",
        None,
        "Use this program to reach the board (default: the first runner in the board file).",
        ("flash",),
        "RUNNER",
    ),
    Option(
        "port",
        "str",
        None,
        "Open this serial port (default: the one with the USB ids of the board's probe).",
        ("open_transport",),
        "PORT",
    ),
    Option(
        "serial_number",
        "str",
        None,
        "Choose between several connected boards by the USB serial number of their probes.",
        ("flash", "open_transport"),
        "NUMBER",
    ),
    Option(
        "to",
        "str",
        None,
        "Keep the models in this folder (default: mlf beside the firmware's build files, lib/mlf for PlatformIO).",
        ("add", "remove"),
        "FOLDER",
    ),
    Option(
        "as",
        "str",
        None,
        "Write the library for this kind of build system (default: the one that is detected).",
        ("add",),
        choices=LIBRARY_FORMS,
    ),
    Option(
        "target",
        "str",
        None,
        "Link the models to this CMake target (default: the one in add_executable).",
        ("add",),
        "NAME",
    ),
    Option("baud", "int", 115200, "Set the serial port's speed, in baud.", ("open_transport",), "BAUD"),
)


def options_of(stage: str) -> tuple[Option, ...]:
    """The options that a stage takes, in the table's order."""
    return tuple(option for option in OPTIONS if stage in option.stages)


class GenerateOptions(Struct, frozen=True):
    """What the composers need to know of the options, parsed.

    pools:          archive pool name -> board pool name.
    reserved_bytes: region name -> bytes kept free for the application.
    effort_percent: of the planner's usual search.
    ides:           names of IDES, or ALL_IDES alone.
    library:        of a library, None for an application.
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
    ides: tuple[str, ...] = DEFAULT_IDES
    library: LibraryOptions | None = None

    @property
    def is_library(self) -> bool:
        return self.library is not None

    @property
    def host_driven(self) -> bool:
        return self.project_type == HOST_DRIVEN

    def on_device(self, library: ModelLibrary) -> bool:
        """Whether the device runs the model as a whole: a host walks graphs itself."""
        return library.graph is None or not self.host_driven
