"""What a model calls the parts of the plan that was made for it."""

from __future__ import annotations

from generator.compose.workspace import scratch_name, storage_name
from generator.model.archive import Graph, ModelLibrary
from generator.model.plan_labels import PlanLabels


def library_labels(library: ModelLibrary) -> PlanLabels:
    """For ``plan_graph``'s plan of library; without a graph everything goes by its own name."""
    return PlanLabels() if library.graph is None else _graph_labels(library.graph)


def _graph_labels(graph: Graph) -> PlanLabels:
    return PlanLabels(
        operators=tuple(call.function for call in graph.calls),
        buffers={storage_name(i): entry.node_name for i, entry in enumerate(graph.entries)},
        kinds={scratch_name(k): "scratch" for k in range(len(graph.calls))},
    )
