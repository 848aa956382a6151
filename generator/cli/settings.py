"""Options that a repository repeats: ``mlfgen.toml``, or the table ``[tool.mlfgen]`` of its ``pyproject.toml``."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from generator.errors import ToolMissingError, UsageError, did_you_mean
from generator.model.options import OPTIONS, Option

_OWN, _PROJECT = "mlfgen.toml", "pyproject.toml"
#: written to: never outside the current folder by a file's choice
_WRITTEN = frozenset({"to"})
#: of the option table, those that say which programs or templates of others run: never a file's to choose
NEVER = frozenset({"template", "runner"})


def load_settings(folder: Path) -> tuple[Mapping[str, Any], str] | None:
    """The settings of the nearest folder, this one or above it, that has any, and the file they are from.

    UsageError for a file that can't be read.
    """
    for place in (folder, *folder.parents):
        if (place / _OWN).is_file():
            return _toml(place / _OWN), str(place / _OWN)
        # Most have no such table: looking for the word spares them a parser.
        project = place / _PROJECT
        if project.is_file() and b"tool.mlfgen" in project.read_bytes():
            tools = _toml(project).get("tool")
            table = tools.get("mlfgen") if isinstance(tools, Mapping) else None
            if isinstance(table, Mapping):
                return table, f"{project}: tool.mlfgen"
    return None


def _toml(path: Path) -> dict[str, Any]:
    return toml_table(path.read_bytes(), str(path))


def toml_table(data: bytes, where: str) -> dict[str, Any]:
    """A TOML file's content. UsageError for anything else."""
    parser = _toml_parser(where)
    try:
        table: dict[str, Any] = parser.loads(data.decode("utf-8"))
    except (parser.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"not valid TOML: {error}", where=where, hint="correct the file") from None
    return table


def _toml_parser(where: str) -> Any:
    for name in ("tomllib", "tomli"):
        with contextlib.suppress(ImportError):
            return import_module(name)
    raise ToolMissingError(
        "reading it with a Python older than 3.11 needs the package tomli",
        where=where,
        hint="pip install tomli",
    )


def apply_settings(
    parsers: Mapping[str, argparse.ArgumentParser], settings: Mapping[str, Any], where: str
) -> None:
    """Make settings the defaults of the commands that have such options; the command line overrides or extends them.

    parsers: by command. UsageError for a key that names no option, and for a value that it can't take, all at
    once.
    """
    known = {option.name: option for option in OPTIONS if option.name not in NEVER}
    faults: list[str] = []
    shared = {key: value for key, value in settings.items() if not isinstance(value, Mapping)}
    tables = [(name, table) for name, table in settings.items() if isinstance(table, Mapping)]
    _apply(list(parsers.values()), shared, known, "", faults)
    for command, table in tables:
        if command not in parsers:
            faults.append(f"[{command}]: unknown command; {did_you_mean(command, parsers)}")
            continue
        _apply([parsers[command]], table, known, f"{command}.", faults)
    if faults:
        raise UsageError("; ".join(faults), where=where, hint="docs/settings.md lists the settings")


def _apply(
    parsers: list[argparse.ArgumentParser],
    values: Mapping[str, Any],
    known: Mapping[str, Option],
    prefix: str,
    faults: list[str],
) -> None:
    for key, value in values.items():
        name = key.replace("-", "_")
        if name not in known:
            faults.append(f"'{prefix}{key}' is not an option; {did_you_mean(name, known)}")
            continue
        wrong = _fault(known[name], value)
        if wrong is not None:
            faults.append(f"'{prefix}{key}' {wrong}")
            continue
        actions = [action for parser in parsers for action in _options(parser) if action.dest == name]
        for parser in parsers:
            # Tells what a file gave from what was typed.
            parser.set_defaults(settings={**(parser.get_default("settings") or {}), name: value})
        if prefix and not actions:
            faults.append(f"'{prefix}{key}': this command has no such option")
        for action in actions:
            action.default = list(value) if isinstance(value, list) else value
            action.required = False


def is_from_file(args: argparse.Namespace, name: str) -> bool:
    """Whether the value of an option is the settings file's, not typed: a parser returns defaults as they are."""
    settings = getattr(args, "settings", None) or {}
    return name in settings and getattr(args, name) is settings[name]


def _options(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    return (action for action in parser._actions if action.option_strings)


def _fault(option: Option, value: Any) -> str | None:
    """What is wrong with a value, or None."""
    kinds: dict[str, tuple[str, bool]] = {
        "str": ("a string", isinstance(value, str)),
        "int": ("a whole number", isinstance(value, int) and not isinstance(value, bool)),
        "bool": ("true or false", isinstance(value, bool)),
        "list": (
            "a list of strings",
            isinstance(value, list) and all(isinstance(item, str) for item in value),
        ),
    }
    words, fits = kinds[option.kind]
    if not fits:
        return f"must be {words}"
    if option.name in _WRITTEN and (Path(value).is_absolute() or ".." in Path(value).parts):
        return f"is '{value}', which is outside the current folder; to write there, use {option.flag}"
    if option.choices and value not in option.choices:
        return f"is '{value}'; choose from " + ", ".join(option.choices)
    return None
