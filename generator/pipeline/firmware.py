"""What a generated project says of itself."""

from __future__ import annotations

from pathlib import Path

from generator.emit.fileset import LEDGER_NAME
from generator.emit.ledger import parse_ledger
from generator.emit.plain_file import load_plain
from generator.emit.writer import recover
from generator.errors import TargetError
from generator.model.firmware import Firmware
from generator.model.library import LIBRARY
from generator.readers.firmware import REGENERATE, parse_firmware


def load_firmware(app: Path) -> Firmware:
    """The record of an application: see ``load_record``. TargetError for a library of models."""
    firmware = load_record(app)
    if firmware.project_type == LIBRARY:
        raise TargetError(
            "this is a library of models, not an application",
            where=str(app),
            hint="build and run the firmware that it is part of",
        )
    return firmware


def load_record(app: Path) -> Firmware:
    """What was generated into a folder, be it an application or a library.

    TargetError when nothing was. Undoes first what a killed generate left half-written.
    """
    recover(app)
    path = app / LEDGER_NAME
    try:
        text = load_plain(path).decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise TargetError(
            f"not a generated application: no {LEDGER_NAME}",
            where=str(app),
            hint="give the folder that `mlfgen generate` wrote",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise TargetError(f"can't be read: {error}", where=str(path), hint=REGENERATE) from None
    return parse_firmware(parse_ledger(text).plan, LEDGER_NAME)
