"""A profile's picture with tooltips, and its figures as tables: one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Sequence

from generator.model.profile import ModelProfile
from generator.render.page import html_page, html_table
from generator.render.profile_svg import operator_name, profile_svg
from generator.render.svg import escape


def profile_html(models: Sequence[ModelProfile], title: str, unit: str = "instructions") -> str:
    """A profile as a page.

    unit: what is counted, instructions or cycles.
    """
    body = [profile_svg(models, title, unit)]
    header = (
        ("operator", ""),
        ("what", ""),
        ("calls", "n"),
        (unit, "n"),
        ("%", "n"),
        ("MACs", "n"),
        ("per MAC", "n"),
        ("bytes", "n"),
    )
    for model in models:
        body.append(f"<h2>{escape(model.model)}</h2>")
        rows = [(None, (operator_name(o), *profile_cells(model, i))) for i, o in enumerate(model.operators)]
        rest = f"{model.between // model.runs:,}", f"{100 * model.between / model.instructions:.1f}"
        rows.append((None, ("between operators", "", "", *rest, "", "", "")))
        body += html_table(header, rows)
    return html_page(title, body)


def profile_cells(model: ModelProfile, index: int) -> tuple[str, ...]:
    """What is known of one operator, per inference.

    What, calls, instructions, share in %, MACs, instructions per MAC, bytes.
    """
    operator = model.operators[index]
    record, count = operator.record, operator.count
    calls = count.calls / model.runs
    return (
        record.what,
        f"{calls:g}",
        f"{count.instructions // model.runs:,}",
        f"{100 * count.instructions / model.instructions:.1f}",
        "-" if record.macs is None else f"{round(record.macs * calls):,}",
        f"{count.instructions / (record.macs * count.calls):.2f}" if record.macs else "-",
        "-" if record.touched_bytes is None else f"{round(record.touched_bytes * calls):,}",
    )
