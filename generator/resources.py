"""Finds ``templates/`` and ``boards/``: inside an installed wheel or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path

#: The folder of the package ``generator``.
PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder ``templates`` or ``boards``."""
    shipped = PACKAGE / "_data" / name
    return shipped if shipped.is_dir() else PACKAGE.parent / name


def names(name: str, suffix: str) -> tuple[str, ...]:
    """The files of a folder that end so, sorted, without the ending."""
    return tuple(sorted(path.name.removesuffix(suffix) for path in folder(name).glob(f"*{suffix}")))
