"""Measure the memory planners: python benchmarks/planner.py [--planner NAME] [--repeat N] [--seeds N] [--only TEXT]

Cases: the .tflite files in ../shared/models, minimalloc's cases in ../shared/planning (whatever is there), and
random instances made here from fixed seeds. Each is planned N times; the table gives the median CPU seconds of
``plan()``, check and validation included, imports excluded. A second
table sums up what differs in seed or letter alone.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from random import Random
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit" / "planner")]

from tflite_problem import load_problem as load_tflite  # noqa: E402

from generator.errors import MlfgenError  # noqa: E402
from generator.model.memory import Buffer, MemoryPlan, PlanProblem, Pool  # noqa: E402
from generator.planner import plan, planner_names  # noqa: E402
from generator.readers.planning_problems import load_problem  # noqa: E402

SHARED = ROOT.parent / "shared"
MINIMALLOC_CAPACITY_BYTES = 1_048_576


def cases(seeds: int) -> Iterator[tuple[str, PlanProblem]]:
    for path in sorted((SHARED / "models").glob("*.tflite")):
        yield path.stem, load_tflite(path)
    for path in sorted((SHARED / "planning").glob("*.csv")):
        yield f"minimalloc {path.stem[0]}", load_problem(path, capacity_bytes=MINIMALLOC_CAPACITY_BYTES)
    for kind in ("chain", "short", "any"):
        for seed in range(seeds):
            yield f"random {kind} {seed}", PlanProblem(random_buffers(500, kind, seed), (Pool("sram"),))
    for kind in ("chain", "short", "any"):
        for seed in range(seeds):
            yield f"three pools {kind} {seed}", three_pools(random_buffers(100, kind, seed))


def random_buffers(count: int, kind: str, seed: int) -> tuple[Buffer, ...]:
    """Sizes 1 to 64 KiB, alignment 16; ``chain``: mostly dying at the next operator; ``short``: random starts,
    six operators on average; ``any``: first and last operator drawn evenly."""
    draw = Random(f"{count} {kind} {seed}")
    buffers = []
    for i in range(count):
        if kind == "chain":
            first, end = i, i + 2 + (draw.randrange(30) if draw.random() < 0.2 else 0)
        elif kind == "short":
            first = draw.randrange(count)
            end = first + 1 + int(draw.expovariate(1 / 6))
        else:
            first, end = sorted(draw.sample(range(count + 1), 2))
        size = draw.randrange(1, 65_537 if draw.random() < 0.5 else 4_097)
        buffers.append(Buffer(f"b{i}", size, (first, end), accesses=size * draw.randrange(1, 10)))
    return tuple(buffers)


def three_pools(buffers: tuple[Buffer, ...]) -> PlanProblem:
    """A fast pool of a sixth of the pressure, a middling one of half of it, a slow one without limit."""
    pressure = plan(PlanProblem(buffers, (Pool("all", alignment_bytes=32),))).uses[0].lower_bound_bytes
    pools = (
        Pool("dtcm", pressure // 6 & -32, 32, 1.0),
        Pool("sram", pressure // 2 & -32, 16, 2.5),
        Pool("sdram", None, 32, 9.0),
    )
    return PlanProblem(buffers, pools)


def installed(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the memory planners.")
    parser.add_argument("--planner", default="portfolio", help=f"one of {', '.join(planner_names())}")
    parser.add_argument("--repeat", type=int, default=3, help="plans per case; the median counts")
    parser.add_argument("--seeds", type=int, default=3, help="random problems of each kind (default: 3)")
    parser.add_argument("--only", default="", help="cases whose name holds this text")
    options = parser.parse_args()
    print(f"{processor()}, {platform.machine()}; {platform.system()} {platform.release()}")
    print(", ".join([f"Python {platform.python_version()}", *map(installed, ("numpy", "scipy", "ortools"))]))
    print(f"planner {options.planner}, median CPU seconds of {options.repeat} plans\n")
    print(f"{'case':22} {'n':>4} {'peak':>9} {'bound':>9}  {'CPU s':>7}  proof")
    groups: dict[str, list[tuple[float, float, bool]]] = {}
    warm_up()
    for name, problem in cases(options.seeds):
        if options.only not in name:
            continue
        seconds = []
        try:
            for _ in range(max(options.repeat, 1)):
                start = time.process_time()
                result = plan(problem, options.planner)
                seconds.append(time.process_time() - start)
        except MlfgenError as error:
            print(f"{name:22} {len(problem.buffers):4} {error.what}")
            continue
        peak, bound = sum(u.peak_bytes for u in result.uses), sum(u.lower_bound_bytes for u in result.uses)
        proof = result.uses[0].certificate if len(result.uses) == 1 else f"cost {result.access_certificate}"
        print(
            f"{name:22} {len(problem.buffers):4} {peak:9} {bound:9}  {median(seconds):7.4f}  {proof}",
            flush=True,
        )
        kind = name.rpartition(" ")[0]
        if kind:
            groups.setdefault(kind, []).append((median(seconds), gap_percent(result), "optimal" in proof))
    print(
        f"\n{'kind':18} {'cases':>5} {'median s':>8} {'most s':>8} {'proved':>6} {'gap median':>10} {'most':>7}"
    )
    for kind, found in groups.items():
        times, gaps, proved = zip(*found, strict=True)
        print(
            f"{kind:18} {len(found):5} {median(times):8.3f} {max(times):8.3f} {sum(proved):6} "
            f"{median(gaps):9.2f}% {max(gaps):6.2f}%"
        )


def gap_percent(result: MemoryPlan) -> float:
    """How far the peak, or over several pools the access cost, lies above what is proved."""
    if len(result.uses) == 1:
        return result.uses[0].gap_percent
    assert result.access_cost is not None and result.access_cost_bound is not None
    return 100 * (result.access_cost / result.access_cost_bound - 1)


def warm_up() -> None:
    """Bring in numpy and scipy, so that the first case does not pay for them."""
    for package in ("numpy", "scipy.optimize", "scipy.sparse"):
        try:
            __import__(package)
        except ImportError:
            continue


if __name__ == "__main__":
    main()
