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
from generator.wording import counted

#: how many buffers of a peak a sentence names
_NAMED = 4


def plan_lines(archives: Sequence[Archive], planned: Mapping[str, Planned]) -> list[str]:
    """Each model's pools: with the proof if planned by mlfgen, or as the compiler filled them."""
    lines = []
    for library in (library for archive in archives for library in archive.models):
        lines.append(f"memory plan of {paint(library.name, 'bold')}")
        if library.name in planned:
            lines += ["  " + line for line in pool_lines(planned[library.name].plan)]
            continue
        compiler = "TVM" if library.compiled is None else "mlfgen compile"
        rows = [(p.name, f"{p.size_bytes:,}", compiler) for p in library.caller_pools if not p.constant]
        rows += [(p.symbol, f"{p.size_bytes:,}", compiler) for p in library.internal_pools if not p.constant]
        if rows:
            lines += ["  " + line for line in table(("pool", "bytes", "placed by"), rows, right=(1,))]
        elif library.calls_allocator:
            lines.append("  workspace requests are served from a stack, because their order is not known")
        else:
            lines.append("  needs no workspace")
    return lines


def explained_lines(explained: Explained, report: MemoryReport) -> list[str]:
    """The buffers at the peak, and what would reduce it by how many bytes, the largest saving first."""
    lines = [f"memory use of {paint(explained.model, 'bold')}"]
    if explained.peak is not None:
        lines.append(f"  {_peak_words(explained.peak)}")
    else:
        lines += [
            f"  {peak.operator} reaches the top of the workspace, {counted(peak.bytes_at_peak, 'byte')}: {peak.why}"
            if peak.bytes_at_peak is not None
            else f"  {peak.operator} sets the peak: {peak.why}"
            for peak in report.peaks
            if peak.model == explained.model
        ] or ["  the archive does not show which operator sets the peak"]
    if explained.peak is not None and explained.use is not None:
        over = explained.use.peak_bytes - explained.peak.live_bytes
        if over > 0:
            lines.append(
                f"  the plan takes {counted(explained.use.peak_bytes, 'byte')}, {over:,} more than are live at once: "
                f"{explained.use.certificate}"
            )
    if explained.runner_up is not None:
        runner_up = explained.runner_up
        lines.append(f"  next highest: {counted(runner_up.live_bytes, 'byte')} {moment_text(runner_up)}")
    shrinking = [saving for saving in explained.savings if saving.name != "pool"]
    moving = [saving for saving in explained.savings if saving.name == "pool"]
    for heading, savings in (("to reduce it:", shrinking), ("to move it:", moving)):
        if savings:
            lines += [f"  {heading}", *(f"  - {_amount(saving)}: {saving.words}" for saving in savings)]
    return lines


def _peak_words(peak: Moment) -> str:
    named = ", ".join(f"{h.buffer.name} {h.buffer.size_bytes:,}" for h in peak.held[:_NAMED])
    rest = peak.held[_NAMED:]
    if rest:
        named += f" and {len(rest)} more, {sum(h.buffer.size_bytes for h in rest):,}"
    operator = peak.operator or "the model"
    return f"{operator} needs {counted(peak.live_bytes, 'byte')} {_when(peak)}: {named}"


def _when(peak: Moment) -> str:
    first, last = peak.span[0], peak.span[1] - 1
    return f"at step {first}" if first == last else f"in steps {first} to {last}"


def _amount(saving: Saving) -> str:
    if saving.saves_bytes == 0:
        return "no saving expected"
    return f"{'' if saving.bound == 'exactly' else saving.bound + ' '}{counted(saving.saves_bytes, 'byte')}"


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
