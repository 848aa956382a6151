"""A board's memories as bars: what is known of every byte, without time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from generator.model.report import SUMMED_AS, MemoryReport, RegionLine
from generator.render.memory_panel import LEFT, RIGHT, ROW, WIDTH, Panel
from generator.render.svg import ALARM, DIM, INK, escape, fit, line, rect, shorten, text
from generator.wording import counted

_BAR = 30
_FILLS = {
    "workspace": "#9cc9ec",
    "constants": "#c3bdec",
    "inputs and outputs": "#f3b0ce",
    "state": "#8fd0c8",
    "samples": "#e6d3a8",
    "arena": "#a8d8b4",
    "packets": "#d6e3a1",
    "server": "#e9b7b7",
    "stack": "#f0a98c",
    "reserved": "#f3d98b",
    "buffer": "#9cc9ec",
    "code": "#a9c4a4",
    "read-only data": "#c3bdec",
    "variables": "#f0a98c",
}
_OTHER = "#b9bec5"


class Share(Struct, frozen=True):
    """A part of a region that one thing takes. kind: as the region's sum calls it."""

    name: str
    kind: str
    size_bytes: int


def shares(report: MemoryReport, region: RegionLine) -> tuple[Share, ...]:
    """What a region is taken by: its pools one by one, then what the sums hold beyond them."""
    found = [
        Share(
            f"{line.name} of {', '.join(line.models) or 'the session'}", SUMMED_AS[line.kind], line.size_bytes
        )
        for line in report.pools
        if line.region == region.name
    ]
    for kind, size_bytes in region.kinds:
        rest = size_bytes - sum(share.size_bytes for share in found if share.kind == kind)
        if rest > 0:
            found.append(Share(kind, kind, rest))
    return tuple(found)


def regions_panel(report: MemoryReport) -> Panel:
    """One bar for each memory that anything is planned in, as long as the memory or what is asked of it."""
    return bars_panel([(region, shares(report, region)) for region in report.regions], "nothing planned in")


def bars_panel(memories: Sequence[tuple[RegionLine, tuple[Share, ...]]], unused: str) -> Panel:
    """One bar per memory in use; unused: what is said of the others, in front of their names."""
    elements: list[str] = []
    y = 0.0
    for region, held in memories:
        if not region.used_bytes:
            continue
        elements += _bar(region, held, y)
        y += 30 + _BAR
        elements += _rows(held, y)
        y += ROW * len(held) + 20
    empty = [f"{r.name} ({r.size_bytes:,} bytes)" for r, _ in memories if not r.used_bytes]
    if empty:
        elements.append(text(LEFT, y, f"{unused} {', '.join(empty)}", size=12, fill=DIM))
        y += 8
    return Panel(tuple(elements), y, ())


def _bar(region: RegionLine, held: tuple[Share, ...], y: float) -> Iterator[str]:
    percent = 100 * region.used_bytes / region.size_bytes
    yield text(LEFT, y + 14, region.name, size=14, weight="bold")
    words = f"{region.used_bytes:,} of {region.size_bytes:,} bytes ({percent:.1f} %)"
    short = -region.free_bytes
    if short > 0:
        words += f", {counted(short, 'byte')} missing"
    yield text(WIDTH - RIGHT, y + 14, words, size=12, anchor="end", fill=ALARM if short > 0 else DIM)
    top = y + 22
    length = float(WIDTH - LEFT - RIGHT)
    full = max(region.used_bytes, region.size_bytes)
    yield rect(
        LEFT, top, length * region.size_bytes / full, _BAR, fill="#f3f5f7", stroke=DIM, stroke_width=0.8
    )
    x = float(LEFT)
    for share in held:
        width = length * share.size_bytes / full
        tip = f"{share.name}\n{share.size_bytes:,} bytes of {region.name}"
        yield f'<g data-share=""><title>{escape(tip)}</title>'
        yield rect(x, top, max(width, 0.7), _BAR, fill=_fill(share), stroke="#ffffff", stroke_width=0.6)
        inside = fit(share.name, width - 8, 10.5)
        if inside:
            yield text(x + width / 2, top + _BAR / 2 + 4, inside, size=10.5, anchor="middle")
        yield "</g>"
        x += width
    if short > 0:
        end = LEFT + length * region.size_bytes / full
        yield line(end, top - 4, end, top + _BAR + 4, stroke=ALARM, stroke_width=2)
    yield rect(LEFT, top, length, _BAR, fill="none", stroke=INK, stroke_width=0.8)


def _rows(held: tuple[Share, ...], y: float) -> Iterator[str]:
    for share in held:
        yield rect(LEFT, y, 11, 11, fill=_fill(share))
        name = share.name if share.name.startswith(share.kind) else f"{share.kind}: {share.name}"
        yield text(LEFT + 20, y + 10, shorten(name, 70), size=11.5)
        yield text(LEFT + 600, y + 10, f"{share.size_bytes:,} bytes", size=11.5, anchor="end")
        y += ROW


def _fill(share: Share) -> str:
    return _FILLS.get(share.kind, _OTHER)
