"""Which module of Zephyr's manifest holds a vendor's code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from generator.readers.zephyr.kconfig import defined_symbols

_PREFIX = "hal_"
_FILE = "Kconfig."
_PROJECT = re.compile(r"^\s*-\s+name:\s*([\w.-]+)\s*$", re.MULTILINE)


def vendor_module(
    symbols: frozenset[str],
    kconfig: Mapping[str, str],
    folders: Iterable[str],
    manifest: str,
    vendor_prefixes: str,
) -> str | None:
    """The module, or None for a part whose code is all Zephyr's.

    symbols:  what the board selects. A part that needs vendor code selects a symbol of the ``Kconfig.vendor`` or
              ``hal_vendor/Kconfig`` files in Zephyr's ``modules`` folder, which are given by path.
    folders:  names of the folders that describe the part, the most specific first.
    manifest: text of Zephyr's west.yml. vendor_prefixes: of the file that names vendors in full.
    """
    files = [
        path
        for path, text in kconfig.items()
        if path.startswith((_PREFIX, _FILE)) and symbols & defined_symbols(text)
    ]
    if not files:
        return None
    full = dict(re.findall(r"^([\w-]+)\t+(\w+)", vendor_prefixes, re.MULTILINE))
    parts = list(folders)
    names = [
        *(path.split("/")[0].removeprefix(_PREFIX).removeprefix(_FILE) for path in files),
        *parts,
        *(full[part].lower() for part in parts if part in full),
    ]
    projects = set(_PROJECT.findall(manifest))
    return next((_PREFIX + name for name in names if _PREFIX + name in projects), None)
