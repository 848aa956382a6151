"""A profile as a picture: where an inference's time goes, operator by operator. No scripts, no outside resources."""

from __future__ import annotations

from collections.abc import Sequence

from generator.model.profile import ModelProfile, OperatorProfile
from generator.planner.moments import operator_title
from generator.render.memory_panel import LEFT, RIGHT, ROW, WIDTH
from generator.render.svg import DIM, GRID, INK, document, escape, fit, line, number, rect, shorten, text

_STRIP, _NAMES, _FIGURES = 34, 250, 178
_FILLS = ("#9cc9ec", "#a8dcb0", "#c3bdec", "#93d8d2", "#f9bd78", "#f3d98b", "#f0a98c", "#f3b0ce")
_BETWEEN = "#d0d4d9"
_LETTERS = 36


def profile_svg(models: Sequence[ModelProfile], title: str, unit: str = "instructions") -> str:
    """For each model a strip, in which an operator is as wide as its share, and a bar for each operator.

    unit: what is counted, instructions or cycles.
    """
    elements = [
        text(LEFT, 34, title, size=19, weight="bold"),
        text(
            LEFT,
            54,
            f"{unit} per inference, operator by operator, in execution order",
            size=12,
            fill=DIM,
        ),
    ]
    y = 84.0
    for model in models:
        part = _model(model, unit, y)
        elements += part
        y += 30 + _STRIP + 20 + ROW * (len(model.operators) + 1) + 22
    return document(WIDTH, y, title, elements)


def _model(model: ModelProfile, unit: str, y: float) -> list[str]:
    macs = f", {model.macs:,} multiply-adds" if model.macs else ""
    runs = f"mean of {model.runs:,} runs" if model.runs > 1 else "one run"
    heading = f"{model.model}: {model.instructions // model.runs:,} {unit}{macs} ({runs})"
    parts = [text(LEFT, y + 12, heading, size=14, weight="bold")]
    y += 26
    x, width = float(LEFT), WIDTH - LEFT - RIGHT
    for index, operator in enumerate(model.operators):
        wide = width * operator.count.instructions / model.instructions
        parts.append(f"<g><title>{escape(tip(model, operator, unit))}</title>")
        parts.append(rect(x, y, wide, _STRIP, fill=_fill(index), stroke="#ffffff", stroke_width=0.6))
        parts.append(text(x + 4, y + 21, fit(operator_name(operator), wide - 8, 10.5), size=10.5) + "</g>")
        x += wide
    parts.append(rect(x, y, max(0.0, LEFT + width - x), _STRIP, fill=_BETWEEN))
    y += _STRIP + 20
    most = max([o.count.instructions for o in model.operators] + [model.between, 1])
    for index, operator in enumerate(model.operators):
        parts += _row(
            y + ROW * index,
            operator_name(operator),
            tip(model, operator, unit),
            operator.count.instructions,
            most,
            model,
            figures(operator),
            _fill(index),
        )
    y += ROW * len(model.operators)
    parts += _row(y, "between operators", "", model.between, most, model, "", _BETWEEN)
    parts.append(line(LEFT, y + ROW + 8, WIDTH - RIGHT, y + ROW + 8, stroke=GRID))
    return parts


def _row(
    y: float, name: str, tooltip: str, count: int, most: int, model: ModelProfile, more: str, fill: str
) -> list[str]:
    room = WIDTH - LEFT - RIGHT - _NAMES - _FIGURES
    share = f"{100 * count / model.instructions:.1f} %"
    words = f"{count // model.runs:,}"
    bar = max(1.0, room * count / most) if count else 0.0
    title = f"<title>{escape(tooltip)}</title>" if tooltip else ""
    return [
        f"<g>{title}",
        text(LEFT, y + 12, shorten(name, _LETTERS), size=11, fill=INK),
        rect(LEFT + _NAMES, y + 3, bar, ROW - 6, fill=fill),
        text(LEFT + _NAMES + bar + 6, y + 12, f"{words}  {share}", size=10.5, fill=DIM),
        text(WIDTH - RIGHT, y + 12, more, size=10.5, fill=DIM, anchor="end") + "</g>",
    ]


def _fill(index: int) -> str:
    return _FILLS[index % len(_FILLS)]


def operator_name(operator: OperatorProfile) -> str:
    """The operator's title in the picture."""
    return operator_title(operator.record.function)


def figures(operator: OperatorProfile) -> str:
    """Instructions per multiply-add if known, otherwise nothing."""
    macs = operator.record.macs
    return f"{operator.count.instructions / (macs * operator.count.calls):.2f} per MAC" if macs else ""


def tip(model: ModelProfile, operator: OperatorProfile, unit: str) -> str:
    """Everything that is known of an operator, line by line."""
    count, record = operator.count, operator.record
    lines = [record.function, record.what] if record.what else [record.function]
    lines.append(
        f"{count.instructions // model.runs:,} {unit} per inference, "
        f"{number(100 * count.instructions / model.instructions)} %, {count.calls // model.runs:,} calls"
    )
    if record.macs is not None:
        lines.append(f"{record.macs:,} multiply-adds per call")
    if record.touched_bytes is not None:
        lines.append(f"{record.touched_bytes:,} bytes touched per call")
    return "\n".join(lines)
