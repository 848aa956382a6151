"""``mlfgen inspect --plan`` and ``--why``: a model's memory in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generator.advice.saving import Saving
from generator.advice.savings import Explained
from generator.cli.plan import moment_text, pool_lines
from generator.cli.terminal import paint, table
from generator.model.archive import Archive
from generator.model.report import MemoryReport
from generator.pipeline.plan import Planned
from generator.planner.moments import Moment

#: buffers of a peak that a sentence names
_NAMED = 4


def plan_lines(archives: Sequence[Archive], planned: Mapping[str, Planned]) -> list[str]:
    """Each model's pools: planned here with their proof, or as the compiler filled them."""
    lines = []
    for library in (library for archive in archives for library in archive.models):
        lines.append(f"plan of {paint(library.name, 'bold')}")
        if library.name in planned:
            lines += ["  " + line for line in pool_lines(planned[library.name].plan)]
            continue
        rows = [(p.name, f"{p.size_bytes:,}", "by TVM") for p in library.caller_pools if not p.constant]
        rows += [(p.symbol, f"{p.size_bytes:,}", "by TVM") for p in library.internal_pools if not p.constant]
        if rows:
            lines += ["  " + line for line in table(("pool", "bytes", "placed"), rows, right=(1,))]
        elif library.calls_allocator:
            lines.append("  a stack serves its requests: their order could not be read")
        else:
            lines.append("  it needs no workspace")
    return lines


def explained_lines(explained: Explained, report: MemoryReport) -> list[str]:
    """Who holds the peak, and what would lower it by how many bytes, most first."""
    lines = [f"why {paint(explained.model, 'bold')} takes what it takes"]
    if explained.peak is not None:
        lines.append(f"  {_peak_words(explained.peak)}")
    else:
        lines += [
            f"  {peak.operator} reaches the top of the workspace, {peak.bytes_at_peak:,} bytes: {peak.why}"
            if peak.bytes_at_peak is not None
            else f"  {peak.operator} sets the peak: {peak.why}"
            for peak in report.peaks
            if peak.model == explained.model
        ] or ["  which operator holds the peak is not to be read from the archive"]
    if explained.peak is not None and explained.use is not None:
        over = explained.use.peak_bytes - explained.peak.live_bytes
        if over > 0:
            lines.append(
                f"  the plan takes {explained.use.peak_bytes:,}, {over:,} more than lives at once: "
                f"{explained.use.certificate}"
            )
    if explained.runner_up is not None:
        lines.append(f"  next: {explained.runner_up.live_bytes:,} bytes {moment_text(explained.runner_up)}")
    shrinking = [saving for saving in explained.savings if saving.name != "pool"]
    moving = [saving for saving in explained.savings if saving.name == "pool"]
    for heading, savings in (("what would lower it:", shrinking), ("what would move it:", moving)):
        if savings:
            lines += [f"  {heading}", *(f"  - {_amount(saving)}: {saving.words}" for saving in savings)]
    return lines


def _peak_words(peak: Moment) -> str:
    named = ", ".join(f"{h.buffer.name} {h.buffer.size_bytes:,}" for h in peak.held[:_NAMED])
    rest = peak.held[_NAMED:]
    if rest:
        named += f" and {len(rest)} more with {sum(h.buffer.size_bytes for h in rest):,}"
    who = peak.operator or "the model"
    return f"{who} holds {peak.live_bytes:,} bytes {_when(peak)}: {named}"


def _when(peak: Moment) -> str:
    first, last = peak.span[0], peak.span[1] - 1
    return f"at step {first}" if first == last else f"in steps {first} to {last}"


def _amount(saving: Saving) -> str:
    if saving.saves_bytes == 0:
        return "nothing to expect"
    return f"{'' if saving.bound == 'exactly' else saving.bound + ' '}{saving.saves_bytes:,} bytes"


def explained_json(explained: Explained) -> dict[str, object]:
    return {
        "model": explained.model,
        "peak": _moment_json(explained.peak),
        "runner_up": _moment_json(explained.runner_up),
        "savings": [
            {
                "name": saving.name,
                "saves_bytes": saving.saves_bytes,
                "bound": saving.bound,
                "words": saving.words,
            }
            for saving in explained.savings
        ],
    }


def _moment_json(moment: Moment | None) -> dict[str, object] | None:
    if moment is None:
        return None
    return {
        "span": list(moment.span),
        "operator": moment.operator,
        "live_bytes": moment.live_bytes,
        "buffers": {h.buffer.name: h.buffer.size_bytes for h in moment.held},
    }
