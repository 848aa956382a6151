"""Compile every .tflite, run it, and print what came of it, by the golden outputs.

    python tests/integration/tflite_corpus.py [--json] [--board BOARD [--rtos RTOS] [--constants POOL]]
        [--work FOLDER] [NAME...]

Models run on this computer, sanitizers on, or with --board on that board's emulator. They are those of
../shared/models and ../shared/tflite; names may hold ``*``. A verdict is ``exact`` where every byte of every output
of every set equals what the reference kernels give (TensorFlow Lite Micro's where the golden file has them, else
LiteRT's), ``close`` within ``COMPILED_FLOATS`` for models that compute in floats, ``refused``, ``too large`` for the
board, or ``wrong`` with the number of differing elements.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from golden_verdict import is_judgeable, judge_printed, prefix_of  # noqa: E402
from host_model import build_host_model, golden_sets  # noqa: E402

from generator.errors import DoesNotFitError, MlfgenError  # noqa: E402
from generator.model.golden import COMPILED_FLOATS  # noqa: E402
from generator.model.options import GenerateOptions  # noqa: E402
from generator.model.project import Project  # noqa: E402
from generator.pipeline.boards import find_board  # noqa: E402
from generator.pipeline.build import build  # noqa: E402
from generator.pipeline.generate import generate  # noqa: E402
from generator.pipeline.inputs import GenerateRequest  # noqa: E402
from generator.pipeline.run import explain_end, run  # noqa: E402
from generator.readers.console import parse_console  # noqa: E402
from generator.readers.tflite_network import load_network  # noqa: E402
from generator.toolchain.runner import SystemRunner  # noqa: E402

SHARED = ROOT.parent / "shared"


@dataclass(frozen=True)
class Verdict:
    name: str
    verdict: str
    detail: str
    workspace_bytes: int = 0
    seconds: float = 0.0


def models(patterns: list[str]) -> list[tuple[Path, Path]]:
    """(.tflite, golden) of every model that there is a golden for."""
    found = []
    for folder, golden in (
        ("models", "golden"),
        ("tflite/models", "tflite/golden"),
        ("tflite/units", "tflite/golden"),
    ):
        for path in sorted((SHARED / folder).glob("*lite")):
            file = SHARED / golden / f"{path.stem}.npz"
            if file.is_file() and (not patterns or any(fnmatch(path.stem, p) for p in patterns)):
                found.append((path, file))
    return found


def judge_here(path: Path, golden: Path, work: Path) -> Verdict:
    start = time.monotonic()
    try:
        network = load_network(path)
        model = build_host_model(network, work / path.stem)
    except MlfgenError as error:
        return Verdict(path.stem, "refused", " ".join(error.what.split())[:300])
    except AssertionError as error:
        return Verdict(path.stem, "broken", str(error)[-600:])
    inputs, expected = golden_sets(golden, prefix_of(network, golden))
    try:
        outputs = model.run(inputs)
    except AssertionError as error:
        return Verdict(path.stem, "broken", str(error)[-600:])
    wrong, close, most, total = 0, 0, 0.0, 0
    for row, wanted in zip(outputs, expected, strict=True):
        for got, want in zip(row, wanted, strict=True):
            total += got.size
            if got.tobytes() == want.astype(got.dtype).tobytes():
                continue
            difference = np.abs(got.astype(np.float64) - want.astype(np.float64).reshape(got.shape))
            if got.dtype.kind == "f" and np.all(
                difference
                <= COMPILED_FLOATS.absolute
                + COMPILED_FLOATS.relative * np.abs(want.astype(np.float64).reshape(got.shape))
            ):
                close += 1
                continue
            wrong += int(np.count_nonzero(difference)) or got.size
            most = max(most, float(difference.max()))
    verdict = "wrong" if wrong else "close" if close else "exact"
    detail = f"{wrong} of {total} elements differ, by {most:g} at most" if wrong else ""
    return Verdict(
        path.stem, verdict, detail, model.compiled.memory.size_bytes, round(time.monotonic() - start, 2)
    )


def _generated(
    path: Path, golden: Path, prefix: str, board: str, rtos: str, constants: str | None, app: Path, work: Path
) -> Project:
    """The application: with every set, or the first alone (sets take flash), or the workspace in external memory,
    or the constants in the pool of that name.
    """
    first: DoesNotFitError | None = None
    only = _first_set(golden, work / f"{path.stem}.npz")
    external = {} if find_board(board).find_pool("sdram") is None else {"workspace": "sdram"}
    tries: list[tuple[Path, dict[str, str]]] = [
        (golden, {}),
        (only, {}),
        (golden, external),
        (only, external),
    ]
    if constants is not None:
        stored = {"constants": constants}
        tries += [(golden, stored), (golden, external | stored), (only, external | stored)]
    for sets, pools in tries:
        options = GenerateOptions(rtos, pools, {}, False, 4096, "portfolio")
        request = GenerateRequest(
            (path,), board, options, goldens={"": sets}, golden_prefix=prefix, output=app
        )
        try:
            return generate(request).project
        except DoesNotFitError as error:
            first = first or error
    assert first is not None
    raise first


def _first_set(golden: Path, target: Path) -> Path:
    with np.load(golden) as data:
        np.savez(target, **{name: data[name] for name in data.files if name.endswith("_0")})
    return target


def judge_on_board(
    path: Path, golden: Path, work: Path, board: str, rtos: str, constants: str | None
) -> Verdict:
    start = time.monotonic()
    app = work / path.stem
    env = dict(os.environ)
    try:
        prefix = prefix_of(load_network(path), golden)
        work.mkdir(parents=True, exist_ok=True)
        project = _generated(path, golden, prefix, board, rtos, constants, app, work)
        build(app, runner=SystemRunner(), env=env)
        ended = run(app, starter=SystemRunner(), env=env, timeout_s=900)
        explain_end(ended)
        verdict, found = judge_printed(project, parse_console(ended.text))
    except DoesNotFitError as error:
        return Verdict(path.stem, "too large", error.what[:200])
    except MlfgenError as error:
        verdict = "refused" if "can't be compiled" in error.what else "broken"
        return Verdict(path.stem, verdict, " ".join(error.what.split())[:300])
    finally:
        shutil.rmtree(app, ignore_errors=True)
    workspace = sum(line.size_bytes for line in project.report.pools if line.kind != "constant")
    detail = str(found.mismatches[0]) if found.mismatches else ""
    return Verdict(path.stem, verdict, detail, workspace, round(time.monotonic() - start, 2))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--board", help="run on this board's emulator (default: on this computer)")
    parser.add_argument("--rtos", default="none", help="with --board (default: none, which is bare metal)")
    parser.add_argument(
        "--constants",
        metavar="POOL",
        help="with --board: the pool for constants of models that do not fit otherwise",
    )
    parser.add_argument("--work", type=Path, help="keep what is built in this folder")
    options = parser.parse_args()
    verdicts = []
    with tempfile.TemporaryDirectory() as scratch:
        for path, golden in models(options.names):
            work = options.work or Path(scratch)
            if not is_judgeable(load_network(path), golden):
                verdicts.append(Verdict(path.stem, "unjudged", "the golden file lacks an output"))
            elif options.board:
                verdicts.append(
                    judge_on_board(path, golden, work, options.board, options.rtos, options.constants)
                )
            else:
                verdicts.append(judge_here(path, golden, work))
            if not options.json:
                row = verdicts[-1]
                print(f"{row.name:55} {row.verdict:8} {row.workspace_bytes:>9,} {row.detail}", flush=True)
    counts = {
        kind: sum(v.verdict == kind for v in verdicts) for kind in sorted({v.verdict for v in verdicts})
    }
    if options.json:
        print(json.dumps({"counts": counts, "models": [asdict(verdict) for verdict in verdicts]}, indent=2))
    else:
        print(", ".join(f"{count} {kind}" for kind, count in counts.items()))
    return 0 if not any(v.verdict in ("wrong", "broken") for v in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
