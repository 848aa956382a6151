"""Time of one inference under Zephyr and under FreeRTOS: the same archive, board and compiler.

    python benchmarks/rtoses.py ARCHIVES GOLDEN [--board BOARD] [--archive NAME]...

ARCHIVES: a folder of .tar archives. GOLDEN: a folder of MODEL.npz, MODEL being an archive's name up to its first
hyphen; archives without one are left out. Each archive is generated, built, run and compared with its recorded
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


def inference_us(archive: Path, golden: Path, board: str, rtos: str) -> tuple[float | None, str]:
    """Median time in microseconds and a verdict; no time when there is none to tell."""
    argv = [sys.executable, "-m", "generator", "verify", "--rtos", rtos, "--board", board, "--json"]
    done = subprocess.run([*argv, "--golden", str(golden), str(archive)], capture_output=True, text=True)
    try:
        sets = json.loads(done.stdout)["sets"]
    except (ValueError, KeyError):
        return None, next((line for line in done.stderr.splitlines() if "error:" in line), "failed")
    times = [entry["time_us"] for entry in sets if entry["time_us"] is not None]
    verdict = "equal" if all(entry["equal"] for entry in sets) else "differs"
    return (statistics.median(times) if times else None), verdict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archives", type=Path)
    parser.add_argument("golden", type=Path)
    parser.add_argument("--board", default="stm32f746g_disco")
    parser.add_argument("--archive", action="append", help="only this one; repeatable")
    args = parser.parse_args()
    print(f"{args.board}\n\n| archive | Zephyr us | FreeRTOS us | ratio | outputs |\n|---|---|---|---|---|")
    for archive in sorted(args.archives.glob("*.tar")):
        golden = args.golden / f"{archive.stem.partition('-')[0]}.npz"
        if not golden.is_file() or (args.archive and archive.name not in args.archive):
            continue
        zephyr, zephyr_says = inference_us(archive, golden, args.board, "zephyr")
        freertos, freertos_says = inference_us(archive, golden, args.board, "freertos")
        ratio = f"{zephyr / freertos:.3f}" if zephyr and freertos else "-"
        cells = (f"{us:,.0f}" if us is not None else "-" for us in (zephyr, freertos))
        print(
            f"| {archive.stem} | {' | '.join(cells)} | {ratio} | {zephyr_says}, {freertos_says} |", flush=True
        )


if __name__ == "__main__":
    main()
