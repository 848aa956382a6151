"""Compiled models on the virtual STM32F746 against TensorFlow Lite Micro with CMSIS-NN.

    python benchmarks/race.py [--json] [--kernels own|cmsis-nn] [--rtos RTOS] [--work FOLDER] [NAME | FILE.tflite]...

Each model is compiled, built for stm32f746g_disco, and run as the very image on the virtual microcontroller, which
counts one cycle an instruction. Outputs are compared with the recorded ones where there are any. Prints, for each
model, instructions per inference, their ratio to TensorFlow Lite Micro's with CMSIS-NN, and the bytes of RAM
(workspace with inputs, outputs and scratch, and state) and flash (text and constants of model and kernels).

TensorFlow Lite Micro's figures are those of its own build (``OPTIMIZED_KERNEL_DIR=cmsis_nn``, release, -O3,
arm-none-eabi-gcc 12.2) on the same virtual microcontroller: instructions, arena, and text of the whole image. Other
models are run without a ratio. Names are those of the files in ../shared/models.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from generator import __version__  # noqa: E402
from generator.compiler.archive import pack  # noqa: E402
from generator.compiler.compile import CompileOptions  # noqa: E402
from generator.model.options import GenerateOptions  # noqa: E402
from generator.pipeline.build import build  # noqa: E402
from generator.pipeline.generate import generate  # noqa: E402
from generator.pipeline.inputs import GenerateRequest  # noqa: E402
from generator.pipeline.judge import judge  # noqa: E402
from generator.pipeline.models import compile_model  # noqa: E402
from generator.pipeline.run import explain_end, run  # noqa: E402
from generator.readers.console import parse_console  # noqa: E402
from generator.readers.tflite_network import load_network  # noqa: E402
from generator.toolchain.runner import SystemRunner  # noqa: E402

SHARED = ROOT.parent / "shared"
BOARD = "stm32f746g_disco"
#: model -> instructions per inference, arena bytes, text bytes of the image with the model in it
PEER = {
    "kws": (7_762_000, 22_820, 196_736),
    "resnet": (29_938_000, 54_996, 251_600),
    "ad": (582_622, 2_580, 420_272),
}


@dataclass(frozen=True)
class Result:
    """instructions: of one inference. ratio: to TensorFlow Lite Micro's, or None. equal: as recorded, or None."""

    instructions: int
    ram_bytes: int
    flash_bytes: int
    ratio: float | None
    macs: int
    instructions_per_mac: float
    equal: bool | None


def measure(path: Path, golden: Path | None, work: Path, rtos: str, kernels: str) -> Result:
    network = load_network(path)
    compiled = compile_model(network, CompileOptions(kernels=kernels))
    archive = work / f"{compiled.name}.tar"
    archive.write_bytes(pack(compiled.files))
    app = work / compiled.name
    options = GenerateOptions(rtos, {}, {}, False, 4096, "portfolio")
    goldens = {"": golden} if golden is not None else {}
    project = generate(
        GenerateRequest((archive,), BOARD, options, goldens=goldens, output=app, force=True)
    ).project
    env = dict(os.environ)
    build(app, runner=SystemRunner(), env=env)
    ended = run(app, starter=SystemRunner(), env=env, timeout_s=600)
    explain_end(ended)
    runs = parse_console(ended.text)
    equal = judge(project, runs).equal if golden is not None else None
    microseconds = [us for (model, _), us in sorted(runs.times_us.items()) if model == compiled.name]
    # One cycle an instruction; sets differ by branches on data alone.
    instructions = round(max(microseconds) * project.board.core.clock_hz / 1e6)
    macs = sum(step.macs for step in compiled.steps)
    peer = PEER.get(path.stem)
    return Result(
        instructions,
        compiled.memory.size_bytes + compiled.state_bytes,
        object_bytes(app, compiled.name),
        round(instructions / peer[0], 4) if peer else None,
        macs,
        round(instructions / macs, 3) if macs else 0.0,
        equal,
    )


def object_bytes(app: Path, name: str) -> int:
    """Text and constants of the model's own object file, kernels included."""
    objects = sorted(app.glob(f"build/**/{name}_lib0.c.obj"))
    listing = subprocess.run(
        ["arm-none-eabi-size", *map(str, objects)], check=True, capture_output=True, text=True
    ).stdout
    return sum(sum(map(int, line.split()[:2])) for line in listing.splitlines()[1:])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "models", nargs="*", default=list(PEER), metavar="NAME", help="default: kws resnet ad"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--kernels", default="own", help="own or cmsis-nn (default: own)")
    parser.add_argument("--rtos", default="none", help="default: none, which is bare metal")
    parser.add_argument("--work", type=Path, help="keep what is built in this folder")
    options = parser.parse_args()
    results: dict[str, Result] = {}
    with tempfile.TemporaryDirectory() as scratch:
        work = options.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        for name in options.models:
            path = Path(name) if name.endswith("lite") else SHARED / "models" / f"{name}.tflite"
            candidates = [
                SHARED / "golden" / f"{path.stem}.npz",
                SHARED / "tflite/golden" / f"{path.stem}.npz",
            ]
            golden = next((file for file in candidates if file.is_file()), None)
            results[path.stem] = measure(path, golden, work, options.rtos, options.kernels)
    if options.json:
        print(json.dumps({"models": {name: asdict(result) for name, result in results.items()}}, indent=2))
    else:
        print_table(results, options.kernels, options.rtos)
    return 0 if all(result.equal is not False for result in results.values()) else 1


def print_table(results: dict[str, Result], kernels: str, rtos: str) -> None:
    compiler = subprocess.run(["arm-none-eabi-gcc", "--version"], capture_output=True, text=True, check=True)
    print(f"{platform.machine()}, Python {platform.python_version()}, mlfgen {__version__}")
    print(f"{compiler.stdout.splitlines()[0]}; {BOARD}, rtos {rtos}, kernels {kernels}\n")
    print(
        "| model | outputs | multiply-adds | instructions | per MAC | ratio | RAM | peer | flash | peer's image |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, result in results.items():
        verdict = {True: "equal", False: "DIFFER", None: "-"}[result.equal]
        _, ram, flash = PEER.get(name, (0, 0, 0))
        ratio = f"**{result.ratio:.3f}**" if result.ratio is not None else "-"
        print(
            f"| {name} | {verdict} | {result.macs:,} | {result.instructions:,} | {result.instructions_per_mac} | "
            f"{ratio} | {result.ram_bytes:,} | {ram:,} | {result.flash_bytes:,} | {flash:,} |"
        )


if __name__ == "__main__":
    sys.exit(main())
