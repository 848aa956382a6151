"""Session after session with a host-driven application that is never reset: does its memory come back?

    python benchmarks/sessions.py APP [--count N] [--inputs FILE.npz] [--transport auto|serial|emulator]

Opens the transport once, then N sessions; each sets the inputs, runs the model, fetches the outputs, and is
followed by one that asks what is still in use. Prints the machine, sessions per second, the memory in use before,
during and after, whether the outputs were the same each time, and the device's own counters. Exit code 1 when
any figure differs from the first session's.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
from pathlib import Path

from generator.pipeline.session import choose_model, connected, project_models, run_session
from generator.pipeline.session_inputs import load_inputs
from generator.pipeline.transport import TransportOptions, open_transport
from generator.toolchain.runner import SystemRunner


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("app", help="a built host-driven application")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--inputs", help=".npz, as `mlfgen session` takes it")
    parser.add_argument("--transport", choices=("auto", "serial", "emulator"), default="auto")
    args = parser.parse_args()
    app = Path(args.app)
    library = choose_model(project_models(app), None)
    sets = load_inputs(Path(args.inputs) if args.inputs else None, library)[:1]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{app.name}: {args.count} sessions, two of the device's each")
    transport = open_transport(
        app, TransportOptions(args.transport), starter=SystemRunner(), env=dict(os.environ)
    )
    results, seconds = [], []
    try:
        for _ in range(args.count):
            began = time.perf_counter()
            results.append(run_session(transport, library, sets))
            seconds.append(time.perf_counter() - began)
        with connected(transport) as session:
            stats = session.stats()
    finally:
        transport.close()
    first = results[0]
    print(f"seconds a session: median {statistics.median(seconds):.3f}, most {max(seconds):.3f}")
    print(f"memory in use: before {first.before_bytes}, during {first.held_bytes}, after {first.after_bytes}")
    odd = [
        number
        for number, result in enumerate(results)
        if (result.outputs, result.before_bytes, result.held_bytes, result.after_bytes)
        != (first.outputs, 0, first.held_bytes, 0)
    ]
    print(f"sessions that differ from the first: {len(odd)}" + (f", the first is {odd[0]}" if odd else ""))
    print("device: " + ", ".join(f"{name} {value:,}" for name, value in stats.items()))
    return 1 if odd else 0


if __name__ == "__main__":
    sys.exit(main())
