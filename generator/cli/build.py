"""``mlfgen build``."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from generator.cli.progress import BuildProgress
from generator.cli.terminal import bar, paint, table
from generator.pipeline.build import BuildResult, build
from generator.pipeline.options import pairs
from generator.toolchain.runner import SystemRunner
from generator.wording import counted


def run(args: argparse.Namespace) -> int:
    with BuildProgress(verbose=args.verbose, quiet=args.json or args.quiet) as progress:
        result = build(
            Path(args.app),
            runner=SystemRunner(),
            env=dict(os.environ),
            build_folder=Path(args.build_folder) if args.build_folder else None,
            defines=pairs(args.defines, "-D", "NAME=VALUE"),
            on_line=progress.line,
        )
    if args.json:
        print(json.dumps(as_json(result), indent=2))
    else:
        print("\n".join(image_lines(result)))
    return 0


def image_lines(result: BuildResult) -> list[str]:
    """The built image region by region; only its path for a program for this computer."""
    sizes = {region.name: region.size_bytes for region in result.firmware.regions}
    rows = [
        (
            name,
            f"{sizes[name]:,}",
            f"{use.total_bytes:,}",
            f"{sizes[name] - use.total_bytes:,}",
            bar(use.total_bytes, sizes[name]),
            f"{use.text_bytes:,}",
            f"{use.rodata_bytes:,}",
            f"{use.data_bytes:,}",
            f"{use.bss_bytes:,}",
            f"{use.noinit_bytes:,}",
        )
        for name, use in result.uses.items()
    ]
    lines = []
    if rows:
        header = ("region", "bytes", "used", "free", "", "text", "rodata", "data", "bss", "noinit")
        lines += table(header, rows, right=(1, 2, 3, 5, 6, 7, 8, 9))
        lines.append(f"checked against the plan: {counted(len(result.firmware.buffers), 'buffer')}")
    if result.picture is not None:
        lines.append(f"memory map: {result.picture}")
    lines.append(f"{paint(str(result.image), 'bold')}")
    return lines


def as_json(result: BuildResult) -> dict[str, object]:
    return {
        "image": str(result.image),
        "picture": None if result.picture is None else str(result.picture),
        "regions": {
            name: {
                "used_bytes": use.total_bytes,
                "text_bytes": use.text_bytes,
                "rodata_bytes": use.rodata_bytes,
                "data_bytes": use.data_bytes,
                "bss_bytes": use.bss_bytes,
                "noinit_bytes": use.noinit_bytes,
            }
            for name, use in result.uses.items()
        },
    }
