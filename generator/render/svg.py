"""Pieces of SVG as text: escaped, with fixed number formats, so that the same picture is the same bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

#: width of a letter over the font's size, for the widest common sans-serif
_LETTER = 0.62
# What XML 1.0, section 2.2, leaves out of Char; its complement takes Python milliseconds to compile.
_CONTROL = re.compile("[\0-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")

INK = "#1b1f24"
DIM = "#57606a"
GRID = "#d8dee4"
PAPER = "#ffffff"
ALARM = "#b3261e"
BOUND = "#0b57d0"


# What lies on a coloured block (``data-buffer``, ``data-share``) keeps its ink.
_DARK = (
    "@media (prefers-color-scheme: dark) { "
    f'svg > rect[fill="{PAPER}"] {{ fill: #0d1117 }} '
    f'text[fill="{INK}"] {{ fill: #e6edf3 }} text[fill="{DIM}"] {{ fill: #9aa4af }} '
    f'text[fill="{ALARM}"] {{ fill: #ff8a80 }} text[fill="{BOUND}"] {{ fill: #8ab4f8 }} '
    f'text[stroke="{PAPER}"] {{ stroke: #0d1117 }} '
    f'line[stroke="{GRID}"] {{ stroke: #30363d }} line[stroke="{INK}"] {{ stroke: #e6edf3 }} '
    'rect[fill="#f3f5f7"] { fill: #161b22 } '
    f"[data-buffer] text[fill], [data-share] text[fill] {{ fill: {INK} }} }}"
)


def escape(text: str) -> str:
    """For text and attributes. What XML does not allow at all becomes the replacement character."""
    text = _CONTROL.sub("\ufffd", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def number(value: float) -> str:
    """At most two decimals, and none that say nothing."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def text(x: float, y: float, content: str, **style: str | float) -> str:
    """Anchored at its start unless style says ``anchor``; ``size`` in pixels; ``halo`` sets it off the ground."""
    size = style.get("size", 12)
    parts = [f'<text x="{number(x)}" y="{number(y)}" font-size="{number(float(size))}"']
    parts.append(f' fill="{style.get("fill", INK)}"')
    if "anchor" in style:
        parts.append(f' text-anchor="{style["anchor"]}"')
    if "weight" in style:
        parts.append(f' font-weight="{style["weight"]}"')
    if "turn" in style:
        parts.append(f' transform="rotate({number(float(style["turn"]))} {number(x)} {number(y)})"')
    if style.get("halo"):
        parts.append(f' stroke="{PAPER}" stroke-width="3" paint-order="stroke" stroke-linejoin="round"')
    return "".join(parts) + f">{escape(content)}</text>"


def rect(x: float, y: float, width: float, height: float, **style: str | float) -> str:
    """A rectangle, in the picture's units.

    style: SVG attributes, ``_`` for ``-``.
    """
    shape = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
    return f"<rect {shape}{_attributes(style)}/>"


def line(x1: float, y1: float, x2: float, y2: float, **style: str | float) -> str:
    """A line between two points, in the picture's units."""
    ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
    return f"<line {ends}{_attributes(style)}/>"


def _attributes(style: Mapping[str, str | float]) -> str:
    return "".join(
        f' {name.replace("_", "-")}="{value if isinstance(value, str) else number(value)}"'
        for name, value in style.items()
    )


def document(width: int, height: float, title: str, body: Sequence[str]) -> str:
    """A picture with a ground of its own, dark where the reader's other pages are."""
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{number(height)}" '
            f'viewBox="0 0 {width} {number(height)}" role="img" aria-label="{escape(title)}" '
            f"font-family=\"system-ui, 'DejaVu Sans', Verdana, sans-serif\">",
            f"<style>{_DARK}</style>",
            rect(0, 0, width, height, fill=PAPER),
            *body,
            "</svg>\n",
        )
    )


def fit(content: str, width: float, size: float) -> str:
    """content, shortened in the middle to what fits into width pixels; empty when nothing readable does."""
    return shorten(content, int(width / (size * _LETTER)))


def shorten(content: str, letters: int) -> str:
    """At most that many letters; beginning and end are kept, because names differ there."""
    if len(content) <= letters:
        return content
    if letters < 6:
        return ""
    tail = (letters - 1) * 2 // 5
    return content[: letters - 1 - tail] + "…" + content[len(content) - tail :]


def nice_step(span: float, most: int, *, binary: bool) -> int:
    """The smallest round step that divides span into at most that many parts: 1, 2, 5, 10 … or powers of two."""
    step = 1
    while span / step > most:
        if binary:
            step *= 2
        else:
            step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return step


def size_tick(size_bytes: int) -> str:
    """A size for an axis: in MB or KB (of 1024) where that is short, else in bytes."""
    if size_bytes >= 1 << 20 and size_bytes % (1 << 18) == 0:
        return f"{number(size_bytes / (1 << 20))} MB"
    if size_bytes >= 1024 and size_bytes % 512 == 0:
        return f"{number(size_bytes / 1024)} KB"
    return f"{size_bytes} B"
