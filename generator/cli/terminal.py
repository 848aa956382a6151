"""How results look on a terminal. Colours only where one is; the words are the same everywhere."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import TextIO

from generator.model.archive import Archive
from generator.model.report import MemoryReport
from generator.model.tensor import Tensor

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}


def coloured(stream: TextIO) -> bool:
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    return f"\033[{_CODES[style]}m{text}\033[0m" if coloured(stream or sys.stdout) else text


def table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Lines of a plain table. right: indices of right-aligned columns."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]

    def line(row: Sequence[str]) -> str:
        cells = [
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    return [paint(line(header), "dim"), *(line(row) for row in rows)]


def archive_lines(archive: Archive) -> list[str]:
    version = f", TVM {archive.tvm_version}" if archive.tvm_version else ""
    lines = [f"{paint(archive.label, 'bold')}: Model Library Format version {archive.version}{version}"]
    for library in archive.models:
        who = (
            "held by the application"
            if library.caller_pools
            else "held by the archive's own C"
            if library.internal_pools
            else "planned here"
        )
        lines.append(
            f"  model {paint(library.name, 'bold')}: {library.executor.value} executor, "
            f"interface {library.interface.value}, workspace {who}"
        )
        rows = [_tensor_row("input", tensor) for tensor in library.inputs]
        rows += [_tensor_row("output", tensor) for tensor in library.outputs]
        lines += [
            "    " + text for text in table(("", "name", "type", "bytes", "real value"), rows, right=(3,))
        ]
        if library.cmsis_nn:
            lines.append(f"    calls CMSIS-NN: {', '.join(library.cmsis_nn)}")
        if library.instructions:
            lines.append(f"    needs instructions: {', '.join(library.instructions)}")
    return lines


def _tensor_row(side: str, tensor: Tensor) -> tuple[str, str, str, str, str]:
    real = "as stored"
    if tensor.quantization is not None:
        real = f"{tensor.quantization.scale:.9g} * (stored - {tensor.quantization.zero_point})"
    shape = (
        ", ".join(str(n) for n in tensor.shape)
        if tensor.shape is not None
        else f"{tensor.elements}, shape not told"
    )
    return side, tensor.name, f"{tensor.dtype}[{shape}]", f"{tensor.size_bytes:,}", real


def memory_lines(report: MemoryReport) -> list[str]:
    """Pool by pool, region by region, who sets the peak, and notes."""
    lines = table(
        ("pool", "kind", "region", "section", "bytes", "aligned", "of"),
        [
            (
                pool.name,
                pool.kind if pool.owner == "application" else f"{pool.kind} (archive's own)",
                pool.region,
                pool.section or "-",
                f"{pool.size_bytes:,}",
                str(pool.alignment_bytes),
                ", ".join(pool.models),
            )
            for pool in report.pools
        ],
        right=(4, 5),
    )
    lines.append("")
    lines += table(
        ("region", "bytes", "planned", "free", "", "of it"),
        [
            (
                region.name,
                f"{region.size_bytes:,}",
                f"{region.used_bytes:,}",
                f"{region.free_bytes:,}",
                bar(region.used_bytes, region.size_bytes),
                ", ".join(f"{kind} {size:,}" for kind, size in region.kinds),
            )
            for region in report.regions
        ],
        right=(1, 2, 3),
    )
    for peak in report.peaks:
        size = f"{peak.bytes_at_peak:,} bytes" if peak.bytes_at_peak is not None else "the peak"
        lines.append(f"{peak.model}: {size} while {operator_name(peak.operator)} runs ({peak.why})")
    lines += [f"note: {note}" for note in report.notes]
    lines.append("code is not counted before it is built")
    return lines


def operator_name(function: str) -> str:
    """An operator's C function as people read it: without TVM's prefixes, the middle of a long name cut."""
    name = re.sub(r"^tvmgen_.+?_fused_", "", function)
    return name if len(name) <= 60 else f"{name[:40]}…{name[-19:]}"


def bar(used: int, size: int, width: int = 12) -> str:
    """Filled in twelfths; anything at all shows."""
    filled = min(width, max(1 if used else 0, round(width * used / size)))
    return "[" + "#" * filled + "." * (width - filled) + "]"
