"""Time of one inference under Zephyr and under FreeRTOS: the same archive, board and compiler.

    python benchmarks/rtoses.py ARCHIVES GOLDEN [--board BOARD] [--archive NAME]...

ARCHIVES: a folder of .tar archives. GOLDEN: a folder of MODEL.npz for archives named MODEL-*.tar; archives without
one are left out. Each archive is generated, built, run and compared with its recorded
outputs; the time is that of the board's own counter, the median over the sets. ZEPHYR_BASE and MLF_WORKSPACE (a
workspace with FreeRTOS's sources) say what is built with.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory


def inference_us(archive: Path, golden: Path, board: str, rtos: str, app: Path) -> tuple[float | None, str]:
    """Median time in microseconds and a verdict; no time when there is none to tell.

    app: a folder that all archives share, so that only their own code is compiled anew.
    """
    argv = [sys.executable, "-m", "generator", "verify", "--rtos", rtos, "--board", board, "--json"]
    argv += ["--work", str(app), "--golden", str(golden), str(archive)]
    done = subprocess.run(argv, capture_output=True, text=True)
    try:
        sets = json.loads(done.stdout)["sets"]
    except (ValueError, KeyError):
        return None, next((line for line in done.stderr.splitlines() if "error:" in line), "failed")
    times = [entry["time_us"] for entry in sets if entry["time_us"] is not None]
    verdict = "equal" if all(entry["equal"] for entry in sets) else "differs"
    return (statistics.median(times) if times else None), verdict


def measure(archives: Path, goldens: Path, board: str, only: list[str] | None, apps: Path) -> None:
    print(f"{board}\n\n| archive | Zephyr us | FreeRTOS us | ratio | outputs |\n|---|---|---|---|---|")
    for archive in sorted(archives.glob("*.tar")):
        named = [golden for golden in goldens.glob("*.npz") if archive.stem.startswith(f"{golden.stem}-")]
        if not named or (only and archive.name not in only):
            continue
        golden = max(named, key=lambda golden: len(golden.stem))
        zephyr, zephyr_says = inference_us(archive, golden, board, "zephyr", apps / "zephyr")
        freertos, freertos_says = inference_us(archive, golden, board, "freertos", apps / "freertos")
        ratio = f"{zephyr / freertos:.3f}" if zephyr and freertos else "-"
        cells = (f"{us:,.0f}" if us is not None else "-" for us in (zephyr, freertos))
        print(
            f"| {archive.stem} | {' | '.join(cells)} | {ratio} | {zephyr_says}, {freertos_says} |", flush=True
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archives", type=Path)
    parser.add_argument("golden", type=Path)
    parser.add_argument("--board", default="stm32f746g_disco")
    parser.add_argument("--archive", action="append", help="only this one; repeatable")
    args = parser.parse_args()
    with TemporaryDirectory(prefix="mlfgen-rtoses-") as apps:
        measure(args.archives, args.golden, args.board, args.archive, Path(apps))


if __name__ == "__main__":
    main()
