"""``mlfgen debug``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from generator.pipeline.debug import DebugRequest, debug
from generator.toolchain.debugger import SystemTerminal


def run(args: argparse.Namespace) -> int:
    request = DebugRequest(
        Path(args.app),
        Path(args.build_folder) if args.build_folder else None,
        args.emulator,
        args.gdb,
        args.runner,
        args.serial_number,
        load=not args.no_load,
    )
    return debug(
        request,
        terminal=SystemTerminal(),
        env=dict(os.environ),
        on_line=lambda line: print(f"firmware: {line}", flush=True),
    )
