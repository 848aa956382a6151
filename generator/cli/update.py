"""``mlfgen update``."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

from generator.cli.generate import load_template_of, write
from generator.model.options import options_of
from generator.pipeline.kept_options import updated_request
from generator.toolchain.cache import cache_folder


def run(args: argparse.Namespace) -> int:
    given = {o.name: getattr(args, o.name) for o in options_of("generate") if hasattr(args, o.name)}
    request = updated_request(
        Path(args.app), tuple(args.models), given, force=args.force, dry_run=args.dry_run
    )
    template = load_template_of(request.template_source)
    return write(replace(request, template=template, cache=cache_folder(dict(os.environ))), args)
