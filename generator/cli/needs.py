"""What ``mlfgen inspect`` says of models without a board."""

from __future__ import annotations

import shutil

from generator.cli.terminal import operator_name, paint, table
from generator.model.archive import Archive
from generator.pipeline.needs import ModelNeeds, model_needs

#: columns beside an operator's name
_FIGURES_WIDTH = 40


def needs_lines(archive: Archive) -> list[str]:
    """Model by model: memory, multiply-adds, the peak, and the operators that cost something."""
    lines = []
    for needs in model_needs(archive):
        words = f"workspace {needs.workspace_bytes:,} bytes, constants {needs.constants_bytes:,} bytes"
        if needs.macs is not None:
            words += f", {needs.macs:,} multiply-adds"
        lines.append(f"  model {paint(needs.model, 'bold')} needs {words}")
        lines += [f"    the peak is in {_name(peak.operator)}: {peak.why}" for peak in needs.peaks]
        lines += ["    " + text for text in _operator_lines(needs)]
    return lines


def _operator_lines(needs: ModelNeeds) -> list[str]:
    if needs.macs is None:
        return []
    rows = [
        (
            _name(operator.function),
            f"{operator.macs or 0:,}",
            f"{100 * (operator.macs or 0) / needs.macs:.1f} %" if needs.macs else "-",
            "-" if operator.touched_bytes is None else f"{operator.touched_bytes:,}",
        )
        for operator in needs.operators
    ]
    return table(("operator", "multiply-adds", "share", "bytes touched"), rows, right=(1, 2, 3))


def _name(function: str) -> str:
    """Shortened in the middle to what the terminal has room for."""
    name = operator_name(function)
    room = max(20, shutil.get_terminal_size((100, 24)).columns - _FIGURES_WIDTH)
    return name if len(name) <= room else f"{name[: room - room // 3 - 1]}…{name[-(room // 3) :]}"


def needs_json(archive: Archive) -> list[dict[str, object]]:
    return [
        {
            "model": needs.model,
            "workspace_bytes": needs.workspace_bytes,
            "constants_bytes": needs.constants_bytes,
            "macs": needs.macs,
            "peaks": [
                {"operator": peak.operator, "bytes_at_peak": peak.bytes_at_peak, "why": peak.why}
                for peak in needs.peaks
            ],
            "operators": [
                {"function": o.function, "macs": o.macs, "touched_bytes": o.touched_bytes}
                for o in needs.operators
            ],
        }
        for needs in model_needs(archive)
    ]
