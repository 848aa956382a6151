"""What ``add`` and ``remove`` say of the firmware's own files, and ask before they change them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from generator.cli.generate import changes_text
from generator.cli.terminal import paint
from generator.emit.changes import Report
from generator.errors import UsageError
from generator.model.surroundings import Hook
from generator.pipeline.hook_edits import Edit, apply_edits
from generator.readers.text.names import printable


def library_folder(args: argparse.Namespace) -> Path | None:
    """The folder that ``--to`` names."""
    if args.to == "":
        raise UsageError("--to is empty", hint="check the variable that it comes from")
    return Path(args.to) if args.to else None


def carry_out_edits(edits: Sequence[Edit], args: argparse.Namespace) -> bool:
    """Show the edits as diffs and make them; False when somebody at a terminal says no, or with ``--dry-run``."""
    if not agreed(edits, args) or args.dry_run:
        return False
    apply_edits(edits)
    return True


def agreed(edits: Sequence[Edit], args: argparse.Namespace) -> bool:
    """Show the edits as diffs, and ask at a terminal whether to make them.

    True as well where nobody can be asked, since ``--apply`` was given.
    """
    if not args.json:
        for edit in edits:
            _print_diff(edit)
    if args.dry_run or args.yes or args.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    return input("change these files? [Y/n] ").strip().lower() in ("", "y", "yes")


def print_hooks(hooks: Sequence[Hook]) -> None:
    for hook in hooks:
        print(f"{paint(hook.where, 'bold')}:")
        for line in hook.lines:
            print(f"  {line}")


def print_tests(report: Report, *, would: bool) -> None:
    """What becomes of a library's tests; nothing for one without any."""
    if report != Report():
        print(f"{paint('tests', 'bold')}: {changes_text(report, would=would)}")
    for path in report.kept_but_differs:
        print(f"  kept your {printable(path)}, which differs from what the current models need")


def _print_diff(edit: Edit) -> None:
    colours = {"+": "green", "-": "red"}
    for line in edit.diff.split("\n"):
        text = "\t".join(map(printable, line.split("\t")))
        colour = colours.get(text[:1])
        print(paint(text, colour) if colour else text)
