"""``mlfgen run``."""

from __future__ import annotations

import argparse
import json
import os
import re
from pathlib import Path

from generator.pipeline.run import explain_end
from generator.pipeline.run import run as run_app
from generator.toolchain.runner import SystemRunner

_FAILURES = re.compile(r"^mlf: end, (\d+) failures", re.MULTILINE)


def run(args: argparse.Namespace) -> int:
    outcome = run_app(
        Path(args.app),
        starter=SystemRunner(),
        env=dict(os.environ),
        build_folder=Path(args.build_folder) if args.build_folder else None,
        timeout_s=args.timeout,
        on_line=None if args.json else lambda line: print(line, flush=True),
    )
    if not args.json:
        for note in outcome.notes:
            print(f"note: {note}")
    explain_end(outcome)
    found = _FAILURES.search(outcome.console)
    failures = int(found[1]) if found else 0
    if args.json:
        print(
            json.dumps(
                {
                    "console": outcome.console,
                    "failures": failures,
                    "seconds": round(outcome.seconds, 3),
                    "instructions": outcome.instructions,
                    "notes": list(outcome.notes),
                },
                indent=2,
            )
        )
    elif outcome.instructions is not None:
        rate = outcome.instructions / max(outcome.seconds, 1e-9) / 1e6
        print(f"{outcome.instructions:,} instructions, {rate:.0f} million a second")
    return 1 if failures else 0
