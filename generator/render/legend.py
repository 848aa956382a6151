"""What a plan's parts are called and coloured, in the picture and in the tables alike."""

from __future__ import annotations

from generator.model.memory import MemoryPlan
from generator.model.plan_labels import PlanLabels
from generator.planner.moments import Interval, operator_at, operator_title

#: fills by kind; neighbours of one kind take turns
PALETTE = {
    "tensor": ("#9cc9ec", "#a8dcb0", "#c3bdec", "#93d8d2"),
    "storage": ("#9cc9ec", "#a8dcb0", "#c3bdec", "#93d8d2"),
    "scratch": ("#f9bd78", "#f3d98b", "#f0a98c"),
    "input": ("#f3b0ce", "#e6b5e0"),
    "output": ("#d79ad0", "#ee9fb4"),
    "variable": ("#b9bec5", "#d0d4d9"),
}
KINDS = {
    "tensor": "tensor",
    "storage": "storage that tensors take turns in",
    "scratch": "scratch of an operator",
    "input": "input",
    "output": "output",
    "variable": "kept between runs",
}


def fills(plan: MemoryPlan, labels: PlanLabels) -> dict[str, str]:
    """Buffer name -> colour: by kind, in turn, in the order of birth; the order of listing does not matter."""
    places = {at.buffer: at.offset_bytes for at in plan.allocations}
    turns: dict[str, int] = {}
    result = {}
    for buffer in sorted(plan.problem.buffers, key=lambda b: (b.lifespan, places[b.name], b.name)):
        colours = PALETTE[kind_of(buffer.name, labels)]
        turn = turns.get(kind_of(buffer.name, labels), 0)
        result[buffer.name] = colours[turn % len(colours)]
        turns[kind_of(buffer.name, labels)] = turn + 1
    return result


def kind_of(buffer: str, labels: PlanLabels) -> str:
    """The kind by which a buffer is coloured: that of its label if PALETTE has it, else ``tensor``."""
    kind = labels.kinds.get(buffer, "tensor")
    return kind if kind in PALETTE else "tensor"


def title_of(buffer: str, labels: PlanLabels) -> str:
    """What a person calls a buffer, with the plan's own name where that says more."""
    called = labels.buffers.get(buffer)
    return buffer if called is None else f"{operator_title(called)} ({buffer})"


def when(interval: Interval, labels: PlanLabels) -> str:
    """An interval in words: first and last index, and what runs there."""
    first, last = interval[0], interval[1] - 1
    names = [operator_at(instant, labels) for instant in (first, last)]
    words = [
        f"{instant:,}" if name is None else f"{instant:,} {operator_title(name)}"
        for instant, name in zip((first, last), names, strict=True)
    ]
    unit = time_unit(labels)
    if first == last:
        return f"{unit} {words[0]}"
    return f"{unit}{'s' if labels.operators else ''} {words[0]} to {words[1]}"


def time_unit(labels: PlanLabels) -> str:
    """What an index on the time axis counts."""
    return "step" if labels.runs else "operator" if labels.operators else "time"


def moment_words(span: Interval, labels: PlanLabels) -> str:
    """A span in words."""
    last = span[1] - 1
    word = time_unit(labels)
    if span[0] == last:
        return f"{word} {span[0]:,}"
    return f"{word}{'s' if labels.operators else ''} {span[0]:,} to {last:,}"
