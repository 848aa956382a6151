"""``mlfgen`` and ``generate``: parse, call the route, print, exit code."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

from generator.cli.shown import streams_shown
from generator.errors import MlfgenError, UsageError, all_of

#: command -> module of this package whose ``run(args) -> exit code`` does it; imported on demand
COMMANDS = {
    "generate": "generate",
    "update": "update",
    "add": "add",
    "remove": "remove",
    "compile": "compile",
    "inspect": "inspect",
    "plan": "plan",
    "boards": "boards",
    "build": "build",
    "check": "check",
    "run": "run",
    "profile": "profile",
    "flash": "flash",
    "debug": "debug",
    "monitor": "monitor",
    "verify": "verify",
    "session": "session",
    "serve": "serve",
    "template-dir": "template_dir",
    "workspace": "workspace",
    "west-commands": "west_commands",
    "doctor": "doctor",
}

_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """The command ``mlfgen``. argv: without the program's name."""
    return _main(sys.argv[1:] if argv is None else argv, only_generate=False)


def generate_main(argv: Sequence[str] | None = None) -> int:
    """The command ``generate``: ``mlfgen generate``."""
    return _main(sys.argv[1:] if argv is None else argv, only_generate=True)


def _main(argv: Sequence[str], *, only_generate: bool) -> int:
    _fill_closed_streams()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names may contain what the terminal can't show
    _end_when_asked()
    logging.lastResort = _Warnings(logging.WARNING)
    with streams_shown():
        return _flushed(argv, only_generate=only_generate)


def _flushed(argv: Sequence[str], *, only_generate: bool) -> int:
    """The exit code; also of a standard output that can't be written to."""
    try:
        try:
            return _answer(argv, only_generate=only_generate)
        finally:
            sys.stdout.flush()
    except OSError as error:
        # Discard what is left in the buffer, or Python would try to write it once more at exit.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):  # the reader, such as head, has seen enough
            return 0
        print(f"error: can't write to standard output: {error.strerror}", file=sys.stderr)
        return 1


class _Warnings(logging.Handler):
    """Shows the warnings of the routes, unless a command has set up logging of its own."""

    def emit(self, record: logging.LogRecord) -> None:
        from generator.cli.terminal import paint

        print(f"{paint('warning:', 'yellow', sys.stderr)} {record.getMessage()}", file=sys.stderr)


def _fill_closed_streams() -> None:
    """Open /dev/null for each closed standard stream, so that no file opened later gets its descriptor."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115


def _end_when_asked() -> None:
    """Turn the signals that end a program into an exception, so that processes and scratch files are cleaned up."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # Leave alone what nohup, or a program that embeds this one, has set.
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


def _answer(argv: Sequence[str], *, only_generate: bool) -> int:
    debug = "--debug" in argv
    as_json = "--json" in argv
    try:
        from generator.cli.parser import build_generate_parser, build_parser

        parser = build_generate_parser() if only_generate else build_parser()
        _complete(parser)
        _apply_settings(parser, argv)
        if not argv:
            parser.print_help()
            return UsageError.exit_code
        args = parser.parse_args(argv)
        if getattr(args, "faults", None):
            from generator.cli.request import option_mistakes_of

            raise all_of([*args.faults, *option_mistakes_of(args)])
        command: Callable[..., int] = import_module(f"generator.cli.{COMMANDS[args.command]}").run
        if getattr(args, "quiet", False) and not args.json:
            with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
                return command(args)
        return command(args)
    except MlfgenError as error:
        _trace(debug)
        _print_error(error, as_json=as_json)
        return error.exit_code
    except KeyboardInterrupt:
        print("\ninterrupted; no file was left half-written", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        raise
    except OSError as error:
        _trace(debug)
        _print_error(MlfgenError(error.strerror or str(error), where=error.filename), as_json=as_json)
        return 1
    except Exception as error:
        _trace(debug)
        fault = MlfgenError(
            f"internal error: {type(error).__name__}: {error}",
            hint="this is a bug in mlfgen; run the command again with --debug and report the traceback",
        )
        _print_error(fault, as_json=as_json)
        return 1


def _complete(parser: argparse.ArgumentParser) -> None:
    """Answer a shell's request for completions, and exit."""
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(parser)


def _apply_settings(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    if not argv or argv[0] in ("-h", "--help", "--version"):
        return
    from generator.cli.parser import parsers_of
    from generator.cli.settings import apply_settings, load_settings

    found = load_settings(Path.cwd())
    if found is not None:
        apply_settings(parsers_of(parser), *found)


def _trace(debug: bool) -> None:
    if debug:
        import traceback

        traceback.print_exc()


def _print_error(error: MlfgenError, *, as_json: bool) -> None:
    """On standard error for people; with as_json also a document on standard output, the only one there."""
    from generator.cli.terminal import print_error

    if as_json:
        import json

        from generator.cli.json_error import error_json

        print(json.dumps({"error": error_json(error)}, indent=2))
    print_error(error)


if __name__ == "__main__":
    sys.exit(main())
