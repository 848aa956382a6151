"""Parsed arguments as a request to generate."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path

from msgspec.structs import replace

from generator.errors import MlfgenError, UsageError, all_of
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.options import generate_request, option_values
from generator.toolchain.cache import cache_folder


def request_of(
    args: argparse.Namespace, *, output: Path | None = None, template: Path | None = None
) -> GenerateRequest:
    """The request that parsed arguments make.

    output, template: of the request. UsageError for options that can't be parsed.
    """
    request = generate_request(
        args.models,
        option_values(vars(args)),
        output=output,
        template=template,
        force=getattr(args, "force", False),
        dry_run=getattr(args, "dry_run", False),
    )
    return replace(request, cache=cache_folder(dict(os.environ)))


def reports_every_mistake(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Decorates a command with the options of ``generate``: raises the errors in all options at once."""

    @wraps(run)
    def complete(args: argparse.Namespace) -> int:
        try:
            return run(args)
        except MlfgenError as error:
            others = [each for each in option_mistakes_of(args) if each.what != error.what]
            if not others:
                raise
            raise all_of([error, *others]) from None

    return complete


def option_mistakes_of(args: argparse.Namespace) -> tuple[MlfgenError, ...]:
    """The errors in the options of a command that has those of ``generate``; none for other commands."""
    given = vars(args)
    if not isinstance(given.get("rtos"), str) or not isinstance(given.get("board"), str):
        return ()
    from generator.pipeline.option_mistakes import option_mistakes

    return option_mistakes(option_values(given), tuple(Path(model) for model in given.get("models", ())))


def output_of(args: argparse.Namespace) -> Path | None:
    """The folder that ``--output`` names."""
    if args.output == "":
        raise UsageError("--output is empty", hint="check the variable that it comes from")
    return Path(args.output) if args.output else None
