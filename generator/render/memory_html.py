"""The picture with tooltips, and all figures as tables: one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.model.memory import MemoryPlan
from generator.model.plan_labels import PlanLabels
from generator.model.report import MemoryReport, RegionLine
from generator.planner.moments import Held, operator_at, operator_title, residents
from generator.render.legend import kind_of, title_of
from generator.render.memory_regions import Share, shares
from generator.render.memory_svg import PlanPicture, memory_svg, report_svg
from generator.render.page import html_page, html_table
from generator.render.svg import escape

_BUFFER_HEADER = (
    ("buffer", ""),
    ("kind", ""),
    ("bytes", "n"),
    ("from", "n"),
    ("to", "n"),
    ("lives in", ""),
    ("born in", ""),
)


def memory_html(plan: MemoryPlan, title: str, labels: PlanLabels) -> str:
    """One plan: the picture of ``memory_svg``, hover, and a table of its buffers. Raises nothing."""
    body = [
        '<section id="plan-0">',
        memory_svg(plan, title, labels),
        *_plan_tables(plan, labels),
        "</section>",
    ]
    return html_page(title, body)


def report_html(report: MemoryReport | None, pictures: Sequence[PlanPicture], title: str) -> str:
    """A whole application: its memories (if there is a board), then each plan with a table of its buffers."""
    body = []
    if report is not None:
        body += [
            '<section id="memories">',
            report_svg(report, (), title),
            *_region_table(report),
            "</section>",
        ]
    for i, picture in enumerate(pictures):
        body.append(f'<section id="plan-{i}">')
        body.append(memory_svg(picture.plan, picture.title, picture.labels))
        body += [*_plan_tables(picture.plan, picture.labels), "</section>"]
    return html_page(title, body)


def _plan_tables(plan: MemoryPlan, labels: PlanLabels) -> Iterator[str]:
    yield from html_table(
        (("pool", ""), ("peak", "n"), ("lower bound", "n"), ("capacity", "n"), ("proved", "")),
        [
            (
                None,
                (
                    pool.name,
                    f"{use.peak_bytes:,}",
                    f"{use.lower_bound_bytes:,}" if use.lower_bound_bytes else "-",
                    "not limited" if pool.size_bytes is None else f"{pool.size_bytes:,}",
                    use.certificate if use.lower_bound_bytes else "-",
                ),
            )
            for pool, use in zip(plan.problem.pools, plan.uses, strict=True)
        ],
    )
    for pool in plan.problem.pools:
        spans: dict[str, list[Held]] = {}
        for held in residents(plan, pool.name):
            spans.setdefault(held.buffer.name, []).append(held)
        rows = [
            (
                name,
                (
                    title_of(name, labels),
                    kind_of(name, labels),
                    f"{parts[0].buffer.size_bytes:,}",
                    f"{parts[0].allocation.offset_bytes:,}",
                    f"{parts[0].end_bytes:,}",
                    ", ".join(f"[{h.interval[0]:,}, {h.interval[1]:,})" for h in parts),
                    operator_title(operator_at(parts[0].interval[0], labels) or ""),
                ),
            )
            for name, parts in sorted(
                spans.items(), key=lambda item: (-item[1][0].buffer.size_bytes, item[0])
            )
        ]
        if rows:
            yield from html_table(_BUFFER_HEADER, [(None, (f"in {pool.name}", *[""] * 6)), *rows])


def shares_table(memories: Sequence[tuple[RegionLine, tuple[Share, ...]]]) -> Iterator[str]:
    """A table of what takes how much of each memory, and what is left."""
    rows: list[tuple[str | None, tuple[str, ...]]] = []
    for region, held in memories:
        for share in held:
            rows.append((None, (region.name, share.kind, share.name, f"{share.size_bytes:,}")))
        rows.append((None, (region.name, "free", "", f"{region.free_bytes:,}")))
    yield from html_table((("memory", ""), ("kind", ""), ("what", ""), ("bytes", "n")), rows)


def _region_table(report: MemoryReport) -> Iterator[str]:
    yield from shares_table([(region, shares(report, region)) for region in report.regions])
    for peak in report.peaks:
        size = "the peak" if peak.bytes_at_peak is None else f"{peak.bytes_at_peak:,} bytes"
        words = f"{peak.model}: {size} while {operator_title(peak.operator)} runs ({peak.why})"
        yield f"<p>{escape(words)}</p>"
    yield from (f"<p>{escape(note)}</p>" for note in report.notes)
