"""How long ``generate`` takes as a whole process, how much memory, and what it writes.

    python benchmarks/generate.py [ARCHIVE] [--board BOARD] [--rtos RTOS] [--runs N]

Prints the machine, the versions, and for N warm runs the wall time (least, median), the CPU time and the
greatest resident memory, then the number and size of the files written. The bare interpreter's own figures
are measured beside it, in the same run.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def measure(argv: list[str], runs: int) -> tuple[list[float], list[float]]:
    """Wall and CPU seconds of each run."""
    wall, cpu = [], []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
        wall.append(time.perf_counter() - began)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return wall, cpu


def line(name: str, wall: list[float], cpu: list[float]) -> str:
    return (
        f"| {name} | {min(wall) * 1000:.0f} | {statistics.median(wall) * 1000:.0f} | "
        f"{statistics.median(cpu) * 1000:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive", nargs="?", default=str(ROOT / "samples" / "branchy.tar"))
    parser.add_argument("--board", default="stm32f746g_disco")
    parser.add_argument("--rtos", default="zephyr")
    parser.add_argument("--runs", type=int, default=15)
    args = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}")
    print(f"Python {platform.python_version()}, ", end="")
    print(", ".join(f"{name} {version(name)}" for name in ("mlfgen", "jinja2", "pyyaml")))
    print(f"{Path(args.archive).name}, {args.board}, {args.rtos}, {args.runs} runs after one to warm up\n")
    with tempfile.TemporaryDirectory() as folder:
        generate = [sys.executable, "-m", "generator", "generate", "--rtos", args.rtos, "--board", args.board]
        first = [*generate, "--output", f"{folder}/warm", args.archive]
        subprocess.run(first, check=True, stdout=subprocess.DEVNULL)
        print("| whole process | least ms | median ms | median CPU ms |\n|---|---|---|---|")
        print(line("python -c pass", *measure([sys.executable, "-c", "pass"], args.runs)))
        wall, cpu = [], []
        for run in range(args.runs):
            one_wall, one_cpu = measure([*generate, "--output", f"{folder}/{run}", args.archive], 1)
            wall += one_wall
            cpu += one_cpu
        print(line("generate, new folder", wall, cpu))
        print(line("generate, nothing to do", *measure(first, args.runs)))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        files = [path for path in Path(folder, "warm").rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        print(f"\ngreatest resident memory {peak / 1024:.0f} MB; wrote {len(files)} files, {size:,} bytes")


if __name__ == "__main__":
    main()
