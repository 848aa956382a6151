"""``python -m tests.fuzz TARGET --seconds N``: exit code 1 and the input in a file when a fault is found."""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path


def main() -> int:
    args = _arguments()
    engine = args.engine
    if engine == "auto":
        alone = args.target != "all" and not args.plant and args.input is None
        engine = "atheris" if alone and find_spec("atheris") else "own"
    if engine == "atheris":
        return _atheris(args)
    from tests.fuzz.loop import Outcome, fuzz, run_once
    from tests.fuzz.targets import TARGETS, with_fault

    if args.target != "all" and args.target not in TARGETS:
        return _no_target(args.target, TARGETS)
    chosen = list(TARGETS.values()) if args.target == "all" else [TARGETS[args.target]]
    if args.input is not None:
        fault = run_once(chosen[0], args.input.read_bytes(), Outcome(args.target))
        print(fault or "no fault")
        return 1 if fault else 0
    found = total = 0
    for target in chosen:
        restore = None
        if args.plant:
            target, restore = with_fault(target)
        seconds = None if args.seconds is None else args.seconds / len(chosen)
        outcome = fuzz(target, seconds=seconds, runs=args.runs, seed=args.seed)
        if restore is not None:
            restore()
        total += outcome.runs
        print(outcome, flush=True)
        if outcome.fault is not None:
            found += 1
            text, data = outcome.fault
            if not args.plant:
                args.findings.mkdir(parents=True, exist_ok=True)
                place = args.findings / f"{target.name}-{hashlib.sha256(data).hexdigest()[:12]}"
                place.write_bytes(data)
                print(f"{text}\nagain: python -m tests.fuzz {target.name} --input {place}", file=sys.stderr)
    print(f"{total:,} inputs, {found} faults")
    return 1 if found else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", help="a target's name, or all; a wrong one lists them")
    parser.add_argument("--seconds", type=float, help="shared among the targets")
    parser.add_argument("--runs", type=int, help="at most so many inputs a target")
    parser.add_argument("--seed", type=int, default=0, help="of the random changes (own engine)")
    parser.add_argument("--engine", choices=("auto", "own", "atheris"), default="auto")
    parser.add_argument("--input", type=Path, metavar="FILE", help="run one input again")
    parser.add_argument("--plant", action="store_true", help="plant a fault, to see that it is found")
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"), metavar="DIR")
    args = parser.parse_args()
    if args.input is None and args.seconds is None and args.runs is None:
        parser.error("give --seconds, --runs or both")
    return args


def _atheris(args: argparse.Namespace) -> int:
    """libFuzzer with coverage of the generator's own code. Ends the process."""
    import atheris

    with atheris.instrument_imports(include=["generator"]):
        from tests.fuzz.targets import TARGETS, with_fault
    from generator.errors import MlfgenError
    from tests.fuzz.loop import hides_a_fault

    if args.target not in TARGETS:
        return _no_target(args.target, TARGETS)
    target = TARGETS[args.target]
    if args.plant:
        target, _ = with_fault(target)

    def one(data: bytes) -> None:
        try:
            target.read(data)
        except MlfgenError as error:
            if hides_a_fault(error):
                raise

    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(target.seeds()):
            (Path(corpus) / str(number)).write_bytes(data)
        args.findings.mkdir(parents=True, exist_ok=True)
        limits = [f"-max_total_time={int(args.seconds)}"] if args.seconds else []
        limits += [f"-runs={args.runs}"] if args.runs else []
        limits += [f"-artifact_prefix={args.findings / target.name.split()[0]}-"]
        atheris.Setup([sys.argv[0], "-max_len=65536", "-timeout=20", *limits, corpus], one)
        atheris.Fuzz()
    return 0


def _no_target(name: str, targets: Collection[str]) -> int:
    print(f"no target is called '{name}'; there are: {', '.join(targets)}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
