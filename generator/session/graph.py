"""A graph executor on the host: the device has the operators and the memory, the order is kept here.

It allocates as TVM's own does: one block for each storage id, as large as its largest tensor.

Source: TVM's ``src/runtime/graph_executor/graph_executor.cc``.
"""

from __future__ import annotations

from collections import defaultdict

from msgspec.structs import replace

from generator.model.archive import Graph
from generator.model.tensor import size_of
from generator.session.client import RemoteSession
from generator.session.remote import RemoteArray, RemoteFunction
from generator.session.values import DataType


class GraphExecutor:
    """One model's graph on a connected session, valid while that lasts.

    scope: the pool to allocate from, or None for the device's first. Raises RemoteError when the device has
    too little memory or lacks an operator.
    """

    def __init__(self, session: RemoteSession, graph: Graph, scope: str | None = None) -> None:
        sizes: dict[int, int] = defaultdict(int)
        for entry in graph.entries:
            sizes[entry.storage_id] = max(sizes[entry.storage_id], size_of(entry.dtype, entry.shape))
        storage = {
            number: session.allocate((max(1, -(-size // 4)),), "float32", scope)
            for number, size in sorted(sizes.items())
        }
        self._arrays = [
            RemoteArray(
                session,
                replace(storage[entry.storage_id].ref, shape=entry.shape, dtype=DataType.parse(entry.dtype)),
            )
            for entry in graph.entries
        ]
        self._graph = graph
        library = session.system_library()
        names = dict.fromkeys(call.function for call in graph.calls)
        self._functions: dict[str, RemoteFunction] = {name: library.function(name) for name in names}
        for entry, array in zip(graph.entries, self._arrays, strict=True):
            if entry.parameter is not None:
                array.write(graph.parameters[entry.parameter].data)

    def input(self, index: int) -> RemoteArray:
        """The device's array of an input, by its number in the model's order."""
        return self._arrays[self._graph.inputs[index]]

    def output(self, index: int) -> RemoteArray:
        """The device's array of an output, by its number in the model's order."""
        return self._arrays[self._graph.outputs[index]]

    def run(self) -> None:
        """Call every operator in order. Raises RemoteError with the operator's own words when one fails."""
        for call in self._graph.calls:
            self._functions[call.function](*(self._arrays[index] for index in call.arguments))
