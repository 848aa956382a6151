"""The int8 kernels on a Cortex-M7, layer kind by layer kind.

    python benchmarks/kernels.py [--json]

Each layer is compiled with arm-none-eabi-gcc -O3, run by Unicorn with random content, compared with the reference
and counted: one an instruction, with everything that the layer does. Beside it stands what the inner loop takes for
a multiplication with its addition (loads, unpacking, multiplying), below which no layer of that kind can come; an
output adds 5 for its requantisation and store.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "unit" / "compiler" / "kernels")]

from kernel_programs import Case, CortexM7  # noqa: E402
from test_kernel_conv import convolution  # noqa: E402
from test_kernel_depthwise import depthwise  # noqa: E402
from test_kernel_elementwise import elementwise  # noqa: E402
from test_kernel_fully_connected import dense, dense_real  # noqa: E402
from test_kernel_pool import pool  # noqa: E402

from generator.compiler.kernels.window import Window  # noqa: E402

_WIDE, _NARROW, _DENSE, _REAL, _DIRECT = 11 / 16, 12 / 16, 16 / 16, 8 / 4, 11 / 4
#: of two rows of outputs: loads and multiplications of a kernel column, over its multiplications
_COMPACT, _FIVE, _SEVEN = 15 / 18, 10 / 10, 13 / 14


def _window(size: tuple[int, int], kernel: tuple[int, int], stride: int) -> Window:
    """With as much padding as leaves size / stride pixels."""
    output = (-(-size[0] // stride), -(-size[1] // stride))
    pads = [max((o - 1) * stride + k - s, 0) // 2 for o, k, s in zip(output, kernel, size, strict=True)]
    return Window(size, output, kernel, (stride, stride), (1, 1), (pads[0], pads[1]))


def layers() -> Iterator[tuple[str, Case, float | None]]:
    """(what it is, the layer, instructions of its inner loop a multiplication)"""

    def rng(seed: int = 4) -> np.random.Generator:
        return np.random.default_rng(seed)

    for size, kernel, channels, stride in (
        ((25, 5), (1, 1), (64, 64), 1),
        ((24, 24), (1, 1), (8, 48), 1),
        ((24, 24), (1, 1), (48, 8), 1),
        ((6, 6), (1, 1), (128, 128), 1),
        ((32, 32), (3, 3), (3, 16), 1),
        ((49, 10), (10, 4), (1, 64), 2),
        ((16, 16), (3, 3), (32, 32), 1),
        ((8, 8), (3, 3), (64, 64), 1),
    ):
        for wide, limit in ((True, _WIDE), (False, _NARROW)):
            # Of random weights, some don't fit in pairs.
            tried = (
                convolution(rng(seed), _window(size, kernel, stride), channels, wide, False)
                for seed in range(4, 100)
            )
            case = next(each for each in tried if ("int16" in each.kernel.description) == wide)
            yield f"convolution {_shape(size, kernel, stride)}, {channels[0]} to {channels[1]}", case, limit
    for wide, limit in ((True, _WIDE), (False, _NARROW)):
        window = _window((25, 5), (1, 1), 1)
        case = convolution(rng(), window, (64, 64), wide, False, zero_point=100)
        yield "convolution 1 x 1 on 25 x 5, 64 to 64, of uint8 weights", case, limit
    for size, side, channels, stride, limit in (
        ((25, 5), 3, 64, 1, _COMPACT),
        ((48, 48), 3, 8, 1, _COMPACT),
        ((48, 48), 3, 16, 2, _COMPACT),
        ((6, 6), 3, 128, 1, _COMPACT),
        ((3, 3), 3, 256, 1, _COMPACT),
        ((12, 12), 3, 30, 1, _COMPACT),
        ((10, 10), 5, 120, 1, _FIVE),
        ((10, 10), 7, 120, 1, _SEVEN),
    ):
        case = depthwise(rng(), _window(size, (side, side), stride), channels)
        yield f"depthwise {_shape(size, (side, side), stride)}, {channels}", case, limit
    for size, kernel, channels in (((21, 1), (21, 1), 64), ((50, 1), (5, 1), 128), ((50, 1), (10, 1), 128)):
        window = Window(size, (size[0] - kernel[0] + 1, 1), kernel)
        case = depthwise(rng(), window, channels)
        yield f"depthwise {_shape(size, kernel, 1)}, {channels}", case, _DIRECT
    one = Window((1, 1), (1, 1), (1, 1))
    tried = (convolution(rng(seed), one, (256, 64), False, False) for seed in range(4, 1000))
    case = next(each for each in tried if "pairs" in each.kernel.description)
    yield "convolution 1 x 1 on 1 x 1, 256 to 64", case, _DENSE
    for inputs, outputs in ((640, 128), (128, 128), (64, 12), (256, 1)):
        yield f"dense {inputs} to {outputs}", dense(rng(), (1, outputs, inputs), False), _DENSE
    yield "dense 128 to 128, of uint8 weights", dense_real(rng(), (1, 128, 128), 100), _REAL
    shape = (1, 16, 16, 32)
    for kind in ("add", "mul"):
        yield f"{kind} of 16 x 16 x 32", elementwise(rng(), kind, (shape, shape)), None
    yield "average pool of 8 x 8 x 64", pool(rng(), Window((8, 8), (1, 1), (8, 8)), 64, False), None
    half = Window((16, 16), (8, 8), (2, 2), (2, 2))
    yield "max pool 2 x 2 of 16 x 16 x 32", pool(rng(), half, 32, True), None


def _shape(size: tuple[int, int], kernel: tuple[int, int], stride: int) -> str:
    step = f", stride {stride}" if stride > 1 else ""
    return f"{kernel[0]} x {kernel[1]} on {size[0]} x {size[1]}{step}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    found = list(layers())
    with tempfile.TemporaryDirectory() as folder:
        counts = CortexM7(Path(folder), [case for _, case, _ in found]).run()
    rows = [
        {
            "layer": name,
            "kernel": case.kernel.description,
            "macs": case.kernel.macs,
            "instructions": count,
            "per_mac": count / case.kernel.macs if case.kernel.macs else None,
            "inner_loop_per_mac": limit,
            "per_output": count / case.expected.size,
            "estimate": case.kernel.instructions,
            "scratch_bytes": case.kernel.scratch_bytes,
            "constants_bytes": case.kernel.constants_bytes,
        }
        for (name, case, limit), count in zip(found, counts, strict=True)
    ]
    if asked.json:
        print(json.dumps({"layers": rows}, indent=2))
        return
    print("| layer | kernel | instructions | per MAC | inner loop | per output | scratch | constants |")
    print("|---|---|---|---|---|---|---|---|")
    for row in rows:
        cells = [row["layer"], row["kernel"], f"{row['instructions']:,}"]
        cells += [f"{row[name]:.2f}" if row[name] else "-" for name in ("per_mac", "inner_loop_per_mac")]
        cells += [f"{row['per_output']:.1f}", f"{row['scratch_bytes']:,}", f"{row['constants_bytes']:,}"]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
