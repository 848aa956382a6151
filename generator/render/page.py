"""One self-contained HTML file: its style, tooltips and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.render.svg import escape

_STYLE = """\
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #57606a; --paper: #ffffff; --line: #d8dee4; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --dim: #9aa4af; --paper: #0d1117; --line: #30363d; }
}
body { margin: 1.5rem auto; max-width: 60rem; padding: 0 1rem; background: var(--paper); color: var(--ink);
  font: 14px/1.45 system-ui, "DejaVu Sans", Verdana, sans-serif; }
section { overflow-x: auto; }
svg { width: 100%; height: auto; box-sizing: border-box; border: 1px solid var(--line); border-radius: 6px; }
svg g[data-buffer]:hover rect, svg g.lit rect { stroke: var(--ink); stroke-width: 2.4; }
.table { overflow-x: auto; margin: .5rem 0 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; min-width: 5em; }
@media (max-width: 48rem) {
  body { margin: .5rem auto; padding: 0 .5rem; font-size: 13px; }
  svg { min-width: 44rem; }
  th, td { padding: .2rem .35rem; }
}
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
  const marked = event.target.closest("[data-tip]");
  tip.style.display = marked ? "block" : "none";
  if (!marked) return;
  tip.textContent = marked.dataset.tip;
  const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  const below = event.clientY + 16 + tip.offsetHeight < innerHeight;
  tip.style.left = left + "px";
  tip.style.top = (below ? event.clientY + 16 : event.clientY - tip.offsetHeight - 10) + "px";
});
"""


def html_page(title: str, body: Sequence[str]) -> str:
    """A whole page.

    body: HTML, line by line.
    """
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>\n{_STYLE}</style></head>",
            "<body>",
            *body,
            '<div id="tip"></div>',
            f"<script>\n{_SCRIPT}</script>",
            "</body></html>\n",
        )
    )


def html_table(
    header: Sequence[tuple[str, str]], rows: Sequence[tuple[str | None, Sequence[str]]]
) -> Iterator[str]:
    """A table.

    header: (words, class). rows: (buffer that the row is of or None, cells).
    """
    cells = "".join(f"<th{_class(kind)}>{escape(words)}</th>" for words, kind in header)
    yield '<div class="table">'
    yield f"<table><thead><tr>{cells}</tr></thead><tbody>"
    for buffer, row in rows:
        mark = "" if buffer is None else f' data-buffer="{escape(buffer)}"'
        columns = zip(header, row, strict=True)
        cells = "".join(f"<td{_class(kind)}>{escape(words)}</td>" for (_, kind), words in columns)
        yield f"<tr{mark}>{cells}</tr>"
    yield "</tbody></table></div>"


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
