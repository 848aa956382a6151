"""``mlfgen west-commands``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from generator import resources
from generator.cli.terminal import paint
from generator.emit.single import write_file
from generator.errors import UsageError

_SPECIFICATION, _COMMAND = "west-commands.yml", "west_mlf.py"
_MANIFEST = "west.yml"


def run(args: argparse.Namespace) -> int:
    manifest = Path(args.repository) / _MANIFEST
    if not manifest.is_file():
        raise UsageError(
            f"no {_MANIFEST}: not a manifest repository",
            where=args.repository,
            hint=f"name the folder with {_MANIFEST}; `west topdir` and `west config manifest.path` show where it is",
        )
    folder = manifest.parent / "scripts"
    folder.mkdir(exist_ok=True)
    shipped = resources.folder("templates") / "west"
    _write(folder / _COMMAND, (shipped / _COMMAND).read_bytes())
    specification = (
        (shipped / _SPECIFICATION)
        .read_text("utf-8")
        .replace(f"templates/west/{_COMMAND}", f"scripts/{_COMMAND}")
    )
    place = folder / _SPECIFICATION
    if place.is_file() and place.read_text("utf-8") != specification:
        entry = "".join(specification.splitlines(keepends=True)[2:])
        print(f"{place} already has commands: add this to its list 'west-commands'\n{entry}", end="")
    else:
        _write(place, specification.encode())
    if f"west-commands: scripts/{_SPECIFICATION}" not in manifest.read_text("utf-8"):
        print(f"add to {manifest}:\n  manifest:\n    self:\n      west-commands: scripts/{_SPECIFICATION}")
    print("next: west mlf --help")
    return 0


def _write(place: Path, data: bytes) -> None:
    """UsageError for a file of the same name that holds something else."""
    if not place.is_file():
        write_file(place, data)
        print(f"{paint(os.fspath(place), 'bold')}: created")
    elif place.read_bytes() != data:
        raise UsageError(
            "exists, but is from another version",
            where=os.fspath(place),
            hint="move it away, then run this again",
        )
