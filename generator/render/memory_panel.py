"""One pool of a plan as a picture: address against time, a block for each buffer."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from generator.model.memory import MemoryPlan, Pool, PoolUse
from generator.model.plan_labels import PlanLabels
from generator.planner.moments import (
    Held,
    Moment,
    moments,
    operator_title,
    peak_moment,
    residents,
    run_at,
)
from generator.render.legend import KINDS, fills, kind_of, moment_words, time_unit, title_of, when
from generator.render.svg import (
    ALARM,
    BOUND,
    DIM,
    GRID,
    INK,
    fit,
    line,
    nice_step,
    rect,
    shorten,
    size_tick,
    text,
)
from generator.render.svg import escape as escaped

WIDTH = 900
LEFT, RIGHT = 76, 18
PLOT_HEIGHT = 300
ROW = 18
#: culprits drawn as rows; the rest is counted
MOST_ROWS = 8
_LABEL = 10.5
#: pixels between slanted names
_NAME_APART = 15.0


class Panel(Struct, frozen=True):
    """A part of a picture, as high as it needs to be.

    elements: SVG with y from 0 to height. kinds: those that occur, for the legend.
    """

    elements: tuple[str, ...]
    height: float
    kinds: tuple[str, ...]


class _Scale(Struct, frozen=True):
    """Operator indices [begin, end) and bytes [0, top) to pixels; the plot's upper edge is at ``y0``."""

    begin: int
    end: int
    top: int
    y0: float

    def x(self, instant: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (instant - self.begin) / (self.end - self.begin)

    def y(self, offset: float) -> float:
        return self.y0 + PLOT_HEIGHT * (1 - offset / self.top)


def pool_panel(plan: MemoryPlan, pool: Pool, use: PoolUse, labels: PlanLabels) -> Panel:
    """The picture of one pool; a line of words where nothing is in it."""
    found = moments(plan, pool.name, labels)
    peak = peak_moment(found)
    if peak is None:
        words = [text(LEFT, 18, f"pool {pool.name}: empty", size=13, weight="bold")]
        return Panel(tuple(words), 30, ())
    colours = fills(plan, labels)
    held = residents(plan, pool.name)
    capacity = pool.size_bytes
    shown = capacity if capacity is not None and capacity <= 1.6 * use.peak_bytes else None
    top = int(max(use.peak_bytes, shown or 0) * 1.09) + 1
    begin, end = found[0].span[0], max(h.interval[1] for h in held)
    scale = _Scale(begin, end, top, 60)
    elements = [*_heading(pool, use), *_grid(scale)]
    culprits = {(h.buffer.name, h.interval) for h in peak.held}
    for h in sorted(held, key=lambda h: (h.buffer.name, h.interval) in culprits):
        elements += _block(h, scale, colours[h.buffer.name], (h.buffer.name, h.interval) in culprits, labels)
    elements += _peak_mark(peak, scale, labels)
    elements += _levels(use, shown, scale)
    bottom = scale.y(0)
    axis, axis_height = _time_axis(scale, labels, bottom)
    elements += axis
    rows = list(_culprits(peak, colours, labels, bottom + axis_height + 24))
    height = bottom + axis_height + 24 + ROW * (min(len(peak.held), MOST_ROWS + 1) + 0.5)
    kinds = {kind_of(h.buffer.name, labels) for h in held}
    return Panel((*elements, *rows), height, tuple(kind for kind in KINDS if kind in kinds))


def _heading(pool: Pool, use: PoolUse) -> Iterator[str]:
    yield text(LEFT, 16, f"pool {pool.name}: peak {use.peak_bytes:,} bytes", size=14, weight="bold")
    words = [f"lower bound {use.lower_bound_bytes:,}", use.certificate] if use.lower_bound_bytes else []
    if pool.size_bytes is not None:
        share = 100 * use.peak_bytes / pool.size_bytes if pool.size_bytes else 100.0
        words.append(f"{share:.1f} % of its {pool.size_bytes:,} bytes")
    yield text(LEFT, 34, "   ·   ".join(words), size=12, fill=DIM)


def _grid(scale: _Scale) -> Iterator[str]:
    step = nice_step(scale.top, 8, binary=True)
    for offset in range(0, scale.top, step):
        y = scale.y(offset)
        yield line(LEFT, y, WIDTH - RIGHT, y, stroke=GRID if offset else INK)
        yield text(LEFT - 8, y + 4, size_tick(offset), size=11, fill=DIM, anchor="end")


def _block(h: Held, scale: _Scale, fill: str, culprit: bool, labels: PlanLabels) -> Iterator[str]:
    x, y = scale.x(h.interval[0]), scale.y(h.end_bytes)
    width = scale.x(h.interval[1]) - x
    height = scale.y(h.allocation.offset_bytes) - y
    name = title_of(h.buffer.name, labels)
    tip = (
        f"{name}\n{h.buffer.size_bytes:,} bytes at {h.allocation.offset_bytes:,} to {h.end_bytes:,}\n"
        f"lives in [{h.interval[0]}, {h.interval[1]}): {when(h.interval, labels)}"
    )
    yield f'<g data-buffer="{escaped(h.buffer.name)}"><title>{escaped(tip)}</title>'
    edge, thickness = (ALARM, 1.6) if culprit else ("#ffffff", 0.6)
    yield rect(x, y, max(width, 0.7), max(height, 0.7), fill=fill, stroke=edge, stroke_width=thickness)
    inside = fit(operator_title(labels.buffers.get(h.buffer.name, h.buffer.name)), width - 8, _LABEL)
    size = f"{h.buffer.size_bytes:,}"
    if height >= 28 and inside and fit(size, width - 8, _LABEL) == size:
        yield text(x + width / 2, y + height / 2 - 2, inside, size=_LABEL, anchor="middle")
        yield text(x + width / 2, y + height / 2 + 11, size, size=_LABEL, anchor="middle", fill=DIM)
    elif height >= 13 and inside:
        yield text(x + width / 2, y + height / 2 + 4, inside, size=_LABEL, anchor="middle")
    yield "</g>"


def _peak_mark(peak: Moment, scale: _Scale, labels: PlanLabels) -> Iterator[str]:
    low, end = scale.x(peak.span[0]), scale.x(peak.span[1])
    width = max(end - low, 2.0)
    y = scale.y0
    yield rect(low, y, width, PLOT_HEIGHT, fill=ALARM, fill_opacity=0.08, pointer_events="none")
    middle = low + width / 2
    yield f'<path d="M{middle - 5:.1f} {y - 8:.1f}h10l-5 8z" fill="{ALARM}"/>'
    words = f"most bytes live: {moment_words(peak.span, labels)}"
    anchor = "end" if middle > WIDTH / 2 else "start"
    yield text(
        middle + (-9 if anchor == "end" else 9), y - 2, words, size=11, fill=ALARM, anchor=anchor, halo=True
    )


def _levels(use: PoolUse, capacity: int | None, scale: _Scale) -> Iterator[str]:
    """Peak, lower bound and capacity as lines; what lies too close together shares a label."""
    peak_y, bound_y = scale.y(use.peak_bytes), scale.y(use.lower_bound_bytes)
    at = WIDTH - RIGHT - 4
    label = f"peak {use.peak_bytes:,}"
    bounded = use.lower_bound_bytes > 0
    if not bounded:
        pass
    elif bound_y - peak_y < 15:
        same = use.peak_bytes == use.lower_bound_bytes
        label = (
            f"peak = lower bound {use.peak_bytes:,}" if same else f"{label}, bound {use.lower_bound_bytes:,}"
        )
    else:
        yield text(
            at,
            bound_y + 12,
            f"lower bound {use.lower_bound_bytes:,}",
            size=11,
            fill=BOUND,
            anchor="end",
            halo=True,
        )
    yield line(LEFT, peak_y, WIDTH - RIGHT, peak_y, stroke=INK, stroke_width=1.2)
    if bounded:
        yield line(
            LEFT, bound_y, WIDTH - RIGHT, bound_y, stroke=BOUND, stroke_width=1.4, stroke_dasharray="6 4"
        )
    if capacity is not None:
        y = scale.y(capacity)
        yield line(LEFT, y, WIDTH - RIGHT, y, stroke=ALARM, stroke_width=1.4, stroke_dasharray="2 3")
        yield text(LEFT + 4, y - 4, f"capacity {capacity:,}", size=11, fill=ALARM, halo=True)
        if peak_y - y < 15:
            label = ""
    if label:
        yield text(at, peak_y - 4, label, size=11, anchor="end", halo=True)


def _time_axis(scale: _Scale, labels: PlanLabels, y: float) -> tuple[list[str], float]:
    """Indices, and below them what runs where there is room for it; and the height of both."""
    cell = scale.x(scale.begin + 1) - scale.x(scale.begin)
    most = 20 if cell > 1 else 10
    step = nice_step(scale.end - scale.begin, most, binary=False) if cell < 18 else 1
    shift = cell / 2 if cell >= 4 else 0.0
    elements = []
    for instant in range(-(-scale.begin // step) * step, scale.end, step):
        x = scale.x(instant) + shift
        elements.append(line(x, y, x, y + 4, stroke=DIM))
        elements.append(text(x, y + 16, f"{instant:,}", size=11, fill=DIM, anchor="middle"))
    elements.append(text(LEFT - 8, y + 16, time_unit(labels), size=11, fill=DIM, anchor="end"))
    names, drop = _operator_names(scale, labels, y + 26)
    return [*elements, *names], 22 + drop


def _operator_names(scale: _Scale, labels: PlanLabels, y: float) -> tuple[list[str], float]:
    runs: list[list[int]] = []
    for instant in range(max(scale.begin, 0), min(scale.end, len(labels.operators))):
        if runs and run_at(runs[-1][0], labels) == run_at(instant, labels):
            runs[-1].append(instant)
        else:
            runs.append([instant])
    centres = [scale.x((run[0] + run[-1] + 1) / 2) for run in runs]
    shown: list[tuple[float, str]] = []
    for run, centre in zip(runs, centres, strict=True):
        if not shown or centre - shown[-1][0] >= _NAME_APART:
            shown.append((centre, shorten(operator_title(labels.operators[run[0]]), 22)))
    # A name here and there would say more of those left out than of what runs.
    if 2 * len(shown) < len(runs) or not shown:
        return [], 0
    elements = [text(x + 3, y + 2, name, size=9.5, fill=DIM, anchor="end", turn=-38.0) for x, name in shown]
    return elements, 12 + max(len(name) for _, name in shown) * 9.5 * 0.6 * 0.62


def _culprits(peak: Moment, colours: dict[str, str], labels: PlanLabels, y: float) -> Iterator[str]:
    runs = f" ({shorten(operator_title(peak.operator), 60)})" if peak.operator else ""
    count = f"{len(peak.held)} buffers use" if len(peak.held) > 1 else "one buffer uses"
    yield text(
        LEFT,
        y,
        f"At {moment_words(peak.span, labels)}{runs} {count} {peak.live_bytes:,} bytes:",
        size=12,
        weight="bold",
    )
    for h in peak.held[:MOST_ROWS]:
        y += ROW
        yield rect(LEFT, y - 10, 11, 11, fill=colours[h.buffer.name], stroke=ALARM)
        yield text(LEFT + 20, y, shorten(title_of(h.buffer.name, labels), 50), size=11.5)
        yield text(LEFT + 470, y, f"{h.buffer.size_bytes:,} bytes", size=11.5, anchor="end")
        yield text(LEFT + 600, y, f"at {h.allocation.offset_bytes:,}", size=11.5, anchor="end", fill=DIM)
        span = f"lives in [{h.interval[0]:,}, {h.interval[1]:,})"
        yield text(LEFT + 620, y, span, size=11.5, fill=DIM)
    rest = peak.held[MOST_ROWS:]
    if rest:
        total = sum(h.buffer.size_bytes for h in rest)
        yield text(LEFT + 20, y + ROW, f"and {len(rest)} more with {total:,} bytes", size=11.5, fill=DIM)
