"""The picture with hover, and all figures as tables: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.model.memory import MemoryPlan
from generator.model.plan_labels import PlanLabels
from generator.model.report import MemoryReport
from generator.planner.moments import Held, operator_at, operator_title, residents
from generator.render.legend import kind_of, title_of
from generator.render.memory_regions import shares
from generator.render.memory_svg import PlanPicture, memory_svg, report_svg
from generator.render.svg import escape

_STYLE = """\
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #57606a; --paper: #ffffff; --line: #d8dee4; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --dim: #9aa4af; --paper: #0d1117; --line: #30363d; }
}
body { margin: 1.5rem auto; max-width: 60rem; padding: 0 1rem; background: var(--paper); color: var(--ink);
  font: 14px/1.45 system-ui, "DejaVu Sans", Verdana, sans-serif; }
svg { max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: 6px; }
svg g[data-buffer]:hover rect, svg g.lit rect { stroke: #1b1f24; stroke-width: 2.4; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 2rem; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--dim); font-weight: 600; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.lit td { background: color-mix(in srgb, #9cc9ec 35%, transparent); }
#tip { position: fixed; display: none; pointer-events: none; white-space: pre-line; max-width: 28rem;
  padding: .4rem .6rem; border-radius: 5px; background: #1b1f24; color: #ffffff; font-size: 12.5px; }
"""

# Titles are taken out of the picture while the script runs, or the browser would show its own tip as well.
_SCRIPT = """\
const tip = document.getElementById("tip");
const marks = new Map();
for (const e of document.querySelectorAll("[data-buffer]")) {
  const key = e.closest("section").id + " " + e.dataset.buffer;
  marks.set(key, [...(marks.get(key) || []), e]);
  e.dataset.key = key;
}
for (const g of document.querySelectorAll("svg g")) {
  const title = g.querySelector(":scope > title");
  if (title) { g.dataset.tip = title.textContent; title.remove(); }
}
const light = (e, on) => {
  for (const m of marks.get(e && e.dataset.key) || []) m.classList.toggle("lit", on);
};
let lit = null;
document.addEventListener("mousemove", (event) => {
  const owner = event.target.closest("[data-buffer]");
  if (owner !== lit) { light(lit, false); light(owner, true); lit = owner; }
  const told = event.target.closest("[data-tip]");
  tip.style.display = told ? "block" : "none";
  if (!told) return;
  tip.textContent = told.dataset.tip;
  const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  const below = event.clientY + 16 + tip.offsetHeight < innerHeight;
  tip.style.left = left + "px";
  tip.style.top = (below ? event.clientY + 16 : event.clientY - tip.offsetHeight - 10) + "px";
});
"""

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
    return _page(title, body)


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
    return _page(title, body)


def _page(title: str, body: Sequence[str]) -> str:
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>{escape(title)}</title>",
            f"<style>\n{_STYLE}</style></head>",
            "<body>",
            *body,
            '<div id="tip"></div>',
            f"<script>\n{_SCRIPT}</script>",
            "</body></html>\n",
        )
    )


def _plan_tables(plan: MemoryPlan, labels: PlanLabels) -> Iterator[str]:
    yield from _table(
        (("pool", ""), ("peak", "n"), ("lower bound", "n"), ("capacity", "n"), ("proved", "")),
        [
            (
                None,
                (
                    pool.name,
                    f"{use.peak_bytes:,}",
                    f"{use.lower_bound_bytes:,}",
                    "to be found" if pool.size_bytes is None else f"{pool.size_bytes:,}",
                    use.certificate,
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
            yield from _table(_BUFFER_HEADER, [(None, (f"in {pool.name}", *[""] * 6)), *rows])


def _region_table(report: MemoryReport) -> Iterator[str]:
    rows: list[tuple[str | None, tuple[str, ...]]] = []
    for region in report.regions:
        for share in shares(report, region):
            rows.append((None, (region.name, share.kind, share.name, f"{share.size_bytes:,}")))
        rows.append((None, (region.name, "free", "", f"{region.free_bytes:,}")))
    yield from _table((("memory", ""), ("kind", ""), ("what", ""), ("bytes", "n")), rows)
    for peak in report.peaks:
        size = "the peak" if peak.bytes_at_peak is None else f"{peak.bytes_at_peak:,} bytes"
        words = f"{peak.model}: {size} while {operator_title(peak.operator)} runs ({peak.why})"
        yield f"<p>{escape(words)}</p>"
    yield from (f"<p>{escape(note)}</p>" for note in report.notes)


def _table(
    header: Sequence[tuple[str, str]], rows: Sequence[tuple[str | None, Sequence[str]]]
) -> Iterator[str]:
    """header: (words, class). rows: (buffer that the row is of or None, cells)."""
    cells = "".join(f"<th{_class(kind)}>{escape(words)}</th>" for words, kind in header)
    yield f"<table><thead><tr>{cells}</tr></thead><tbody>"
    for buffer, row in rows:
        mark = "" if buffer is None else f' data-buffer="{escape(buffer)}"'
        columns = zip(header, row, strict=True)
        cells = "".join(f"<td{_class(kind)}>{escape(words)}</td>" for (_, kind), words in columns)
        yield f"<tr{mark}>{cells}</tr>"
    yield "</tbody></table>"


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
