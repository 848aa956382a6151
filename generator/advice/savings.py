"""What would lower a model's memory, and by how much: each figure from the archive, the plan and the board."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from generator.advice.pool_moves import moves
from generator.advice.replan import replan
from generator.advice.saving import Saving
from generator.compose.workspace import ALIGNMENT_BYTES
from generator.model.archive import GraphCall, ModelLibrary
from generator.model.board import Board
from generator.model.liveness import Liveness
from generator.model.memory import Buffer, MemoryPlan, PlanProblem, PoolUse, Proof
from generator.model.options import GenerateOptions
from generator.model.plan_labels import PlanLabels
from generator.model.report import MemoryReport
from generator.planner.moments import Moment, moments, next_peak, operator_title, peak_moment, run_at
from generator.wording import counted


class Explained(Struct, frozen=True):
    """Why a model takes what it takes.

    peak, runner_up: the fullest moment of a plan made here and of the other operators', in its fullest
    pool; None where the compiler placed the workspace, or if there is none. use: of that pool, or None.
    savings: first what lowers it, most first; then what moves it.
    """

    model: str
    peak: Moment | None
    runner_up: Moment | None
    use: PoolUse | None
    savings: tuple[Saving, ...]


def explain(
    library: ModelLibrary,
    memory_plan: MemoryPlan | None,
    liveness: Liveness | None,
    labels: PlanLabels,
    report: MemoryReport,
    board: Board,
    options: GenerateOptions,
) -> Explained:
    """Why each model takes what it takes on a board, and what would lower it.

    memory_plan, liveness: of the workspace where it was planned here. PlanError from re-planning.
    """
    peak = runner_up = None
    savings: list[Saving] = []
    if memory_plan is not None and liveness is not None:
        found = moments(memory_plan, _fullest(memory_plan).pool, labels)
        peak = peak_moment(found)
        if peak is not None:
            runner_up = next_peak(found, peak, labels)
            savings += _operator(memory_plan, peak, labels, options)
            savings += _usmp(library, memory_plan, liveness, peak, labels, options)
    elif library.calls_allocator:
        savings += _usmp_of_stack(library, report)
    savings += _io(library, memory_plan, liveness, report, options)
    savings += moves(library, memory_plan, report, board, options)
    ordered = sorted(savings, key=lambda saving: (saving.name == "pool", -saving.saves_bytes, saving.name))
    use = None if memory_plan is None else _fullest(memory_plan)
    return Explained(library.name, peak, runner_up, use, tuple(ordered))


def _fullest(memory_plan: MemoryPlan) -> PoolUse:
    return max(memory_plan.uses, key=lambda use: use.peak_bytes)


def _peak_bytes(memory_plan: MemoryPlan) -> int:
    """Of all its pools together."""
    return sum(use.peak_bytes for use in memory_plan.uses)


def _operator(
    memory_plan: MemoryPlan, peak: Moment, labels: PlanLabels, options: GenerateOptions
) -> list[Saving]:
    """The peak's operator without the scratch that it requests itself, wherever it runs."""
    if peak.operator is None:
        return []
    own = {
        buffer.name
        for buffer in memory_plan.problem.buffers
        if labels.kinds.get(buffer.name) == "scratch"
        and all(
            labels.operators[k] == peak.operator for first, end in buffer.intervals for k in range(first, end)
        )
    }
    held = sum(h.buffer.size_bytes for h in peak.held if h.buffer.name in own)
    rest = tuple(buffer for buffer in memory_plan.problem.buffers if buffer.name not in own)
    if not held or not rest:
        return []
    left = replan(
        PlanProblem(rest, memory_plan.problem.pools),
        options,
    )
    saves = _peak_bytes(memory_plan) - _peak_bytes(left)
    if saves <= 0:
        return []
    highest = peak_moment(moments(left, _fullest(left).pool, labels))
    then = ""
    if highest is not None and highest.operator and highest.operator != peak.operator:
        then = f", at {operator_title(highest.operator)}"
    return [
        Saving(
            "operator",
            saves,
            "at most",
            f"a kernel of {operator_title(peak.operator)} without scratch ({counted(held, 'byte')} at the peak), "
            f"such as CMSIS-NN's or another schedule's, lowers the peak to {_peak_bytes(left):,}{then}",
        )
    ]


def _usmp(
    library: ModelLibrary,
    memory_plan: MemoryPlan,
    liveness: Liveness,
    peak: Moment,
    labels: PlanLabels,
    options: GenerateOptions,
) -> list[Saving]:
    """Recompiling with USMP: what it could save over the plan that was made here."""
    takes = _peak_bytes(memory_plan)
    gap = takes - sum(use.lower_bound_bytes for use in memory_plan.uses)
    split = _peak_bytes(replan(_split(memory_plan.problem), options))
    if peak.operator is not None and peak.operator in {operator.function for operator in liveness.coarse}:
        bound, saves = "at most", _overlap(peak, labels)
        title = operator_title(peak.operator)
        why = f"{title} is planned as one step here, but its inputs may end before its outputs begin"
    elif split < takes:
        bound, saves = "about", takes - split
        why = f"it places tensors one by one that now share storage; planned like that, they need {split:,}"
    elif any(use.proof is Proof.GAP for use in memory_plan.uses):
        bound, saves = "at most", gap
        why = "it can gain no more than the plan's gap to its lower bound"
    else:
        bound, saves = "about", 0
        why = "this plan follows lifetimes loop by loop, as USMP does, and is proved optimal"
    less = library.workspace_bytes - takes
    compared = (
        f" (TVM's allocator at run time: {library.workspace_bytes:,}, {less:,} more)" if less > 0 else ""
    )
    return [Saving("usmp", saves, bound, f"recompile with USMP (tir.usmp.enable): {why}{compared}")]


def _overlap(peak: Moment, labels: PlanLabels) -> int:
    """The smaller of what came into the peak's operator and what goes out of it, in bytes."""
    run = run_at(peak.span[0], labels)
    taken = [h for h in peak.held if run_at(h.interval[0], labels) != run]
    given = [h for h in peak.held if run_at(h.interval[1] - 1, labels) != run and h not in taken]
    return min(sum(h.buffer.size_bytes for h in side) for side in (taken, given))


def _split(problem: PlanProblem) -> PlanProblem:
    """Each interval of a buffer as a buffer of its own."""
    return replace(
        problem,
        buffers=tuple(
            replace(buffer, name=f"{buffer.name} [{first}", lifespan=(first, end), live=())
            for buffer in problem.buffers
            for first, end in buffer.intervals
        ),
    )


def _usmp_of_stack(library: ModelLibrary, report: MemoryReport) -> list[Saving]:
    """Where requests are served as a stack: USMP can overlap what the stack holds apart."""
    size = sum(
        line.size_bytes
        for line in report.pools
        if line.kind == "workspace" and line.owner == "application" and library.name in line.models
    )
    largest = max((call.size_bytes for call in library.workspace_calls), default=0)
    return [
        Saving(
            "usmp",
            max(0, size - largest),
            "at most",
            f"recompile with USMP (tir.usmp.enable): a stack of {counted(size, 'byte')} serves requests whose "
            f"order is not known; the largest request is {largest:,}",
        )
    ]


def _io(
    library: ModelLibrary,
    memory_plan: MemoryPlan | None,
    liveness: Liveness | None,
    report: MemoryReport,
    options: GenerateOptions,
) -> list[Saving]:
    """Inputs and outputs in the workspace, which they can share with what lives at other times."""
    apart = sum(line.size_bytes for line in report.pools if line.kind == "io" and library.name in line.models)
    if library.io_in_workspace or not apart:
        return []
    how = "compile with inputs and outputs in the workspace (tir.usmp.use_workspace_io)"
    if memory_plan is None or liveness is None or library.graph is None:
        return [Saving("io", apart, "at most", f"{how}: they now take {counted(apart, 'byte')} of their own")]
    together = replan(
        _with_io(library, memory_plan.problem, liveness),
        options,
    )
    saves = _peak_bytes(memory_plan) + apart - _peak_bytes(together)
    return [
        Saving(
            "io",
            max(0, saves),
            "exactly",
            f"{how}: they now take {counted(apart, 'byte')} of their own; planned together, everything needs "
            f"{_peak_bytes(together):,}",
        )
    ]


def _with_io(library: ModelLibrary, problem: PlanProblem, liveness: Liveness) -> PlanProblem:
    """The inputs from the start to their last operator, the outputs from their first to the end."""
    graph = library.graph
    if graph is None:
        return problem
    end = len(liveness.steps)
    first_step: dict[int, int] = {}
    for k, step in enumerate(liveness.steps):
        first_step.setdefault(step.call, k)

    def steps(index: int) -> tuple[int, int]:
        used = [k for k, call in enumerate(graph.calls) if _uses(call, index, library)]
        low = first_step.get(min(used, default=0), 0)
        later = [first_step[k] for k in range(max(used, default=0) + 1, len(graph.calls)) if k in first_step]
        return low, min(later, default=end)

    extra = []
    for side, indices in (("input", graph.inputs), ("output", graph.outputs)):
        tensors = library.inputs if side == "input" else library.outputs
        for tensor, index in zip(tensors, indices, strict=True):
            low, high = steps(index)
            span = (0, max(high, 1)) if side == "input" else (min(low, end - 1), end)
            extra.append(Buffer(f"{side} {tensor.c_name}", tensor.size_bytes, span, ALIGNMENT_BYTES))
    return replace(problem, buffers=(*problem.buffers, *extra))


def _uses(call: GraphCall, index: int, library: ModelLibrary) -> bool:
    graph = library.graph
    return graph is not None and any(index in (each, graph.owner(each)) for each in call.arguments)
