"""Operators that a model defines by other operators are replaced by these."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from generator.errors import ArchiveError
from generator.model.network import Network, NetworkOperator, NetworkTensor, Subgraph

COMPOSITE = "STABLEHLO_COMPOSITE"
_DECOMPOSITION = "decomposition_subgraph_index"
_MAX_DEPTH = 8
_MAX_OPERATORS = 20_000
_HINT = "convert the model without composite operators"


def inline(network: Network) -> tuple[Subgraph, frozenset[int]]:
    """The main subgraph with each composite's decomposition in its place, and the subgraphs that were used.

    The main subgraph's tensors keep their numbers; where there is a composite, operators are renumbered.
    Raises ArchiveError where a decomposition doesn't fit its composite.
    """
    if all(operator.kind != COMPOSITE for operator in network.main.operators):
        return network.main, frozenset()
    work = _Inliner(network)
    work.take(network.main, {index: index for index in range(len(network.main.tensors))}, 0)
    operators = tuple(replace(operator, index=number) for number, operator in enumerate(work.operators))
    return replace(network.main, tensors=tuple(work.tensors), operators=operators), frozenset(work.used)


class _Inliner:
    def __init__(self, network: Network) -> None:
        self._network = network
        self.tensors: list[NetworkTensor] = list(network.main.tensors)
        self.operators: list[NetworkOperator] = []
        self.used: set[int] = set()

    def take(self, graph: Subgraph, numbers: Mapping[int, int], depth: int) -> None:
        """Append a subgraph's operators. numbers: its tensors -> the whole's."""
        for operator in graph.operators:
            rows = (operator.inputs, operator.outputs, operator.intermediates)
            inputs, outputs, intermediates = (
                tuple(numbers[index] if index >= 0 else index for index in row) for row in rows
            )
            moved = replace(operator, inputs=inputs, outputs=outputs, intermediates=intermediates)
            if operator.kind == COMPOSITE:
                self._expand(moved, depth)
            else:
                self.operators.append(moved)
            if len(self.operators) > _MAX_OPERATORS:
                raise self._refused(operator, f"grows the model beyond {_MAX_OPERATORS:,} operators")

    def _expand(self, composite: NetworkOperator, depth: int) -> None:
        number = composite.integer(_DECOMPOSITION, -1)
        if not 0 < number < len(self._network.subgraphs):
            raise self._refused(composite, f"is decomposed by subgraph {number}, which does not exist")
        if depth == _MAX_DEPTH:
            raise self._refused(composite, f"is decomposed by more than {_MAX_DEPTH} levels of composites")
        body = self._network.subgraphs[number]
        numbers: dict[int, int] = {}
        for own, outer in ((body.inputs, composite.inputs), (body.outputs, composite.outputs)):
            if len(own) != len(outer) or any(index in numbers for index in own) or len(set(own)) < len(own):
                raise self._refused(composite, f"has other inputs or outputs than its subgraph {number}")
            for inside, outside in zip(own, outer, strict=True):
                self._check_like(composite, body.tensors[inside], outside)
                numbers[inside] = outside
        for tensor in body.tensors:
            if tensor.index not in numbers:
                numbers[tensor.index] = len(self.tensors)
                self.tensors.append(replace(tensor, index=len(self.tensors)))
        self.used.add(number)
        self.take(body, numbers, depth + 1)

    def _check_like(self, composite: NetworkOperator, inside: NetworkTensor, outside: int) -> None:
        if outside < 0:
            raise self._refused(composite, "leaves out an input")
        tensor = self.tensors[outside]
        if (inside.dtype, inside.shape) != (tensor.dtype, tensor.shape) or inside.constant is not None:
            raise self._refused(
                composite,
                f"passes {tensor.name!r}, {tensor.dtype} of shape {tensor.shape}, as {inside.dtype} of shape "
                f"{inside.shape}",
            )

    def _refused(self, operator: NetworkOperator, what: str) -> ArchiveError:
        name = operator.text("name")
        label = f"composite operator {operator.index} ({name})" if name else f"operator {operator.index}"
        return ArchiveError(f"{label} {what}", where=self._network.label, hint=_HINT)
