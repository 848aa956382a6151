"""``mlfgen plan``."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from generator.cli.pictures import write_picture
from generator.cli.terminal import bar, paint, table
from generator.errors import UsageError
from generator.model.memory import MemoryPlan, Pool
from generator.model.plan_labels import PlanLabels
from generator.pipeline.options import effort_percent, reserved_bytes, size_bytes
from generator.pipeline.plan import Planned, PlanRequest, plan_source
from generator.planner.moments import Moment, operator_title
from generator.readers.text.names import file_name
from generator.wording import counted

if TYPE_CHECKING:
    from generator.render.memory_svg import PlanPicture

_POOL_SHAPE = "NAME:SIZE[:ALIGN[:COST]]"
#: buffers of a peak that are printed one by one
LISTED = 12


def run(args: argparse.Namespace) -> int:
    request = PlanRequest(
        source=Path(args.source),
        planner=args.planner,
        effort_percent=effort_percent(args.effort),
        capacity_bytes=None if args.capacity is None else size_bytes(args.capacity, "--capacity"),
        pools=tuple(_pool(text) for text in args.pool),
        board=args.board,
        rtos=args.rtos,
        stack_bytes=args.stack_bytes,
        reserved_bytes=reserved_bytes(args.reserve),
    )
    began = time.perf_counter()
    planned = plan_source(request)
    seconds = time.perf_counter() - began
    _write_pictures(args, planned)
    if args.json:
        document = {
            "source": file_name(request.source),
            "seconds": seconds,
            "plans": [planned_json(p) for p in planned],
        }
        print(json.dumps(document, indent=2))
        return 0
    lines: list[str] = []
    for each in planned:
        lines += planned_lines(each)
    print("\n".join(lines))
    print(f"read and planned in {1000 * seconds:.0f} ms")
    return 0


def planned_lines(planned: Planned) -> list[str]:
    """A plan pool by pool, then the buffers at each pool's peak."""
    plan = planned.plan
    count = len(plan.problem.buffers)
    lines = [f"{paint(planned.title, 'bold')}: {counted(count, 'buffer')}, planner {plan.planner}"]
    lines += pool_lines(plan)
    for moment in planned.peaks():
        lines += moment_lines(moment, planned.labels)
    return lines + [f"note: {note}" for note in planned.notes]


def pool_lines(plan: MemoryPlan) -> list[str]:
    """One row per pool, and the total access cost where there are several.

    The bar shows the peak relative to the capacity or, without one, the lower bound relative to the peak.
    """
    rows = []
    for pool, use in zip(plan.problem.pools, plan.uses, strict=True):
        whole = use.peak_bytes if pool.size_bytes is None else pool.size_bytes
        part = use.lower_bound_bytes if pool.size_bytes is None else use.peak_bytes
        rows.append(
            (
                pool.name,
                f"{use.peak_bytes:,}",
                f"{use.lower_bound_bytes:,}",
                "-" if pool.size_bytes is None else f"{pool.size_bytes:,}",
                bar(part, max(whole, 1)),
                use.certificate,
            )
        )
    lines = table(("pool", "peak", "lower bound", "capacity", "", "proof"), rows, right=(1, 2, 3))
    if plan.access_certificate is not None and len(plan.problem.pools) > 1:
        lines.append(f"total access cost {plan.access_cost:,.0f}: {plan.access_certificate}")
    return lines


def moment_lines(moment: Moment, labels: PlanLabels) -> list[str]:
    """The buffers that are live in a pool at a moment."""
    live = counted(len(moment.held), "live buffer")
    lines = [f"{moment.pool}, {moment_text(moment)}: {live}, {counted(moment.live_bytes, 'byte')}"]
    rows = [
        (
            h.buffer.name,
            labels.buffers.get(h.buffer.name, ""),
            f"{h.buffer.size_bytes:,}",
            f"{h.allocation.offset_bytes:,}",
            f"[{h.interval[0]:,}, {h.interval[1]:,})",
        )
        for h in moment.held[:LISTED]
    ]
    lines += ["  " + text for text in table(("buffer", "", "bytes", "offset", "live in"), rows, right=(2, 3))]
    rest = moment.held[LISTED:]
    if rest:
        lines.append(f"  and {len(rest)} more, {counted(sum(h.buffer.size_bytes for h in rest), 'byte')}")
    return lines


def moment_text(moment: Moment) -> str:
    """When, and which operator runs then."""
    first, last = moment.span[0], moment.span[1] - 1
    when = f"at {first:,}" if first == last else f"from {first:,} to {last:,}"
    return when if moment.operator is None else f"{when} ({operator_title(moment.operator)})"


def _pool(text: str) -> Pool:
    parts = text.split(":")
    if not 2 <= len(parts) <= 4 or not all(parts):
        raise UsageError(f"--pool {text}: expected {_POOL_SHAPE}", hint="for example: --pool dtcm:64K:32:1")
    flag = f"--pool {parts[0]}"
    alignment = size_bytes(parts[2], flag) if len(parts) > 2 else 1
    try:
        cost = float(parts[3]) if len(parts) > 3 else 1.0
    except ValueError:
        raise UsageError(
            f"{flag}: invalid access cost '{parts[3]}'", hint="give a number greater than 0, e.g. 2.5"
        ) from None
    return Pool(parts[0], size_bytes(parts[1], flag), alignment, cost)


def planned_json(planned: Planned) -> dict[str, object]:
    """Everything about a plan: the problem, the allocations, the proof, the buffers at the peaks."""
    from generator.readers.planning_problems import to_json

    labels = planned.labels
    return {
        "title": planned.title,
        **json.loads(to_json(planned.plan)),
        "peaks": [
            {
                "pool": moment.pool,
                "span": list(moment.span),
                "operator": moment.operator,
                "live_bytes": moment.live_bytes,
                "buffers": [h.buffer.name for h in moment.held],
            }
            for moment in planned.peaks()
        ],
        "operators": list(labels.operators),
        "labels": dict(labels.buffers),
        "kinds": dict(labels.kinds),
        "notes": list(planned.notes),
    }


def _write_pictures(args: argparse.Namespace, planned: Sequence[Planned]) -> None:
    if args.svg is None and args.html is None:
        return
    from generator.render.memory_html import memory_html, report_html
    from generator.render.memory_svg import PlanPicture, memory_svg, report_svg

    pictures: list[PlanPicture] = [PlanPicture(p.title, p.plan, p.labels) for p in planned]
    first, title = pictures[0], file_name(Path(args.source))
    alone = len(pictures) == 1
    if args.svg is not None:
        write_picture(
            args.svg,
            memory_svg(first.plan, first.title, first.labels) if alone else report_svg(None, pictures, title),
        )
    if args.html is not None:
        write_picture(
            args.html,
            memory_html(first.plan, first.title, first.labels)
            if alone
            else report_html(None, pictures, title),
        )
