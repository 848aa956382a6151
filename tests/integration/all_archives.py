"""Generate, build and run every archive, and print what came of it as a Markdown table.

    python tests/integration/all_archives.py [--board BOARD]... [--rtos RTOS] [--work FOLDER] [ARCHIVE...]

Archives are those of ../shared/archives; names are given without folder and ending and may hold ``*``. Boards
default to mps2_an500. A board that nothing here runs is built for only. What it takes is what ``mlfgen build``
takes: a Zephyr (or FreeRTOS's sources), a cross compiler, and the boards' emulators.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from generator import __version__
from generator.errors import DoesNotFitError, MlfgenError
from generator.model.options import GenerateOptions
from generator.model.project import Project
from generator.pipeline.build import BuildResult, build
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest, load_archives
from generator.pipeline.judge import judge
from generator.pipeline.run import explain_end, run
from generator.readers.console import parse_console
from generator.toolchain.runner import SystemRunner

SHARED = Path(__file__).resolve().parents[3] / "shared"
#: wrong by the archive's own C, on any machine (test_host_archives.py shows it)
DEFECTS = {
    "branchy-aot-c-io": "the archive overwrites its own output",
    "kws-m7-aot-c-pool": "the archive's DSP kernels are wrong",
}
HEADER = ("archive", "board", "flash", "RAM", "workspace", "verdict", "instructions or time")
_TIMEOUT_S = 300.0


@dataclass(frozen=True)
class Row:
    """ok: as it should be, which for a known defect means: wrong as known."""

    cells: tuple[str, ...]
    ok: bool


def golden_of(name: str, models: tuple[str, ...]) -> dict[str, Path]:
    """Model -> golden file: by the archive's name, or by each model's own where there are several."""
    files = {path.stem: path for path in (SHARED / "golden").glob("*.npz")}
    if len(models) > 1:
        return {model: files[model] for model in models if model in files}
    stems = [stem for stem in files if name == stem or name.startswith(f"{stem}-")]
    return {"": files[max(stems, key=len)]} if stems else {}


def examine(name: str, board: str, rtos: str, app: Path) -> Row:
    """One archive on one board, whatever comes of it."""
    path = SHARED / "archives" / f"{name}.tar"
    cells = dict.fromkeys(HEADER, "-") | {"archive": name, "board": board}
    try:
        models = tuple(m.name for a in load_archives((path,), {}) for m in a.models)
        request = GenerateRequest(
            models=(path,),
            board=board,
            options=GenerateOptions(rtos, {}, {}, False, 4096, "portfolio"),
            goldens=golden_of(name, models),
            output=app,
            force=True,
        )
        project = generate(request).project
        cells["workspace"] = f"{workspace_bytes(project):,}"
        ok = built_and_run(project, app, name, cells)
    except DoesNotFitError as error:
        cells["verdict"], ok = f"does not fit: {error.what}", True
    except MlfgenError as error:
        where = f"{error.where}: " if error.where else ""
        cells["verdict"], ok = f"ERROR: {where}{error.what}", False
    return Row(tuple(" ".join(cells[key].split()).replace("|", "\\|") for key in HEADER), ok)


def built_and_run(project: Project, app: Path, name: str, cells: dict[str, str]) -> bool:
    env = dict(os.environ)
    result = build(app, runner=SystemRunner(), env=env, timeout_s=_TIMEOUT_S)
    cells["flash"], cells["RAM"] = sizes(result)
    if project.board.run is None:
        cells["verdict"] = "built"
        return True
    outcome = run(app, starter=SystemRunner(), env=env, timeout_s=_TIMEOUT_S)
    explain_end(outcome)
    verdict = judge(project, parse_console(outcome.text))
    times = [entry.time_us for entry in verdict.sets if entry.time_us is not None]
    if outcome.instructions is not None:
        cells["instructions or time"] = f"{outcome.instructions:,} in all"
    elif times:
        cells["instructions or time"] = f"{statistics.median(times):,.0f} us a run"
    equal = sum(1 for entry in verdict.sets if entry.equal)
    cells["verdict"] = f"{equal} of {len(verdict.sets)} equal"
    if name in DEFECTS:
        cells["verdict"] += f" ({DEFECTS[name]})"
        return not verdict.equal
    errors = [entry.error for entry in verdict.sets if entry.error]
    if errors:
        cells["verdict"] += f" ({errors[0]})"
    return verdict.equal


def sizes(result: BuildResult) -> tuple[str, str]:
    """Flash and RAM of an image; nothing is told of a program for this computer."""
    if not result.uses:
        return "-", "-"
    writable: Mapping[str, bool] = {region.name: region.writable for region in result.firmware.regions}
    flash = sum(use.total_bytes for name, use in result.uses.items() if not writable[name])
    ram = sum(use.total_bytes for name, use in result.uses.items() if writable[name])
    return f"{flash:,}", f"{ram:,}"


def workspace_bytes(project: Project) -> int:
    return sum(line.size_bytes for line in project.report.pools if line.kind == "workspace")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("archives", nargs="*", metavar="ARCHIVE", help="names, * allowed (default: all)")
    parser.add_argument("--board", action="append", default=[], metavar="BOARD", help="default: mps2_an500")
    parser.add_argument("--rtos", choices=("zephyr", "freertos", "none"), default="zephyr")
    parser.add_argument("--work", metavar="FOLDER", help="keep the applications here")
    args = parser.parse_args()
    if not (SHARED / "archives").is_dir():
        print(f"there are no archives in {SHARED / 'archives'}", file=sys.stderr)
        return 2
    names = sorted(path.stem for path in (SHARED / "archives").glob("*.tar"))
    wanted = [re.sub(r"\.tar$", "", Path(text).name) for text in args.archives] or ["*"]
    chosen = [name for name in names if any(fnmatch(name, pattern) for pattern in wanted)]
    if not chosen:
        print(f"no archive is called {' or '.join(wanted)}; there are: {', '.join(names)}", file=sys.stderr)
        return 2
    print(f"mlfgen {__version__}, {args.rtos}, {platform.machine()}\n")
    print(f"| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}", flush=True)
    failed = 0
    began = time.monotonic()
    for board in args.board or ["mps2_an500"]:
        for name in chosen:
            folder = Path(args.work) if args.work else Path(tempfile.mkdtemp(prefix="mlfgen-all-"))
            try:
                row = examine(name, board, args.rtos, folder / f"{name}-{args.rtos}-{Path(board).stem}")
            finally:
                if not args.work:
                    shutil.rmtree(folder, ignore_errors=True)
            print(f"| {' | '.join(row.cells)} |", flush=True)
            failed += not row.ok
    print(f"\n{failed} not as they should be; {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
