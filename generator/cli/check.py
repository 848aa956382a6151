"""``mlfgen check``."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Sequence
from pathlib import Path

from generator.cli.json_error import error_json
from generator.cli.terminal import paint, table
from generator.errors import BuildError
from generator.pipeline.check import CheckedBuffer, CheckResult, check, load_model_folders
from generator.wording import counted


def run(args: argparse.Namespace) -> int:
    image = Path(args.image)
    folders = load_model_folders(image, tuple(Path(folder) for folder in args.model), Path.cwd())
    results = check(image, folders)
    fault = _fault(image, results)
    if args.json:
        document = _as_json(image, results) | ({} if fault is None else {"error": error_json(fault)})
        print(json.dumps(document, indent=2))
        return 0 if fault is None else fault.exit_code
    print("\n".join(_lines(results)))
    if fault is not None:
        raise fault
    linked = sum(len(result.linked) for result in results)
    print(f"{paint('as planned', 'green')}: {counted(linked, 'buffer')} in {image}")
    return 0


def _fault(image: Path, results: Sequence[CheckResult]) -> BuildError | None:
    """The first thing to put right."""
    for result in results:
        name = shlex.quote(str(result.folder))
        if not result.linked:
            return BuildError(
                f"the image contains no buffer of the models in {result.folder}",
                where=str(image),
                hint="nothing in it calls these models, or it was stripped: give the ELF file with its symbols; "
                "docs/c-api.md shows the calls",
            )
        wrong = [buffer for buffer in result.buffers if buffer.faults]
        if wrong:
            return BuildError(
                f"{len(wrong)} of {counted(len(result.buffers), 'buffer')} "
                f"{'is' if len(wrong) == 1 else 'are'} not as planned: "
                + ", ".join(buffer.expected.symbol for buffer in wrong),
                where=str(image),
                hint=_advice(wrong, name, zephyr=bool(result.firmware.zephyr_target)),
            )
        if result.faults:
            return BuildError(
                "sections share memory: " + "; ".join(result.faults),
                where=str(image),
                hint="give each its own place in the linker script",
            )
    return None


def _advice(wrong: Sequence[CheckedBuffer], folder: str, *, zephyr: bool) -> str:
    if any("instead of" in fault for buffer in wrong for fault in buffer.faults):
        return f"the image was built from other sources: build it again from those in {folder}"
    apart = any(buffer.expected.apart for buffer in wrong)
    if apart and zephyr:
        return (
            "declare the memory in the devicetree, as the generated boards/ folder does, or add "
            f"{folder}/model/sections.ld with zephyr_linker_sources(SECTIONS) (docs/c-api.md)"
        )
    if apart:
        return f"link with -T {folder}/model/sections.ld, or place the buffers' sections as it does (docs/c-api.md)"
    return (
        f"place the sections that {folder}/model/src/mlf_pools.c names in RAM, in an output section marked (NOLOAD) "
        "(docs/c-api.md)"
    )


def _lines(results: Sequence[CheckResult]) -> list[str]:
    rows = []
    for result in results:
        for buffer in result.buffers:
            planned = buffer.expected
            rows.append(
                (
                    planned.symbol,
                    f"{planned.size_bytes:,}",
                    planned.region if planned.apart or planned.stored else f"{planned.region} or other RAM",
                    buffer.memory or ("-" if buffer.address is None else "none"),
                    "-" if buffer.address is None else f"0x{buffer.address:08x}",
                    buffer.section or "-",
                    "; ".join(buffer.faults) or ("not linked" if buffer.address is None else "as planned"),
                )
            )
    return table(("buffer", "bytes", "planned", "memory", "address", "section", ""), rows, right=(1,))


def _as_json(image: Path, results: Sequence[CheckResult]) -> dict[str, object]:
    return {
        "image": str(image),
        "as_planned": all(result.as_planned for result in results),
        "models": [
            {
                "folder": str(result.folder),
                "board": result.firmware.board,
                "buffers": [
                    {
                        "symbol": buffer.expected.symbol,
                        "size_bytes": buffer.expected.size_bytes,
                        "planned": buffer.expected.region,
                        "any_ram": not buffer.expected.apart and not buffer.expected.stored,
                        "memory": buffer.memory,
                        "address": buffer.address,
                        "section": buffer.section,
                        "faults": list(buffer.faults),
                    }
                    for buffer in result.buffers
                ],
                "faults": list(result.faults),
            }
            for result in results
        ],
    }
