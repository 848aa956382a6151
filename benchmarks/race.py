"""Compiled models on the virtual STM32F746 against TensorFlow Lite Micro with CMSIS-NN.

    python benchmarks/race.py [--json] [--kernels own|cmsis-nn] [--rtos RTOS] [--work FOLDER] [NAME | FILE.tflite]...
    python benchmarks/race.py --both [--layers] [NAME | FILE.tflite]...

Each model is compiled, built for stm32f746g_disco, and run as the very image on the virtual microcontroller, which
counts instructions. Outputs are compared with the recorded ones where there are any, as
tests/integration/tflite_corpus.py does: bit for bit, and "close" if floats differ within its tolerance. Prints, for
each model, instructions per inference, their ratio to TensorFlow Lite Micro's with CMSIS-NN, and the bytes of RAM
(workspace with inputs, outputs and scratch, and state) and flash (text and constants of model and kernels).

``--both`` builds each model with either set of kernels instead, and prints one beside the other; ``--layers`` adds
the layers' instructions, which ``mlfgen profile`` counts. What the compiler refuses, or the board has no room for, is
listed with the reason.

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
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from golden_verdict import is_judgeable, judge_printed, prefix_of  # noqa: E402

from generator import __version__  # noqa: E402
from generator.compiler.archive import pack  # noqa: E402
from generator.compiler.compile import CompileOptions  # noqa: E402
from generator.errors import MlfgenError  # noqa: E402
from generator.model.options import GenerateOptions  # noqa: E402
from generator.pipeline.build import build  # noqa: E402
from generator.pipeline.generate import generate  # noqa: E402
from generator.pipeline.inputs import GenerateRequest  # noqa: E402
from generator.pipeline.models import compile_model  # noqa: E402
from generator.pipeline.profile import ProfileRequest, profile  # noqa: E402
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
NOT_COMPARED = "not compared"
VERDICT = {"exact": "equal", "wrong": "DIFFER"}


@dataclass(frozen=True)
class Layer:
    """One step of a model. what: operator and kernel. touched_bytes: of inputs, outputs and constants."""

    what: str
    macs: int
    touched_bytes: int
    instructions: int


@dataclass(frozen=True)
class Result:
    """What was measured of one model.

    instructions: of one inference. ratio: to TensorFlow Lite Micro's, or None.
    outputs: ``exact``, ``close`` (floats within a tolerance), ``wrong`` or ``not compared``.
    """

    instructions: int
    ram_bytes: int
    flash_bytes: int
    ratio: float | None
    macs: int
    instructions_per_mac: float
    outputs: str
    layers: tuple[Layer, ...]

    @property
    def shown(self) -> str:
        """The word for outputs in a table."""
        return VERDICT.get(self.outputs, self.outputs)


def measure(path: Path, golden: Path | None, work: Path, rtos: str, kernels: str) -> Result:
    """MlfgenError for what the compiler refuses, and what does not fit the board."""
    network = load_network(path)
    compiled = compile_model(network, CompileOptions(kernels=kernels))
    archive = work / f"{compiled.name}.tar"
    archive.write_bytes(pack(compiled.files))
    app = work / compiled.name
    options = GenerateOptions(rtos, {}, {}, False, 4096, "portfolio")
    if golden is not None and not is_judgeable(network, golden):
        golden = None
    goldens = {"": golden} if golden is not None else {}
    prefix = prefix_of(network, golden) if golden is not None else None
    project = generate(
        GenerateRequest(
            (archive,), BOARD, options, goldens=goldens, golden_prefix=prefix, output=app, force=True
        )
    ).project
    build(app, runner=SystemRunner(), env=dict(os.environ))
    lines: list[str] = []
    profiled = profile(ProfileRequest(app), on_line=lines.append).models[0]
    runs = parse_console("\n".join(lines))
    outputs = judge_printed(project, runs)[0] if golden is not None else NOT_COMPARED
    # Sets differ by branches on data alone.
    instructions = profiled.instructions // profiled.runs
    macs = sum(step.macs for step in compiled.steps)
    peer = PEER.get(path.stem)
    return Result(
        instructions,
        compiled.memory.size_bytes + compiled.state_bytes,
        object_bytes(app, compiled.name),
        round(instructions / peer[0], 4) if peer else None,
        macs,
        round(instructions / macs, 3) if macs else 0.0,
        outputs,
        tuple(
            Layer(
                operator.record.what,
                operator.record.macs or 0,
                operator.record.touched_bytes or 0,
                operator.count.instructions // profiled.runs,
            )
            for operator in profiled.operators
        ),
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
    parser.add_argument("--both", action="store_true", help="print own kernels and CMSIS-NN side by side")
    parser.add_argument("--layers", action="store_true", help="with --both, print each layer")
    parser.add_argument("--rtos", default="none", help="default: none, which is bare metal")
    parser.add_argument("--work", type=Path, help="keep what is built in this folder")
    options = parser.parse_args()
    sets = ("own", "cmsis-nn") if options.both else (options.kernels,)
    found: dict[str, dict[str, Result]] = {kernels: {} for kernels in sets}
    refused: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.models:
            path = Path(name) if name.endswith("lite") else SHARED / "models" / f"{name}.tflite"
            candidates = [
                SHARED / "golden" / f"{path.stem}.npz",
                SHARED / "tflite/golden" / f"{path.stem}.npz",
            ]
            golden = next((file for file in candidates if file.is_file()), None)
            for kernels in sets:
                work = (options.work or Path(scratch)) / (kernels if options.both else "")
                work.mkdir(parents=True, exist_ok=True)
                try:
                    found[kernels][path.stem] = measure(path, golden, work, options.rtos, kernels)
                except MlfgenError as error:
                    refused[path.stem] = str(error).partition("\n")[0]
                    break
    if options.json:
        models = {
            kernels: {name: asdict(result) for name, result in results.items()}
            for kernels, results in found.items()
        }
        shown = {"kernels": models} if options.both else {"models": models[options.kernels]}
        print(json.dumps({**shown, "refused": refused}, indent=2))
    else:
        print_head(options.rtos, " and ".join(sets))
        if options.both:
            print_both(found["own"], found["cmsis-nn"], options.layers)
        else:
            print_table(found[options.kernels])
        for name, why in refused.items():
            print(f"not measured: {name}: {why}")
    results = [result for of_set in found.values() for result in of_set.values()]
    return 0 if all(result.outputs != "wrong" for result in results) else 1


def print_head(rtos: str, kernels: str) -> None:
    compiler = subprocess.run(["arm-none-eabi-gcc", "--version"], capture_output=True, text=True, check=True)
    print(f"{platform.machine()}, Python {platform.python_version()}, mlfgen {__version__}")
    print(f"{compiler.stdout.splitlines()[0]}; {BOARD}, rtos {rtos}, kernels {kernels}\n")


def print_both(own: dict[str, Result], library: dict[str, Result], layers: bool) -> None:
    print("| model | outputs | multiply-adds | own | per MAC | cmsis-nn | ratio | RAM | cmsis-nn's RAM |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, other in library.items():
        mine = own[name]
        print(
            f"| {name} | {mine.shown} / {other.shown} | {mine.macs:,} | {mine.instructions:,} | "
            f"{mine.instructions_per_mac} | {other.instructions:,} | "
            f"**{mine.instructions / other.instructions:.3f}** | {mine.ram_bytes:,} | {other.ram_bytes:,} |"
        )
    for name, other in library.items() if layers else ():
        print(f"\n{name}\n\n| layer | multiply-adds | bytes touched | own | per MAC | cmsis-nn | ratio |")
        print("|---|---|---|---|---|---|---|")
        for layer, peer in zip(own[name].layers, other.layers, strict=True):
            each = f"{layer.instructions / layer.macs:.2f}" if layer.macs else "-"
            print(
                f"| {layer.what} | {layer.macs:,} | {layer.touched_bytes:,} | {layer.instructions:,} | {each} | "
                f"{peer.instructions:,} | {layer.instructions / peer.instructions:.2f} |"
            )


def print_table(results: dict[str, Result]) -> None:
    print(
        "| model | outputs | multiply-adds | instructions | per MAC | ratio | RAM | peer | flash | peer's image |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, result in results.items():
        _, ram, flash = PEER.get(name, (0, 0, 0))
        ratio = f"**{result.ratio:.3f}**" if result.ratio is not None else "-"
        print(
            f"| {name} | {result.shown} | {result.macs:,} | {result.instructions:,} | "
            f"{result.instructions_per_mac} | {ratio} | {result.ram_bytes:,} | {ram:,} | "
            f"{result.flash_bytes:,} | {flash:,} |"
        )


if __name__ == "__main__":
    sys.exit(main())
