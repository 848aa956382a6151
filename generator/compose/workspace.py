"""Workspace that the compiler left unplanned: graph storage, and requests made at run time."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from msgspec import Struct

from generator.liveness.overlaps import overlaps
from generator.model.archive import ModelLibrary
from generator.model.liveness import Analysis, LiveBuffer, Liveness, Unread
from generator.model.memory import WORKSPACE, Buffer, MemoryPlan, PlanProblem, Pool, align_up
from generator.model.project import WorkspaceSlot
from generator.planner.api import plan
from generator.planner.solution import Budget
from generator.wording import counted

ALIGNMENT_BYTES = 16
ONE_POOL = (Pool(WORKSPACE, alignment_bytes=ALIGNMENT_BYTES),)


class Workspace(Struct, frozen=True):
    """What a model's unplanned workspace takes.

    arrays: (name, bytes), a multiple of ALIGNMENT_BYTES each; the names are those of the plan's pools.
    liveness, plan: when its bytes count and where they lie; None where requests are served as a stack.
    unread:     why they are, else None.
    """

    arrays: tuple[tuple[str, int], ...]
    liveness: Liveness | None
    plan: MemoryPlan | None
    unread: Unread | None

    @property
    def size_bytes(self) -> int:
        """The arrays' sizes, summed."""
        return sum(size for _, size in self.arrays)


def plan_workspace(
    analysis: Analysis, planner: str, pools: tuple[Pool, ...] = ONE_POOL, budget: Budget | None = None
) -> Workspace | None:
    """None where the compiler planned it, or where the model needs none. PlanError from the planner.

    pools: to plan over; where requests are served as a stack it takes the one called WORKSPACE.
    """
    liveness = analysis.liveness
    if isinstance(liveness, Unread):
        return Workspace(((WORKSPACE, analysis.stack_bytes),), None, None, liveness)
    if liveness is None or not liveness.buffers:
        return None
    memory_plan = plan(workspace_problem(liveness, pools), planner, budget=budget)
    arrays = tuple(
        (use.pool, align_up(use.peak_bytes, ALIGNMENT_BYTES)) for use in memory_plan.uses if use.peak_bytes
    )
    return Workspace(arrays, liveness, memory_plan, None)


def workspace_problem(liveness: Liveness, pools: tuple[Pool, ...] = ONE_POOL) -> PlanProblem:
    """One buffer per tensor, storage or scratch; operator indices are the steps of the run."""
    return PlanProblem(tuple(_buffer(buffer) for buffer in liveness.buffers), pools)


def slots(
    workspace: Workspace, *, of_calls: bool, symbols: Mapping[str, str] | None = None
) -> tuple[WorkspaceSlot, ...]:
    """The table of requests. of_calls: count ``below`` within each operator call, as graphs are run.

    symbols: array name -> C name, where that is another.
    """
    if workspace.liveness is None:
        return ()
    places = places_of(workspace.plan)
    first: dict[int | None, int] = {}
    found = []
    for index, request in enumerate(workspace.liveness.requests):
        buffer = workspace.liveness.buffers[request.buffer]
        base = first.setdefault(request.call, index) if of_calls else 0
        below = None if request.below is None else request.below - base
        pool, offset = places[buffer.name]
        array = (symbols or {}).get(pool, pool)
        found.append(WorkspaceSlot(buffer.name, buffer.size_bytes, array, offset, below))
    return tuple(found)


def owners(library: ModelLibrary) -> tuple[int, ...]:
    """For every input, then output: which of them owns its memory (itself, unless the graph only renames)."""
    count = len(library.inputs) + len(library.outputs)
    if library.graph is None:
        return tuple(range(count))
    roots = [library.graph.owner(index) for index in (*library.graph.inputs, *library.graph.outputs)]
    return tuple(roots.index(own) for own in roots)


def places_of(memory_plan: MemoryPlan | None) -> dict[str, tuple[str, int]]:
    """Buffer name -> (pool, offset in bytes)."""
    if memory_plan is None:
        return {}
    return {at.buffer: (at.pool, at.offset_bytes) for at in memory_plan.allocations}


def workspace_notes(library: ModelLibrary, workspace: Workspace) -> tuple[str, ...]:
    """TVM's workspace and the planned one, and where code that can't be analysed makes the latter larger."""
    name = library.name
    theirs = f"model '{name}': TVM would use {counted(library.workspace_bytes, 'byte')} of workspace"
    if workspace.unread is not None:
        unread = workspace.unread
        return (
            f"{theirs}; as a stack it takes {workspace.size_bytes:,}, because the order of its requests is not "
            f"known: {unread.function} {unread.why}",
        )
    if workspace.plan is None or workspace.liveness is None:
        return ()
    used = [use for use in workspace.plan.uses if use.peak_bytes]
    proved = used[0].certificate
    if len(used) > 1:
        proved = f"over {len(used)} memories, access cost {workspace.plan.access_certificate}"
    notes = [f"{theirs}; planned, it takes {workspace.size_bytes:,}, {proved}"]
    notes += [
        f"model '{name}': operator {operator.function} is planned as one step, because it {operator.why}"
        for operator in workspace.liveness.coarse
    ]
    return tuple(notes)


#: pairs of buffers that are named
TOLD_OVERLAPS = 3


def overwrite_notes(library: ModelLibrary, analysis: Analysis) -> tuple[str, ...]:
    """Which outputs do not survive the run, where the compiler put inputs and outputs into the workspace."""
    names = {tensor.c_name: tensor.name for tensor in library.outputs}
    notes = [
        f"model '{library.name}': output '{names[lost.tensor]}' is overwritten by operator {lost.function} before "
        "the run ends: this is a defect of the archive; compile the model without I/O in the workspace"
        for lost in analysis.overwrites
    ]
    if analysis.placed is not None and not notes:
        notes += [
            f"model '{library.name}': buffers '{one.name}' and '{other.name}' share bytes of '{one.pool}' while "
            f"both are in use, in operator {analysis.placed.steps[other.lifespan[0]].function}: a defect of "
            "the archive"
            for one, other in islice(overlaps(analysis.placed), TOLD_OVERLAPS)
        ]
    return tuple(notes)


def _buffer(buffer: LiveBuffer) -> Buffer:
    several = len(buffer.intervals) > 1
    return Buffer(
        name=buffer.name,
        size_bytes=buffer.size_bytes,
        lifespan=(buffer.intervals[0][0], buffer.intervals[-1][1]),
        alignment_bytes=ALIGNMENT_BYTES,
        live=buffer.intervals if several else (),
        accesses=buffer.accesses,
    )
