"""What the models' C shows, read once in the life of an archive where there is a cache."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from generator import __version__
from generator.liveness.analysis import analyse
from generator.liveness.kept import dump_placed, parse_placed
from generator.model.archive import Archive
from generator.model.liveness import Analysis, PlacedRun
from generator.model.options import GenerateOptions
from generator.resources import PACKAGE
from generator.toolchain.cache import KeptResults, code_stamp, kept_in

#: Whose code decides what is read from an archive.
_ROOMS = ("liveness", "model", "readers")


def analyse_archives(
    archives: Sequence[Archive], options: GenerateOptions, cache: Path | None = None
) -> dict[str, Analysis]:
    """Model name -> analysis. cache: see GenerateRequest; it changes no result."""
    kept = KeptResults(kept_in(cache, "analyses"))
    stamp = f"{__version__} {code_stamp(PACKAGE / room for room in _ROOMS)}" if cache is not None else ""
    keys: dict[str, str] = {}
    known: dict[str, PlacedRun] = {}
    for archive in archives:
        for library in archive.models:
            if library.compiled is not None:
                continue
            keys[library.name] = f"{stamp} {archive.sha256} {library.name}"
            text = kept.load(keys[library.name])
            if text is not None:
                try:
                    known[library.name] = parse_placed(text)
                except ValueError:
                    continue
    analyses = analyse((library for archive in archives for library in archive.models), options, known)
    for name, key in keys.items():
        placed = analyses[name].placed
        if placed is not None and name not in known:
            kept.store(key, dump_placed(placed))
    return analyses
