"""A .tflite's tensors as a planning problem: what an interpreter's arena would have to hold."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from generator.model.memory import Buffer, PlanProblem, Pool
from generator.model.plan_labels import PlanLabels
from generator.model.tflite_graph import HeldTensor, TfliteGraph

ALIGNMENT_BYTES = 16


def tflite_problem(
    graph: TfliteGraph, pools: Iterable[Pool], alignment_bytes: int = ALIGNMENT_BYTES
) -> PlanProblem:
    """One buffer per tensor, named by ``buffer_name``.

    Its accesses are its bytes times the operators that touch it: each is counted as going over it once.
    """
    buffers = tuple(
        Buffer(
            name=buffer_name(tensor),
            size_bytes=tensor.size_bytes,
            lifespan=tensor.lifespan,
            alignment_bytes=alignment_bytes,
            accesses=tensor.size_bytes * tensor.touches,
        )
        for tensor in graph.tensors
    )
    return PlanProblem(buffers, tuple(pools))


def tflite_labels(graph: TfliteGraph) -> PlanLabels:
    """Names of the plan's operators and buffers, for pictures and tables."""
    return PlanLabels(
        operators=graph.operators,
        buffers=_short_names(graph),
        kinds={buffer_name(tensor): tensor.role for tensor in graph.tensors},
    )


def _short_names(graph: TfliteGraph) -> dict[str, str]:
    """Of a fused tensor's names (``a;b;c``) the first, without the folders that all names share."""
    names = {buffer_name(tensor): tensor.name.split(";")[0] for tensor in graph.tensors if tensor.name}
    folders = [name.split("/")[:-1] for name in names.values() if "/" in name]
    shared = [
        parts[0] for parts in takewhile(lambda parts: len(set(parts)) == 1, zip(*folders, strict=False))
    ]
    prefix = "".join(f"{folder}/" for folder in shared)
    return {buffer: name.removeprefix(prefix) or name for buffer, name in names.items()}


def tflite_notes(graph: TfliteGraph) -> tuple[str, ...]:
    """What the plan leaves out."""
    if not graph.unplanned_subgraphs:
        return ()
    return (
        f"{graph.unplanned_subgraphs} further subgraphs (bodies of IF or WHILE) have tensors "
        "that are not in this plan",
    )


def buffer_name(tensor: HeldTensor) -> str:
    """Unique in its graph, as the tensor's own name need not be."""
    return f"tensor {tensor.index}"
