"""``mlfgen flash``."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

from generator.pipeline.flash import flash
from generator.toolchain.runner import SystemRunner


def run(args: argparse.Namespace) -> int:
    flash(
        Path(args.app),
        runner=SystemRunner(),
        env=dict(os.environ),
        program=args.runner,
        serial_number=args.serial_number,
        build_folder=Path(args.build_folder) if args.build_folder else None,
        on_line=(lambda line: print(line, file=sys.stderr)) if args.verbose else None,
    )
    print(f"image written; to see its output: mlfgen monitor {shlex.quote(args.app)}")
    return 0
