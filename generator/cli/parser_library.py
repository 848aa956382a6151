"""The commands for models in an existing firmware."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from generator.cli.parser_parts import add_options, common_arguments
from generator.model.options import Option, options_of

#: options of applications that a library has no use for
_NOT_OF_A_LIBRARY = ("project_type", "template", "ide")


def library_options() -> tuple[Option, ...]:
    """Options of the stage ``generate`` that ``add`` takes; those of a library that is there stay as they are."""
    chosen = [option for option in options_of("generate") if option.name not in _NOT_OF_A_LIBRARY]
    return tuple(
        replace(option, help="Plan for this RTOS (default: the one that the firmware uses).")
        if option.name == "rtos"
        else option
        for option in chosen
    )


def library_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands ``add`` and ``remove`` to the parser.

    command: makes a parser of a name and its help.
    """
    add = command(
        "add",
        help="put models into an existing firmware",
        description="Write the C of models, and nothing else, into a library inside an existing firmware. The "
        "firmware's build system is detected; the lines that it needs are printed. Options that are not given stay "
        "as they were.",
    )
    add.add_argument(
        "models", nargs="*", metavar="MODEL", help="A .tflite file, or an archive (a tar or its folder)."
    )
    add_options(add, options_of("add"))
    add_options(add, library_options(), kept=True)
    tests = add.add_mutually_exclusive_group()
    tests.add_argument(
        "--tests",
        nargs="?",
        const="",
        metavar="FOLDER",
        help="Write tests of the recorded inputs and outputs (--golden) where the repository keeps its tests, or "
        "into FOLDER. Give it after the models.",
    )
    tests.add_argument("--no-tests", action="store_true", help="Remove the tests again.")
    add.add_argument(
        "--apply",
        action="store_true",
        help="Put the lines into the firmware's files, between markers, after showing a diff.",
    )
    add.add_argument(
        "--allow-dirty",
        action="store_true",
        help="With --apply, also change files that have uncommitted changes.",
    )
    _write_arguments(add)
    remove = command(
        "remove",
        help="take models out of an existing firmware",
        description="Generate a library again without some of its models. Without NAME, or with the last one, the "
        "library and the lines that `mlfgen add --apply` put in are removed.",
    )
    names = remove.add_argument("names", nargs="*", metavar="NAME", help="A model's name (default: all).")
    names.completer = _names  # type: ignore[attr-defined]
    add_options(remove, options_of("remove"))
    _write_arguments(remove)


def _names(parsed_args: argparse.Namespace, **_: object) -> tuple[str, ...]:
    from generator.errors import MlfgenError
    from generator.pipeline.library_remove import library_names

    try:
        return library_names(Path(parsed_args.to) if parsed_args.to else None, Path.cwd())
    except MlfgenError:
        return ()


def _write_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-y", "--yes", action="store_true", help="Change the firmware's files without asking on a terminal."
    )
    parser.add_argument(
        "--force", action="store_true", help="Replace generated files that were edited; the edits are lost."
    )
    parser.add_argument("--dry-run", action="store_true", help="Show what would be written; write nothing.")
    common_arguments(parser, json=True)
