"""``mlfgen run``."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from pathlib import Path

from generator.pipeline.run import explain_end
from generator.pipeline.run import run as run_app
from generator.readers.console import parse_console
from generator.toolchain.runner import SystemRunner
from generator.wording import counted

#: shortest run whose speed is printed
MIN_RATED_S = 0.5


def run(args: argparse.Namespace) -> int:
    result = run_app(
        Path(args.app),
        starter=SystemRunner(),
        env=dict(os.environ),
        build_folder=Path(args.build_folder) if args.build_folder else None,
        other_image=Path(args.image) if args.image else None,
        timeout_s=args.timeout,
        on_line=None if args.json else lambda line: print(line, flush=True),
        gdb_port=args.gdb,
        on_listen=_listening,
    )
    if not args.json:
        for note in result.notes:
            print(f"note: {note}")
    if args.gdb is None:
        explain_end(result)
    failures = parse_console(result.text).failures or 0
    if args.json:
        print(
            json.dumps(
                {
                    "console": result.text,
                    "failures": failures,
                    "seconds": round(result.seconds, 3),
                    "instructions": result.instructions,
                    "notes": list(result.notes),
                },
                indent=2,
            )
        )
    elif result.instructions is not None:
        rate = result.instructions / max(result.seconds, 1e-9)
        # A short run, or a slow one, says how long the emulator takes to start, not how fast it is.
        rated = result.seconds >= MIN_RATED_S and rate >= 1e6
        fast = f" ({rate / 1e6:.0f} million per second)" if rated else ""
        print(f"{counted(result.instructions, 'instruction')} in {result.seconds:.2f} s{fast}")
    return 1 if failures else 0


def _listening(port: int, image: Path) -> None:
    print(f"waiting for GDB on port {port}; in another terminal:", file=sys.stderr)
    command = f"gdb-multiarch {shlex.quote(str(image))} -ex 'target remote :{port}'"
    print(f"  {command}", file=sys.stderr, flush=True)
