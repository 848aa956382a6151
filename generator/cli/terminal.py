"""How results look on a terminal. Colours are for terminals only; the text is the same everywhere."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import TextIO

from generator.errors import MlfgenError, UsageErrors
from generator.model.archive import TVM_VERSIONS, Archive
from generator.model.report import MemoryReport
from generator.model.tensor import Tensor
from generator.wording import counted

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}


def coloured(stream: TextIO) -> bool:
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    return f"\033[{_CODES[style]}m{text}\033[0m" if coloured(stream or sys.stdout) else text


def print_error(error: MlfgenError, prefix: str = "") -> None:
    """On standard error, each mistake with its hint. prefix: what comes before places that do not begin like it."""
    for each in error.errors if isinstance(error, UsageErrors) else (error,):
        where = f"{each.where}: " if each.where else ""
        lead = "" if where.startswith(prefix.rstrip(": ")) else prefix
        print(f"{paint('error:', 'red', sys.stderr)} {lead}{where}{each.what}", file=sys.stderr)
        if each.hint:
            print(f"{paint(' hint:', 'yellow', sys.stderr)} {each.hint}", file=sys.stderr)


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
    made_by_tvm = all(library.compiled is None for library in archive.models)
    compiler = archive.tvm_version or (TVM_VERSIONS[archive.version] if made_by_tvm else "")
    version = f", TVM {compiler}" if compiler else ""
    lines = [f"{paint(archive.label, 'bold')}: Model Library Format version {archive.version}{version}"]
    for library in archive.models:
        owner = (
            "provided by the application"
            if library.caller_pools
            else "declared in the archive's C"
            if library.internal_pools
            else "planned by mlfgen"
        )
        lines.append(
            f"  model {paint(library.name, 'bold')}: {library.executor.value} executor, "
            f"interface {library.interface.value}, workspace {owner}"
        )
        rows = [tensor_row("input", tensor) for tensor in library.inputs]
        rows += [tensor_row("output", tensor) for tensor in library.outputs]
        lines += [
            "    " + text for text in table(("", "name", "type", "bytes", "real value"), rows, right=(3,))
        ]
        if library.cmsis_nn:
            lines.append(f"    calls CMSIS-NN: {', '.join(library.cmsis_nn)}")
        if library.instructions:
            lines.append(f"    needs instructions: {', '.join(library.instructions)}")
    return lines


def tensor_row(side: str, tensor: Tensor) -> tuple[str, str, str, str, str]:
    real = "as stored"
    if tensor.quantization is not None:
        digits = tensor.quantization.digits
        real = f"{tensor.quantization.scale:.{digits or 9}g} * (stored - {tensor.quantization.zero_point})"
        if digits is not None:
            real += f", {digits} digits"
    shape = (
        ", ".join(str(n) for n in tensor.shape)
        if tensor.shape is not None
        else f"{counted(tensor.elements, 'element')}, unknown shape"
    )
    return side, _cut(tensor.name, 40), f"{tensor.dtype}[{shape}]", f"{tensor.size_bytes:,}", real


def memory_lines(report: MemoryReport, *, is_library: bool = False) -> list[str]:
    """Pool by pool, region by region, the operators that set the peaks, and notes."""
    lines = table(
        ("pool", "kind", "region", "section", "bytes", "align", "model"),
        [
            (
                pool.name,
                pool.kind if pool.owner == "application" else f"{pool.kind} (in the archive's C)",
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
        ("region", "bytes", "planned", "free", "", "breakdown"),
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
        size = f" of {counted(peak.bytes_at_peak, 'byte')}" if peak.bytes_at_peak is not None else ""
        lines.append(f"{peak.model}: workspace peak{size} in {operator_name(peak.operator)} ({peak.why})")
    lines += [f"note: {note}" for note in report.notes]
    lines.append("code is not included" + ("" if is_library else "; `mlfgen build` reports its size"))
    return lines


def operator_name(function: str) -> str:
    """A readable name for an operator's C function: without TVM's prefixes, a long name cut in the middle."""
    name = re.sub(r"^tvmgen_.+?_fused_", "", function)
    return _cut(name, 60)


def _cut(name: str, length: int) -> str:
    """name, or its first two thirds and its end where it is longer than length."""
    head = length * 2 // 3
    return name if len(name) <= length else f"{name[:head]}…{name[head + 1 - length :]}"


def bar(used: int, size: int, width: int = 12) -> str:
    """A bar of width characters; the first is filled if anything is used."""
    filled = min(width, max(1 if used else 0, round(width * used / size)))
    return "[" + "#" * filled + "." * (width - filled) + "]"
