"""Plan memory on its own: from a CSV, a JSON problem, a .tflite or what an archive leaves unplanned."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from generator.errors import UsageError
from generator.model.memory import MemoryPlan, PlanProblem, Pool
from generator.model.options import DEFAULT_EFFORT_PERCENT, DEFAULT_STACK_BYTES, ZEPHYR
from generator.model.plan_labels import PlanLabels
from generator.planner.api import plan
from generator.planner.moments import Moment, moments, peak_moment
from generator.planner.solution import Budget
from generator.readers.text.names import file_name
from generator.wording import counted

if TYPE_CHECKING:
    from generator.advice.savings import Explained
    from generator.model.archive import Archive
    from generator.model.options import GenerateOptions
    from generator.model.project import Project


class PlanRequest(Struct, frozen=True):
    """The request for ``plan_source``.

    source:         a .csv, .json or .tflite file; anything else is taken for an archive.
    capacity_bytes: of the one pool there is, or None.
    pools:          in place of the source's own; empty leaves those.
    board:          its memories are the pools, less what rtos, stack_bytes and reserved_bytes take; or None.
    """

    source: Path
    planner: str = "portfolio"
    effort_percent: int = DEFAULT_EFFORT_PERCENT
    capacity_bytes: int | None = None
    pools: tuple[Pool, ...] = ()
    board: str | None = None
    rtos: str = ZEPHYR
    stack_bytes: int = DEFAULT_STACK_BYTES
    reserved_bytes: Mapping[str, int] = field(default_factory=dict)


class Planned(Struct, frozen=True):
    """A plan, what it is of, and what its parts are called. notes: what the plan leaves out or assumes."""

    title: str
    plan: MemoryPlan
    labels: PlanLabels
    notes: tuple[str, ...] = ()

    def peaks(self) -> tuple[Moment, ...]:
        """The moment with the most live bytes in each pool that holds anything."""
        found = (peak_moment(moments(self.plan, pool.name, self.labels)) for pool in self.plan.problem.pools)
        return tuple(moment for moment in found if moment is not None)


class _Source(Struct, frozen=True):
    title: str
    problem: PlanProblem
    labels: PlanLabels = field(default_factory=PlanLabels)
    notes: tuple[str, ...] = ()


def plan_source(request: PlanRequest) -> tuple[Planned, ...]:
    """One plan per model. Raises UsageError, PlanError, DoesNotFitError, ArchiveError or BoardError."""
    sources = _sources(request.source)
    pools = _pools(request)
    planned = []
    for source in sources:
        problem = source.problem
        if pools:
            # A buffer's wish for a pool that is replaced means nothing any more.
            known = {pool.name for pool in pools}
            buffers = tuple(
                replace(buffer, pools=tuple(name for name in buffer.pools if name in known))
                for buffer in problem.buffers
            )
            problem = PlanProblem(buffers, pools)
        elif request.capacity_bytes is not None:
            problem = _with_capacity(problem, request.capacity_bytes)
        result = plan(problem, request.planner, budget=Budget.of_effort(request.effort_percent))
        planned.append(Planned(source.title, result, source.labels, (*source.notes, *_range_notes(problem))))
    return tuple(planned)


def _pools(request: PlanRequest) -> tuple[Pool, ...]:
    """The pools that replace the source's own."""
    ways = [
        flag
        for flag, given in (
            ("--capacity", request.capacity_bytes is not None),
            ("--pool", request.pools),
            ("--board", request.board),
        )
        if given
    ]
    if len(ways) > 1:
        raise UsageError(
            f"{' and '.join(ways)} contradict each other", hint="each of them says what memory there is"
        )
    if request.board is None:
        return request.pools
    from generator.compose.board_pools import pools_left
    from generator.pipeline.boards import find_board

    return pools_left(find_board(request.board), request.rtos, request.stack_bytes, request.reserved_bytes)


def _with_capacity(problem: PlanProblem, capacity_bytes: int) -> PlanProblem:
    if len(problem.pools) != 1:
        raise UsageError(
            f"--capacity needs a problem with one pool; this one has {len(problem.pools)}",
            hint="give each pool its size with --pool NAME:SIZE",
        )
    return replace(problem, pools=(replace(problem.pools[0], size_bytes=capacity_bytes),))


def _range_notes(problem: PlanProblem) -> tuple[str, ...]:
    ranged = [b for b in problem.buffers if b.min_size_bytes is not None and b.min_size_bytes < b.size_bytes]
    if not ranged:
        return ()
    most = sum(b.size_bytes for b in ranged)
    least = sum(b.min_size_bytes or 0 for b in ranged)
    return (
        f"{counted(len(ranged), 'buffer')} with a range of sizes planned at the declared maximum: "
        f"{counted(most, 'byte')} in total, {least:,} at least",
    )


def _sources(path: Path) -> tuple[_Source, ...]:
    suffix = path.suffix.lower()
    if suffix in (".csv", ".json"):
        from generator.readers.planning_problems import load_problem

        return (_Source(file_name(path), load_problem(path)),)
    if suffix == ".tflite":
        return (_tflite(path),)
    return _archive(path)


def _tflite(path: Path) -> _Source:
    from generator.compose.tflite_plan import tflite_labels, tflite_notes, tflite_problem
    from generator.readers.tflite_graph import load_tflite_graph

    graph = load_tflite_graph(path)
    return _Source(
        graph.label, tflite_problem(graph, (Pool("arena"),)), tflite_labels(graph), tflite_notes(graph)
    )


def _archive(path: Path) -> tuple[_Source, ...]:
    from generator.compose.plan_labels import liveness_labels
    from generator.compose.workspace import workspace_problem
    from generator.liveness.timeline import read_liveness
    from generator.model.liveness import Unread
    from generator.readers.archive.mlf import load_archive

    archive = load_archive(path)
    found, reasons = [], []
    for library in archive.models:
        if not library.unplanned:
            reasons.append(
                f"{library.name}: the compiler has already placed {counted(library.workspace_bytes, 'byte')}"
            )
            continue
        liveness = read_liveness(library)
        if isinstance(liveness, Unread):
            reasons.append(f"{library.name}: {liveness.function} {liveness.why}")
        elif liveness.buffers:
            found.append(
                _Source(
                    f"{archive.label}: {library.name}" if len(archive.models) > 1 else archive.label,
                    workspace_problem(liveness),
                    liveness_labels(liveness),
                    tuple(
                        f"{c.function} is planned as one step, because it {c.why}" for c in liveness.coarse
                    ),
                )
            )
        else:
            reasons.append(f"{library.name}: needs no workspace")
    if not found:
        raise UsageError(
            "nothing to plan: " + "; ".join(reasons),
            where=archive.label,
            hint="`mlfgen inspect --why --board BOARD` explains its memory; a .tflite can always be planned",
        )
    return tuple(found)


def planned_of(project: Project) -> dict[str, Planned]:
    """Model name -> the plan that was made here for its workspace."""
    from generator.compose.plan_labels import liveness_labels

    labels = {name: liveness_labels(liveness) for name, liveness in project.timelines}
    return {name: Planned(name, made, labels.get(name, PlanLabels())) for name, made in project.plans}


def explain_project(
    archives: tuple[Archive, ...], project: Project, options: GenerateOptions
) -> tuple[Explained, ...]:
    """Why each model takes what it takes on the project's board, and what would lower it."""
    from generator.advice.savings import explain

    planned = planned_of(project)
    timelines = dict(project.timelines)
    return tuple(
        explain(
            library,
            planned[library.name].plan if library.name in planned else None,
            timelines.get(library.name),
            planned[library.name].labels if library.name in planned else PlanLabels(),
            project.report,
            project.board,
            options,
        )
        for archive in archives
        for library in archive.models
    )
