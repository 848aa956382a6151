"""Operators that call subgraphs are replaced by the operators of these: composites, IF, and WHILE turn by turn."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from generator.compiler.context import content_of
from generator.compiler.known import learned
from generator.compiler.step import Unsupported
from generator.errors import ArchiveError
from generator.model.network import Network, NetworkOperator, NetworkTensor, Subgraph

COMPOSITE = "STABLEHLO_COMPOSITE"
#: operators whose subgraphs depend on values
CONTROL = ("IF", "WHILE")
_DECOMPOSITION = "decomposition_subgraph_index"
_MAX_DEPTH = 8
_MAX_TURNS = 1_000
#: of the model and of all calls together, those of loops' conditions as well, which are only evaluated
_MAX_OPERATORS = 20_000
#: of all calls together, each call's own counted as well: subgraphs without operators grow a model, too
_MAX_TENSORS = 200_000
_HINT = "convert the model without composite operators"
_UNROLL = "convert the model with an unrolled loop (Keras: unroll=True)"
#: kinds that leave something behind when they run
_LASTING = ("ASSIGN_VARIABLE", "CALL_ONCE")


class Inlined(Struct, frozen=True):
    """A model in one subgraph.

    used:    subgraphs that were inlined. notes: for people.
    refused: index of an IF or WHILE that stands there as it was -> why.
    """

    subgraph: Subgraph
    used: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()
    refused: Mapping[int, Unsupported] = {}


def inline(network: Network) -> Inlined:
    """The main subgraph with the operators of each called subgraph in its caller's place.

    The main subgraph's tensors keep their numbers; where there is a caller, operators are renumbered.
    Raises ArchiveError where a decomposition doesn't fit its composite.
    """
    if all(operator.kind not in (COMPOSITE, *CONTROL) for operator in network.main.operators):
        return Inlined(network.main)
    work = _Inliner(network)
    work.take(network.main, {index: index for index in range(len(network.main.tensors))}, 0)
    operators = tuple(replace(operator, index=number) for number, operator in enumerate(work.operators))
    notes = ["the subgraphs that operators call are inlined, and operators renumbered"] if work.used else []
    if work.branches:
        notes.append(f"both branches of {work.branches} IF run; their conditions are computed at run time")
    flat = replace(network.main, tensors=tuple(work.tensors), operators=operators)
    return Inlined(flat, frozenset(work.used), tuple(notes), work.refused)


class _Inliner:
    def __init__(self, network: Network) -> None:
        self._network = network
        self._controls = any(
            operator.kind in CONTROL for graph in network.subgraphs for operator in graph.operators
        )
        self._known: dict[int, np.ndarray] = {}
        #: (subgraph, tensor) -> tensor of the whole, of those that all calls share: constants and variables
        self._shared: dict[tuple[int, int], int] = {}
        self.tensors: list[NetworkTensor] = list(network.main.tensors)
        self.operators: list[NetworkOperator] = []
        self.used: set[int] = set()
        self.refused: dict[int, Unsupported] = {}
        self.branches = 0
        self._entered_tensors = 0
        self._taken_operators = 0

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
            elif operator.kind in CONTROL and not operator.custom:
                self._control(moved, depth)
            else:
                self._append(moved)

    def _append(self, operator: NetworkOperator) -> None:
        self._taken_operators += 1
        if self._taken_operators > _MAX_OPERATORS:
            raise self._refused(operator, f"grows the model beyond {_MAX_OPERATORS:,} operators")
        self.operators.append(operator)
        if self._controls:
            self._known.update(learned(operator, self.tensors, self._known))

    def _enter(self, operator: NetworkOperator, body: Subgraph) -> None:
        self._entered_tensors += 1 + len(body.tensors)
        if self._entered_tensors > _MAX_TENSORS:
            raise self._refused(operator, f"grows the model beyond {_MAX_TENSORS:,} tensors")

    # ---- composites

    def _expand(self, composite: NetworkOperator, depth: int) -> None:
        number = composite.integer(_DECOMPOSITION, -1)
        if not 0 < number < len(self._network.subgraphs):
            raise self._refused(composite, f"is decomposed by subgraph {number}, which does not exist")
        if depth == _MAX_DEPTH:
            raise self._refused(composite, f"is decomposed by more than {_MAX_DEPTH} levels of composites")
        body = self._network.subgraphs[number]
        self._enter(composite, body)
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

    # ---- control flow

    def _control(self, operator: NetworkOperator, depth: int) -> None:
        """Replace an IF or WHILE; where that can't be done, leave the outermost one for its refusal."""
        start, branches = len(self.operators), self.branches
        try:
            (self._branch if operator.kind == "IF" else self._loop)(operator, depth)
        except Unsupported as fault:
            if depth:
                raise
            del self.operators[start:]
            self.branches = branches
            self.refused[start] = fault
            self.operators.append(operator)

    def _branch(self, operator: NetworkOperator, depth: int) -> None:
        """Only the branch that is taken, where the condition is known; else both, and a selection."""
        condition = operator.inputs[0] if operator.inputs else -1
        if condition < 0 or self.tensors[condition].elements != 1:
            raise Unsupported("has no single condition")
        branches = [operator.integer(f"{side}_subgraph_index") for side in ("then", "else")]
        known = self._content(condition)
        if known is not None:
            chosen = branches[0 if known.reshape(-1)[0] else 1]
            self._forward(operator, self._call(operator, chosen, operator.inputs[1:], depth))
            return
        results = []
        for number in branches:
            self._check_lasting(number, set(), "takes one of two branches at run time")
            results.append(self._call(operator, number, operator.inputs[1:], depth))
        self.branches += 1
        for taken in results:
            self._check_results(operator, taken)
        for target, first, second in zip(operator.outputs, *results, strict=True):
            inputs = (condition, first, second)
            self._append(NetworkOperator(operator.index, "SELECT_V2", inputs, (target,)))

    def _loop(self, operator: NetworkOperator, depth: int) -> None:
        """Every turn's operators one after the other. The condition of each turn must be known here."""
        condition, body = (operator.integer(f"{part}_subgraph_index") for part in ("cond", "body"))
        self._check_lasting(condition, set(), "has a condition")
        values, outermost = operator.inputs, len(self.tensors)
        for _ in range(_MAX_TURNS):
            start, first = len(self.operators), len(self.tensors)
            verdicts = self._call(operator, condition, values, depth)
            del self.operators[start:]
            known = self._content(verdicts[0]) if len(verdicts) == 1 else None
            self._forget(range(first, len(self.tensors)))
            if known is None or known.size != 1:
                raise Unsupported("runs until a condition that is computed at run time", _UNROLL)
            if not known.reshape(-1)[0]:
                self._forward(operator, values)
                return
            old, first = [index for index in values if index >= outermost], len(self.tensors)
            values = self._call(operator, body, values, depth)
            self._forget([*old, *range(first, len(self.tensors))], set(values))
        raise Unsupported(f"runs more than {_MAX_TURNS:,} times", "run the loop in the application")

    def _call(
        self, operator: NetworkOperator, number: int, arguments: Sequence[int], depth: int
    ) -> tuple[int, ...]:
        """Append the operators of a subgraph; gives its outputs."""
        if not 0 < number < len(self._network.subgraphs):
            raise Unsupported(f"calls subgraph {number}, which does not exist")
        if depth == _MAX_DEPTH:
            raise Unsupported(f"is called by more than {_MAX_DEPTH} levels of subgraphs")
        body = self._network.subgraphs[number]
        self._enter(operator, body)
        numbers = dict(zip(body.inputs, arguments, strict=False))
        if len(numbers) != len(arguments) or len(body.inputs) != len(arguments):
            raise Unsupported(f"passes {len(arguments)} values to subgraph {number}, which has other inputs")
        for inside, outside in numbers.items():
            self._check_same(body.tensors[inside], outside)
        for tensor in body.tensors:
            if tensor.index not in numbers:
                numbers[tensor.index] = self._place(number, tensor)
        self.used.add(number)
        self.take(body, numbers, depth + 1)
        return tuple(numbers[index] for index in body.outputs)

    def _place(self, number: int, tensor: NetworkTensor) -> int:
        """A tensor of the whole for one of a subgraph: a new one, unless it is a constant or keeps its content."""
        key = (number, tensor.index)
        if key not in self._shared:
            index = len(self.tensors)
            self.tensors.append(replace(tensor, index=index))
            if tensor.constant is None and not tensor.variable:
                return index
            self._shared[key] = index
        return self._shared[key]

    def _forward(self, operator: NetworkOperator, values: Sequence[int]) -> None:
        """The operator's outputs are these values."""
        self._check_results(operator, values)
        for value, target in zip(values, operator.outputs, strict=True):
            self._append(NetworkOperator(operator.index, "RESHAPE", (value,), (target,)))

    def _check_results(self, operator: NetworkOperator, values: Sequence[int]) -> None:
        if len(values) != len(operator.outputs):
            raise Unsupported(f"has {len(operator.outputs)} outputs, but its subgraph has {len(values)}")
        for value, target in zip(values, operator.outputs, strict=True):
            self._check_same(self.tensors[target], value)

    def _check_same(self, tensor: NetworkTensor, other: int) -> None:
        if other < 0 or tensor.constant is not None:
            raise Unsupported("leaves out a value of a subgraph")
        given = self.tensors[other]
        if (tensor.dtype, tensor.shape) != (given.dtype, given.shape):
            raise Unsupported(
                f"passes {given.name!r}, {given.dtype} of shape {given.shape}, as {tensor.dtype} of shape "
                f"{tensor.shape}"
            )

    def _check_lasting(self, number: int, seen: set[int], what: str) -> None:
        """Raises Unsupported where running a subgraph changes more than its outputs."""
        if number in seen or not 0 <= number < len(self._network.subgraphs):
            return
        seen.add(number)
        graph = self._network.subgraphs[number]
        if any(operator.kind in _LASTING or operator.custom for operator in graph.operators) or any(
            tensor.variable for tensor in graph.tensors
        ):
            raise Unsupported(f"{what}, and subgraph {number} keeps values from run to run")
        for operator in graph.operators:
            for name, value in operator.options.items():
                if name.endswith("_subgraph_index") and isinstance(value, int):
                    self._check_lasting(value, seen, what)

    def _content(self, index: int) -> np.ndarray | None:
        tensor = self.tensors[index]
        if index in self._known or tensor.constant is None or tensor.variable:
            return self._known.get(index)
        return content_of(tensor)

    def _forget(self, indices: Iterable[int], kept: Collection[int] = ()) -> None:
        for index in indices:
            if index not in kept:
                self._known.pop(index, None)

    def _refused(self, operator: NetworkOperator, what: str) -> ArchiveError:
        name = operator.text("name")
        label = f"composite operator {operator.index} ({name})" if name else f"operator {operator.index}"
        hint = "run loops in the application" if self._controls else _HINT
        return ArchiveError(f"{label} {what}", where=self._network.label, hint=hint)
