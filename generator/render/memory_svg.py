"""A memory plan as one picture: ``model/memory.svg``. No scripts, no outside resources."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from generator.model.memory import COMPILER, MemoryPlan
from generator.model.plan_labels import PlanLabels
from generator.model.report import MemoryReport
from generator.render.legend import KINDS, PALETTE
from generator.render.memory_panel import LEFT, RIGHT, WIDTH, Panel, pool_panel
from generator.render.memory_regions import regions_panel
from generator.render.svg import DIM, GRID, document, line, number, rect, text

_GAP = 26


class PlanPicture(Struct, frozen=True):
    """A plan and what it is of."""

    title: str
    plan: MemoryPlan
    labels: PlanLabels


def memory_svg(plan: MemoryPlan, title: str, labels: PlanLabels) -> str:
    """Address (bytes, up) against time (operator index, to the right), a panel for each pool.

    A buffer is a block, several if it has several lifetimes; its tooltip gives size, offset and lifetime. The
    instant with the most live bytes is marked, its buffers are outlined and listed.
    """
    panels = _plan_panels(PlanPicture(title, plan, labels))
    return page(title, _made(plan), panels)


def _made(plan: MemoryPlan) -> str:
    how = "placed by the compiler" if plan.planner == COMPILER else f"planner {plan.planner}"
    return f"{len(plan.problem.buffers):,} buffers, {how}"


def report_svg(report: MemoryReport | None, pictures: Sequence[PlanPicture], title: str) -> str:
    """A whole application: every memory of the board with what is in it, then each plan that was made here.

    Without a report there is no board, so only the plans are drawn.
    """
    panels = [] if report is None else [regions_panel(report)]
    for picture in pictures:
        heading = f"{picture.title}: {_made(picture.plan)}"
        rule = line(LEFT, 0, WIDTH - RIGHT, 0, stroke=GRID)
        panels.append(Panel((rule, text(LEFT, 28, heading, size=16, weight="bold")), 18, ()))
        panels += _plan_panels(picture)
    subtitle = (
        f"{len(pictures)} plans" if report is None else "where the model's bytes go, before the code is built"
    )
    return page(title, subtitle, panels)


def _plan_panels(picture: PlanPicture) -> list[Panel]:
    uses = {use.pool: use for use in picture.plan.uses}
    panels = [
        pool_panel(picture.plan, pool, uses[pool.name], picture.labels) for pool in picture.plan.problem.pools
    ]
    kinds = [kind for kind in KINDS if any(kind in panel.kinds for panel in panels)]
    return [_legend(kinds), *panels] if len(kinds) > 1 else panels


def _legend(kinds: Sequence[str]) -> Panel:
    elements = []
    x = float(LEFT)
    for kind in kinds:
        for colour in PALETTE[kind]:
            elements.append(rect(x, 0, 9, 12, fill=colour))
            x += 9
        elements.append(text(x + 6, 10, KINDS[kind], size=11, fill=DIM))
        x += 30 + 6.6 * len(KINDS[kind])
    return Panel(tuple(elements), 8, ())


def page(title: str, subtitle: str, panels: Sequence[Panel]) -> str:
    """A picture of panels below each other."""
    elements = [
        text(LEFT, 34, title, size=19, weight="bold"),
        text(LEFT, 54, subtitle, size=12, fill=DIM),
    ]
    y = 50.0
    for panel in panels:
        y += _GAP
        elements.append(f'<g transform="translate(0 {number(y)})">')
        elements += panel.elements
        elements.append("</g>")
        y += panel.height
    return document(WIDTH, y + 14, title, elements)
