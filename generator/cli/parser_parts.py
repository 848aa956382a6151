"""Pieces of the command line that several commands share."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from generator.errors import MlfgenError, UsageError, all_of, did_you_mean
from generator.model.ides import ALL_IDES, IDES, NO_IDE
from generator.model.options import Option


class Parser(argparse.ArgumentParser):
    """Raises instead of printing, so that every message has one shape.

    Wrong choices are collected in ``faults`` of the namespace, so that the command can add what else is wrong.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._faults: list[MlfgenError] = []

    def error(self, message: str) -> NoReturn:
        raise all_of([*self._faults, UsageError(message, hint=f"`{self.prog} --help` shows the usage")])

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Reports an unknown option before argparse reports what is missing because of it."""
        if self._subparsers is None:
            for text in itertools.takewhile(lambda text: text != "--", args or ()):
                self._check_option(text.partition("=")[0])
        self._faults = []
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        if self._faults:
            parsed.faults = self._faults
        return parsed, unknown

    def _check_option(self, flag: str) -> None:
        known = self._option_string_actions
        if not flag.startswith("--") or any(option.startswith(flag) for option in known):
            return
        hint = did_you_mean(flag, known, f"`{self.prog} --help` lists the options")
        raise UsageError(f"unknown option {flag}", hint=hint)

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        try:
            return super()._get_value(action, arg_string)
        except argparse.ArgumentError as error:
            hint = f"`{self.prog} --help` shows the usage"
            self._faults.append(UsageError(str(error), hint=hint))
            return action.default

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            choices = [str(choice) for choice in action.choices]
            hint = did_you_mean(str(value), choices, "choose from " + ", ".join(choices))
            name = action.option_strings[-1] if action.option_strings else action.metavar or action.dest
            self._faults.append(UsageError(f"{name}: invalid choice '{value}'", hint=hint))
            if isinstance(action, argparse._SubParsersAction):
                raise self._faults[-1]


def app_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("app", metavar="APP", help="The folder of a generated application.")


def common_arguments(parser: argparse.ArgumentParser, *, json: bool) -> None:
    if json:
        parser.add_argument("--json", action="store_true", help="Print one JSON document instead of text.")
        parser.add_argument("-q", "--quiet", action="store_true", help="Print only warnings and errors.")
    parser.add_argument("--debug", action="store_true", help="Show the traceback of an error.")


def build_folder_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--build-folder", metavar="FOLDER", help="Use this build folder (default: APP/build)."
    )


def add_options(parser: argparse.ArgumentParser, options: Sequence[Option], *, kept: bool = False) -> None:
    """Add the options of a stage to a command's parser, from the option table.

    kept: options that are not given stay as they are, so none has a default.
    """
    for option in options:
        settings: dict[str, Any] = {"dest": option.name, "help": option.help if kept else _help(option)}
        if option.kind == "bool":
            if kept:
                settings["default"] = argparse.SUPPRESS
            parser.add_argument(option.flag, action="store_true", **settings)
            continue
        if option.kind == "list":
            settings.update(action="append", default=list(option.default))
        else:
            settings.update(default=option.default, required=option.required)
        if kept:
            settings.update(default=argparse.SUPPRESS, required=False)
        if option.kind == "int":
            settings["type"] = int
        if option.choices:
            settings["choices"] = option.choices
        else:
            settings["metavar"] = option.metavar
        action = parser.add_argument(option.flag, **settings)
        if option.name in _COMPLETERS:
            # argcomplete looks for a completer under this name.
            action.completer = _COMPLETERS[option.name]  # type: ignore[attr-defined]


def _boards(**_: object) -> tuple[str, ...]:
    from generator.pipeline.board_names import board_names

    return board_names()


def _ides(prefix: str = "", **_: object) -> list[str]:
    """Completes the last of several names separated by commas."""
    before, comma, _last = prefix.rpartition(",")
    names = [name for name in IDES if name not in before.split(",")]
    return [f"{before}{comma}{name}" for name in (names if comma else [*names, ALL_IDES, NO_IDE])]


_COMPLETERS: Mapping[str, Callable[..., Sequence[str]]] = {"board": _boards, "ide": _ides}


def _help(option: Option) -> str:
    text = option.help.replace("%", "%%")
    if option.kind in ("str", "int") and option.default is not None:
        return f"{text.removesuffix('.')} (default: {option.default})."
    return text


def models_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "models", nargs="+", metavar="MODEL", help="A .tflite file, or an archive (a tar or its folder)."
    )
