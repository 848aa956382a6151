"""``mlfgen monitor``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from generator.pipeline.monitor import MonitorRequest, monitor


def run(args: argparse.Namespace) -> int:
    request = MonitorRequest(
        Path(args.app), args.port, args.serial_number, args.baud, args.until_end, args.timeout
    )

    def show(data: bytes) -> None:
        sys.stdout.write(data.decode("utf-8", errors="replace").replace("\r\n", "\n"))
        sys.stdout.flush()

    try:
        monitor(request, show)
    except KeyboardInterrupt:
        # The usual way to leave.
        print(file=sys.stderr)
    return 0
