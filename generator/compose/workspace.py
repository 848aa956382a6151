"""Workspace that the compiler left unplanned: graph storage, and requests made at run time."""

from __future__ import annotations

from collections import defaultdict

from generator.model.archive import Executor, Graph, ModelLibrary
from generator.model.memory import Buffer, MemoryPlan, PlanProblem, Pool
from generator.model.tensor import size_of
from generator.planner.api import plan

ALIGNMENT_BYTES = 16
POOL = "workspace"


def scratch_bytes(library: ModelLibrary) -> dict[str, int]:
    """C function -> bytes its own requests hold together, each rounded up as the runtime rounds."""
    held: dict[str, int] = defaultdict(int)
    for call in library.workspace_calls:
        held[call.function] += -(-call.size_bytes // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
    return dict(held)


def arena_bytes(library: ModelLibrary) -> int:
    """The most an AOT model ever holds: its main function's requests and its hungriest operator's."""
    if library.executor is Executor.GRAPH:
        return 0
    held = scratch_bytes(library)
    main = f"{library.c_prefix}___tvm_main__"
    operators = [size for function, size in held.items() if function != main]
    return held.get(main, 0) + max(operators, default=0)


def graph_problem(graph: Graph, scratch: dict[str, int]) -> PlanProblem:
    """Storage of a graph model: one buffer a tensor, from its first writing to its last reading.

    Inputs, outputs and parameters have buffers of their own. Operator k lives during [k, k + 1).
    """
    outside = {root(graph, index) for index in (*graph.inputs, *graph.outputs)}
    outside |= {i for i, entry in enumerate(graph.entries) if entry.parameter is not None}
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for k, call in enumerate(graph.calls):
        for index in call.arguments:
            first.setdefault(root(graph, index), k)
            last[root(graph, index)] = k
    buffers = [
        Buffer(
            name=storage_name(index),
            size_bytes=size_of(graph.entries[index].dtype, graph.entries[index].shape),
            lifespan=(first[index], last[index] + 1),
            alignment_bytes=ALIGNMENT_BYTES,
        )
        for index in sorted(first)
        if index not in outside
    ]
    buffers += [
        Buffer(scratch_name(k), scratch[call.function], (k, k + 1), ALIGNMENT_BYTES)
        for k, call in enumerate(graph.calls)
        if scratch.get(call.function, 0) > 0
    ]
    return PlanProblem(tuple(buffers), (Pool(POOL, alignment_bytes=ALIGNMENT_BYTES),))


def root(graph: Graph, index: int) -> int:
    """The entry that owns the memory of entry index."""
    alias = graph.entries[index].alias_of
    return index if alias is None else alias


def owners(library: ModelLibrary) -> tuple[int, ...]:
    """For every input, then output: which of them owns its memory (itself, unless the graph only renames)."""
    count = len(library.inputs) + len(library.outputs)
    if library.graph is None:
        return tuple(range(count))
    roots = [root(library.graph, index) for index in (*library.graph.inputs, *library.graph.outputs)]
    return tuple(roots.index(own) for own in roots)


def storage_name(entry: int) -> str:
    return f"tensor {entry}"


def scratch_name(call: int) -> str:
    return f"scratch {call}"


def plan_graph(library: ModelLibrary, planner: str) -> MemoryPlan | None:
    """The plan of a graph model, or None when it needs no workspace at all. PlanError from the planner."""
    if library.graph is None:
        return None
    problem = graph_problem(library.graph, scratch_bytes(library))
    return plan(problem, planner) if problem.buffers else None


def peak_bytes(memory_plan: MemoryPlan) -> int:
    """Of the one pool of a graph's plan, rounded up to the alignment."""
    return -(-memory_plan.uses[0].peak_bytes // ALIGNMENT_BYTES) * ALIGNMENT_BYTES


def offsets(memory_plan: MemoryPlan | None) -> dict[str, int]:
    """Buffer name -> offset in bytes."""
    if memory_plan is None:
        return {}
    return {allocation.buffer: allocation.offset_bytes for allocation in memory_plan.allocations}
