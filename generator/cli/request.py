"""Parsed arguments as a request to generate."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

from generator.errors import UsageError
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.options import generate_request, option_values
from generator.toolchain.cache import cache_folder


def request_of(
    args: argparse.Namespace, *, output: Path | None = None, template: Path | None = None
) -> GenerateRequest:
    """output, template: of the request. UsageError for options that can't be parsed."""
    request = generate_request(
        args.models,
        option_values(vars(args)),
        output=output,
        template=template,
        force=getattr(args, "force", False),
        dry_run=getattr(args, "dry_run", False),
    )
    return replace(request, cache=cache_folder(dict(os.environ)))


def output_of(args: argparse.Namespace) -> Path | None:
    """The folder that ``--output`` names."""
    if args.output == "":
        raise UsageError("--output is empty", hint="check the variable that it comes from")
    return Path(args.output) if args.output else None
