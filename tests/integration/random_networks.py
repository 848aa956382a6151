"""Compile networks drawn at random, run them here with sanitizers, and compare them with reference interpreters.

    python tests/integration/random_networks.py [--operator NAME]... [--count N] [--seed S] [--core CORE]
        [--kernels KERNELS [--cmsis-nn FOLDER]] [--damaged] [--json] [--work FOLDER]

A network has one operator, or several that feed each other (``--operator CHAIN``). It is the same for the same
operator and seed; seeds S to S + N - 1 are drawn for each operator. A verdict is ``exact`` where every byte of every
output equals that of the reference that docs/tflite.md names, ``close`` within ``COMPILED_FLOATS`` for floats,
``refused`` by the compiler (with the references that run it in brackets), ``unjudged`` where no reference runs it,
``wrong`` with the first element that differs, or ``broken``: an exception, a warning of the C compiler or a report of
a sanitizer.

Networks run on this computer, or with ``--core`` on an emulated Cortex-M with the kernels' forms for it; CMSIS-NN's
sources are compiled along with ``--kernels cmsis-nn``. With ``--damaged``, networks contradict themselves: each must
be refused, or run without a report.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from drawn_networks.arm import CORES  # noqa: E402
from drawn_networks.cmsis_nn import build_library  # noqa: E402
from drawn_networks.engines import load_engines  # noqa: E402
from drawn_networks.judge import BAD, Verdict, counted, judge  # noqa: E402
from drawn_networks.recipes import CHAIN, RECIPES  # noqa: E402

from generator.model.kernels import CMSIS_NN, KERNELS, OWN  # noqa: E402

#: networks in one program
_BATCH = 40


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--operator", action="append", metavar="NAME", choices=[*RECIPES, CHAIN], help="default: all"
    )
    parser.add_argument("--count", type=int, default=20, help="networks of each operator (default: 20)")
    parser.add_argument("--seed", type=int, default=0, help="of each operator's first network (default: 0)")
    parser.add_argument(
        "--core", choices=CORES, help="run by Unicorn on this core (default: on this computer)"
    )
    parser.add_argument("--kernels", choices=KERNELS, default=OWN)
    parser.add_argument(
        "--damaged", action="store_true", help="change a shape, a type or an option of each network"
    )
    parser.add_argument("--cmsis-nn", type=Path, metavar="FOLDER", help="its sources, for --kernels cmsis-nn")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--work", type=Path, help="keep what is built in this folder")
    options = parser.parse_args()
    load_engines()
    if (options.kernels == CMSIS_NN) != (options.cmsis_nn is not None):
        parser.error(f"--kernels {CMSIS_NN} and --cmsis-nn go together")
    with tempfile.TemporaryDirectory() as scratch:
        return _run(options, Path(scratch))


def _run(options: argparse.Namespace, scratch: Path) -> int:
    library = None
    if options.cmsis_nn is not None:
        compiler = "gcc" if options.core is None else "arm-none-eabi-gcc"
        flags = () if options.core is None else ("-mthumb", *CORES[options.core])
        library = build_library(options.cmsis_nn, scratch / "library", compiler, flags)
    named = [
        (kind, options.seed + number)
        for kind in options.operator or [*RECIPES, CHAIN]
        for number in range(options.count)
    ]
    verdicts: list[Verdict] = []
    for start in range(0, len(named), _BATCH):
        work = (options.work or scratch) / str(start)
        found = judge(
            named[start : start + _BATCH],
            work,
            options.kernels,
            damaged=options.damaged,
            core=options.core,
            library=library,
        )
        if options.work is None:
            shutil.rmtree(work, ignore_errors=True)
        verdicts += found
        for verdict in found:
            if not options.json and verdict.verdict in BAD:
                print(
                    f"{verdict.verdict}: {verdict.kind} --seed {verdict.seed} ({verdict.dtypes}): {verdict.detail}",
                    flush=True,
                )
    if options.json:
        print(json.dumps({"counts": counted(verdicts), "networks": [asdict(v) for v in verdicts]}, indent=2))
    else:
        _print(verdicts)
    return 1 if any(verdict.verdict in BAD for verdict in verdicts) else 0


def _print(verdicts: list[Verdict]) -> None:
    for reason in ("refused", "unjudged"):
        found = Counter((v.kind, v.detail) for v in verdicts if v.verdict == reason)
        for (kind, detail), count in sorted(found.items()):
            print(f"{reason}: {kind}, {count} times: {' '.join(detail.split())[:300]}")
    for kind, row in counted(verdicts).items():
        print(f"{kind:30} " + ", ".join(f"{count} {verdict}" for verdict, count in sorted(row.items())))
    total = Counter(verdict.verdict for verdict in verdicts)
    print("all: " + ", ".join(f"{count} {verdict}" for verdict, count in sorted(total.items())))


if __name__ == "__main__":
    sys.exit(main())
