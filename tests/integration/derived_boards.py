"""Derive boards from Zephyr's devicetree, build the sine sample for each, run what QEMU has, and print a table.

    python tests/integration/derived_boards.py [--work FOLDER] [TARGET...]

It takes what ``mlfgen build`` takes: a Zephyr workspace with the vendors' modules, compilers for Arm and RISC-V, and
QEMU. A target whose module is not in the workspace is told as that.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from all_archives import sizes

from generator.errors import MlfgenError, ToolMissingError
from generator.model.options import GenerateOptions
from generator.pipeline.build import build
from generator.pipeline.derived_boards import derive_board
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.judge import judge
from generator.pipeline.run import explain_end, run
from generator.readers.console import parse_console
from generator.toolchain.runner import SystemRunner

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
#: target -> QEMU's machine, where Zephyr itself does not run the board in QEMU. QEMU's micro:bit lacks the timer of
#: bbc_microbit (Zephyr's board for it is qemu_cortex_m0), and its STM32s lack the clock controller Zephyr waits for
MACHINES = {
    "mps2/an386": "mps2-an386",
    "mps2/an500": "mps2-an500",
}
TARGETS = (
    *("mps2/an385", "mps2/an386", "mps2/an500", "mps2/an521/cpu0", "mps3/corstone300/an547", "v2m_musca_b1"),
    *("qemu_cortex_m0", "qemu_cortex_m3", "stm32vl_disco", "weact_stm32f405_core", "qemu_riscv32", "hifive1"),
    *(
        "bbc_microbit",
        "nucleo_h743zi",
        "nucleo_u575zi_q",
        "nrf52840dk/nrf52840",
        "rpi_pico",
        "frdm_k64f",
        "gd32f450i_eval",
    ),
    *("sam_e70_xplained/same70q21", "lpcxpresso55s69/lpc55s69/cpu0", "ek_ra6m4", "npcx7m6fb_evb"),
    *("slstk3402a/efm32pg12b500f1024gl125", "gd32vf103v_eval", "mimxrt1060_evk/mimxrt1062/qspi"),
)
HEADER = ("target", "core", "flash", "RAM", "derived in s", "image in flash", "in RAM", "verdict")
_TIMEOUT_S = 600.0


def examine(target: str, work: Path) -> tuple[dict[str, str], bool]:
    cells = dict.fromkeys(HEADER, "-") | {"target": target}
    try:
        return cells, derived_and_built(target, work, cells)
    except ToolMissingError as error:
        cells["verdict"] = f"left out: {error.what}"
        return cells, True
    except MlfgenError as error:
        cells["verdict"] = f"ERROR: {error.where or ''} {error.what}"
        return cells, False


def derived_and_built(target: str, work: Path, cells: dict[str, str]) -> bool:
    began = time.monotonic()
    found = derive_board(f"zephyr:{target}")
    cells["derived in s"] = f"{time.monotonic() - began:.1f}"
    board, text = found.board, found.text
    cells["core"] = board.core.cpu
    memories = {region.name: f"{region.size_bytes // 1024} KB" for region in board.regions}
    cells["flash"], cells["RAM"] = memories.get("flash", "in RAM"), memories["sram"]
    machine = MACHINES.get(target)
    if machine is not None:
        text += f"\nrun: {{emulator: qemu, binary: qemu-system-arm, machine: {machine}, arguments: []}}\n"
    file = work / f"{board.name}.yaml"
    file.write_text(text, encoding="utf-8")
    app = work / board.name
    request = GenerateRequest(
        models=(SAMPLES / "sine.tar",),
        board=str(file),
        options=GenerateOptions("zephyr", {}, {}, False, 2048, "portfolio"),
        goldens={"": SAMPLES / "sine.npz"},
        output=app,
        force=True,
    )
    project = generate(request).project
    env = dict(os.environ)
    image = build(app, runner=SystemRunner(), env=env, timeout_s=_TIMEOUT_S)
    cells["image in flash"], cells["in RAM"] = sizes(image)
    if project.board.run is None:
        cells["verdict"] = "built as planned"
        return True
    outcome = run(app, starter=SystemRunner(), env=env, timeout_s=_TIMEOUT_S)
    explain_end(outcome)
    verdict = judge(project, parse_console(outcome.text))
    equal = sum(1 for entry in verdict.sets if entry.equal)
    cells["verdict"] = f"{equal} of {len(verdict.sets)} equal in QEMU"
    return verdict.equal


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="as for `west build -b`")
    parser.add_argument("--work", metavar="FOLDER", help="keep board files and applications here")
    args = parser.parse_args()
    print(f"| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}", flush=True)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="mlfgen-derived-") as scratch:
        work = Path(args.work or scratch)
        work.mkdir(parents=True, exist_ok=True)
        for target in args.targets or TARGETS:
            cells, ok = examine(target, work)
            print("| " + " | ".join(" ".join(cells[key].split()) for key in HEADER) + " |", flush=True)
            failed += not ok
    print(f"\n{failed} not as they should be")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
