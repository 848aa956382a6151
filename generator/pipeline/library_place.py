"""Where a library of models lies in its firmware."""

from __future__ import annotations

import os
from pathlib import Path

from generator.compose.hooks import check_folder
from generator.emit.fileset import LEDGER_NAME
from generator.errors import UsageError
from generator.model.library import PLATFORMIO, LibraryOptions
from generator.model.surroundings import Surroundings
from generator.readers.surroundings import load_surroundings

FOLDER = "mlf"


def load_around(to: Path | None, here: Path) -> Surroundings:
    """The firmware around a library's folder, which may be ``.``; with None, the one that here is in."""
    return load_surroundings(Path(os.path.normpath(to.absolute())).parent if to else here, here)


def usual_folder(around: Surroundings, form: str, here: Path) -> Path:
    """Where a library goes by default, relative to ``here``. form: of the firmware (``PLATFORMIO``, …)."""
    folder = f"lib/{FOLDER}" if form == PLATFORMIO else FOLDER
    return Path(os.path.relpath(around.root / folder, here.resolve()))


def existing_folder(around: Surroundings, here: Path) -> Path:
    """The usual folder that has a library, else the one that would be made; relative to ``here``."""
    places = [usual_folder(around, form, here) for form in (PLATFORMIO, around.form)]
    return next((place for place in places if (place / LEDGER_NAME).is_file()), places[-1])


def folder_of(around: Surroundings, target: Path) -> str:
    """target relative to the repository's root, as a POSIX path."""
    return Path(os.path.relpath(target.resolve(), around.root)).as_posix()


def library_at(around: Surroundings, form: str, target: Path) -> LibraryOptions:
    """The options of a library in ``target``.

    Raises UsageError where that is the firmware's root itself, lies outside of it, or has a name that build systems
    would not all read alike.
    """
    folder = folder_of(around, target)
    if folder in (".", "..") or folder.startswith("../"):
        raise UsageError(
            "the library needs its own folder inside the firmware",
            where=str(target),
            hint=f"for example: --to {FOLDER}",
        )
    check_folder(folder)
    return LibraryOptions(form, "/".join([".."] * len(folder.split("/"))), folder)
