"""A model's operators as a profile needs them: their C functions, and what is known of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.model.profile import OperatorRecord
from generator.model.tensor import size_of

if TYPE_CHECKING:
    from generator.model.archive import Graph, ModelLibrary
    from generator.model.compiled import CompiledLayer


def compose_operators(library: ModelLibrary) -> tuple[OperatorRecord, ...]:
    """In execution order, if the compiler records it; otherwise in the archive's order."""
    if library.compiled is not None:
        return tuple(_layer(layer) for layer in library.compiled.layers)
    touched = _touched_bytes(library.graph) if library.graph is not None else {}
    names = dict.fromkeys([*touched, *(operator.function for operator in library.operators)])
    return tuple(OperatorRecord(name, touched_bytes=touched.get(name)) for name in names)


def _layer(layer: CompiledLayer) -> OperatorRecord:
    what = f"{layer.kind}, {layer.kernel}" if layer.kernel else layer.kind
    return OperatorRecord(layer.function, what, layer.macs, layer.activation_bytes + layer.constants_bytes)


def _touched_bytes(graph: Graph) -> dict[str, int]:
    """Function -> bytes of its arguments; every call of a compiled function has the same shapes."""
    return {
        call.function: sum(
            size_of(graph.entries[index].dtype, graph.entries[index].shape) for index in call.arguments
        )
        for call in graph.calls
    }
