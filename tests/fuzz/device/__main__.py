"""``python -m tests.fuzz.device --runs N``: libFuzzer with sanitizers on the device's RPC server, then its coverage.

The seeds are sessions of the host's own client that look up and call functions, run models, and time them.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.device.sessions import HARNESS, ROOT, write_seeds

RUNTIME = ROOT / "templates" / "runtime"
#: all of the server, and what of the runtime its models need
SERVER = sorted((RUNTIME / "src").glob("rpc_*.c"))
_MODELS = tuple(RUNTIME / "src" / f"mlf_{name}.c" for name in ("model", "workspace"))
_HOST_PORT = ROOT / "tests" / "unit" / "runtime_rpc"
_INCLUDE = (f"-I{RUNTIME / 'include'}", f"-I{RUNTIME / 'src'}", f"-I{_HOST_PORT}")
#: few blocks, so that inputs can use them up
_DEFINED = ("-D_POSIX_C_SOURCE=200809L", "-DMLF_RPC_CONFIG_MAX_BLOCKS=24")
_FLAGS = ("-std=c11", "-g", *_DEFINED, *_INCLUDE)
_WRAP = "-Wl,--wrap=rpc_call_packed,--wrap=rpc_run_model"
#: most time goes to what looks at every byte; that its comparisons are traced finds nothing there
_PER_BYTE = ("-fno-sanitize-coverage=trace-cmp",)
#: inputs that one process of the fuzzer tries, so that a crash loses little of a long run
CHUNK = 1_000_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.device", description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=0, help="stop earlier; 0: do not")
    parser.add_argument("--seed", type=int, default=1, help="of the random changes; 0: another in each run")
    parser.add_argument(
        "--corpus", type=Path, metavar="DIR", help="inputs to begin with, and to keep new ones in"
    )
    parser.add_argument("--plant", action="store_true", help="plant a fault, to see that it is found")
    args = parser.parse_args()
    if shutil.which("clang") is None:
        print("not installed: clang", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = (args.corpus or folder / "corpus").absolute()
        corpus.mkdir(parents=True, exist_ok=True)
        count = write_seeds(corpus, build(folder / "recorder", "-O1", "-DLOCK_STEP"))
        print(f"{count} sessions as seeds", flush=True)
        planted = ("-DPLANTED",) if args.plant else ()
        sanitizers = ("-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all")
        fuzzer = build(folder / "fuzzer", "-O2", *sanitizers, *planted)
        if not fuzz(fuzzer, corpus, args.runs, args.seconds, args.seed):
            return 1
        return report(folder, corpus)


def build(target: Path, *flags: str) -> Path:
    """Every file with its own flags; the objects stay beside target."""
    objects = []
    for source in (HARNESS, *SERVER, *_MODELS):
        objects.append(f"{target}-{source.stem}.o")
        own = _PER_BYTE if source.name in ("fuzz_port.c", "rpc_framing.c", "rpc_ring.c") else ()
        argv = ["clang", *_FLAGS, *flags, *own, "-c", str(source), "-o", objects[-1]]
        subprocess.run(argv, check=True)
    subprocess.run(["clang", *flags, _WRAP, *objects, "-o", str(target)], check=True)
    return target


def fuzz(fuzzer: Path, corpus: Path, runs: int, seconds: int, seed: int) -> bool:
    """Try inputs in chunks; False after a fault, whose input is copied to the working directory."""
    total = 0
    spent_s = 0
    while total < runs and (not seconds or spent_s < seconds):
        limits = [
            f"-runs={min(CHUNK, runs - total)}",
            f"-max_total_time={seconds - spent_s if seconds else 0}",
            f"-seed={seed + total // CHUNK if seed else 0}",
        ]
        argv = [fuzzer, *limits, "-max_len=4096", "-timeout=20", "-print_final_stats=1", corpus]
        done = subprocess.run(argv, cwd=fuzzer.parent, capture_output=True, text=True, errors="replace")
        if done.returncode != 0:
            print(done.stderr[-8000:])
            for fault in (
                path for path in fuzzer.parent.iterdir() if re.match("crash-|timeout-|oom-", path.name)
            ):
                shutil.copy(fault, Path.cwd())
                print(f"the input: {fault.name}")
            return False
        total += int(_found(r"number_of_executed_units: (\d+)", done.stderr))
        spent_s += int(_found(r"Done \d+ runs in (\d+) second", done.stderr))
        print(f"{total:,} inputs in {spent_s:,} s, no fault", flush=True)
    return True


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise SystemExit(f"the fuzzer did not say how much it did:\n{text[-2000:]}")
    return match[1]


def report(folder: Path, corpus: Path) -> int:
    """Lines of each file that the corpus reaches, by llvm-cov."""
    tools = {tool: shutil.which(tool) or shutil.which(f"{tool}-14") for tool in ("llvm-profdata", "llvm-cov")}
    if None in tools.values():
        print("no llvm-cov here: coverage is not told")
        return 0
    program = build(
        folder / "covered", "-O1", "-fsanitize=fuzzer", "-fprofile-instr-generate", "-fcoverage-mapping"
    )
    raw, merged = folder / "raw", folder / "merged"
    subprocess.run(
        [program, "-runs=0", corpus],
        check=True,
        cwd=folder,
        capture_output=True,
        env={**os.environ, "LLVM_PROFILE_FILE": str(raw)},
    )
    subprocess.run([str(tools["llvm-profdata"]), "merge", raw, "-o", merged], check=True)
    shown = subprocess.run(
        [str(tools["llvm-cov"]), "report", program, f"-instr-profile={merged}", *map(str, SERVER)],
        check=True,
        capture_output=True,
        text=True,
    )
    for line in shown.stdout.splitlines():
        cells = line.split()
        if len(cells) >= 10 and cells[0].endswith((".c", "TOTAL")):
            functions, missed, lines, left = (int(cells[index]) for index in (4, 5, 7, 8))
            print(
                f"{cells[0]}: {functions - missed} of {functions} functions, {lines - left} of {lines} lines, "
                f"{100 * (lines - left) / lines:.1f} %"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
