"""The timeline of a model whose workspace the compiler left unplanned: what counts from which step to which.

The facts come from the operators' C, statement by statement, and the order of calls from the graph or from the
AOT main function. What can't be read makes the plan larger, never wrong: such an operator is one step, and where
no order of requests is known there is no timeline.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from msgspec.structs import replace

from generator.liveness.labels import Accesses, Effect
from generator.liveness.main_function import Ask, Call, GiveBack, Place, read_main
from generator.liveness.operator import OperatorReader, OperatorSteps
from generator.liveness.syntax import CProgram, UnreadableError
from generator.model.archive import Graph, Interface, ModelLibrary
from generator.model.liveness import (
    CoarseOperator,
    LiveBuffer,
    Liveness,
    Request,
    StackedCall,
    Step,
    Unread,
    stacked_bytes,
    tensor_name,
)
from generator.model.tensor import size_of


def read_liveness(library: ModelLibrary) -> Liveness | Unread:
    """The timeline of a run. library: one with a graph, or one whose C calls ``TVMBackendAllocWorkspace``."""
    program = CProgram(library.sources)
    sizes = library.request_sizes
    operators = OperatorReader(program, sizes)
    if library.graph is not None:
        return _Timeline(operators).of_graph(library.graph, program, sizes)
    main = library.main_function
    packed = library.interface is Interface.PACKED
    try:
        return _Timeline(operators).of_main(main, read_main(program, main, packed=packed), sizes, packed)
    except UnreadableError as error:
        return Unread(main, error.why)


class _Timeline:
    """Puts operator calls one behind the other."""

    def __init__(self, operators: OperatorReader) -> None:
        self._operators = operators
        self._steps: list[Step] = []
        self._buffers: list[LiveBuffer] = []
        self._requests: list[Request] = []
        self._stacked: list[StackedCall] = []
        self._coarse: dict[str, str] = {}
        self._calls = 0

    def of_graph(self, graph: Graph, program: CProgram, sizes: Mapping[str, list[int]]) -> Liveness:
        owner = [graph.owner(index) for index in range(len(graph.entries))]
        outside = {owner[index] for index in (*graph.inputs, *graph.outputs)}
        outside |= {index for index, entry in enumerate(graph.entries) if entry.parameter is not None}
        touched: dict[int, list[int]] = defaultdict(list)
        counts: dict[int, Accesses] = defaultdict(Accesses)
        scratch: list[LiveBuffer] = []
        for call in graph.calls:
            operator = self._operators.read(call.function, packed=True)
            start, number = len(self._steps), self._calls
            self._begin(operator)
            for argument, index in enumerate(call.arguments):
                # An argument that is never touched still has an address, so it needs memory to point at.
                own = touches(operator, argument)
                touched[owner[index]] += [start + step for step, _ in own] or [start]
                counts[owner[index]].add(effect for _, effect in own)
            if operator.unordered is not None:
                self._stack(number, start, deepest_stack_bytes(program, sizes, call.function), scratch)
            else:
                for position, buffer in enumerate(self._scratch(operator, number, start)):
                    below = operator.scratch[position].below
                    base = len(self._requests) - position
                    self._requests.append(
                        Request(number, len(scratch), None if below is None else base + below)
                    )
                    scratch.append(buffer)
        self._buffers = scratch
        for index in sorted(touched):
            entry = graph.entries[index]
            if index not in outside:
                span = (min(touched[index]), max(touched[index]) + 1)
                size_bytes = size_of(entry.dtype, entry.shape)
                accesses = counts[index].total(size_bytes)
                self._buffers.append(LiveBuffer(tensor_name(index), "tensor", size_bytes, (span,), accesses))
        return self._result()

    def of_main(
        self,
        main: str,
        actions: tuple[Ask | GiveBack | Call, ...],
        sizes: Mapping[str, list[int]],
        packed: bool,
    ) -> Liveness | Unread:
        asked = [action for action in actions if isinstance(action, Ask)]
        if len(asked) != len(sizes.get(main, ())):
            return Unread(main, "requests workspace in a way that is not analysed")
        buffer_of: dict[int, int] = {}
        history: dict[int, list[tuple[int, int, bool]]] = defaultdict(list)
        counts: dict[int, Accesses] = defaultdict(Accesses)
        held: list[int] = []
        slot_of: dict[int, int] = {}
        for action in actions:
            if isinstance(action, Ask):
                slot_of[action.index] = len(self._requests)
                buffer_of[action.index] = len(self._buffers)
                self._requests.append(Request(None, len(self._buffers), held[-1] if held else None))
                held.append(slot_of[action.index])
                # What no call touches still has to have an address: any step will do.
                size_bytes = sizes[main][action.index]
                self._buffers.append(LiveBuffer(action.variable, "storage", size_bytes, ((0, 1),), 0))
            elif isinstance(action, GiveBack):
                if not held or held[-1] != slot_of[action.index]:
                    return Unread(main, "does not free workspace in the opposite order")
                held.pop()
            else:
                operator = self._operators.read(action.function, packed=packed)
                if operator.unordered is not None:
                    return Unread(action.function, operator.unordered)
                start, number = len(self._steps), self._calls
                self._begin(operator)
                for request, event in _events(operator, action.places, start).items():
                    history[request].append(event)
                for argument, place in enumerate(action.places):
                    if place is not None and place.kind == "request":
                        counts[place.index].add(effect for _, effect in touches(operator, argument))
                base = len(self._requests)
                for scratch, buffer in zip(
                    operator.scratch, self._scratch(operator, number, start), strict=True
                ):
                    youngest = held[-1] if held else None
                    below = youngest if scratch.below is None else base + scratch.below
                    self._requests.append(Request(number, len(self._buffers), below))
                    self._buffers.append(buffer)
        if held:
            return Unread(main, "does not free all of its workspace")
        if not self._steps:
            return Unread(main, "calls no operator")
        for request, events in history.items():
            index = buffer_of[request]
            old = self._buffers[index]
            accesses = counts[request].total(old.size_bytes)
            self._buffers[index] = replace(old, intervals=_intervals(events), accesses=accesses)
        return self._result()

    def _begin(self, operator: OperatorSteps) -> None:
        self._steps += [Step(self._calls, operator.function, nest) for nest in range(len(operator.steps))]
        self._calls += 1
        if operator.coarse is not None:
            self._coarse[operator.function] = operator.coarse

    def _stack(self, call: int, start: int, size_bytes: int, scratch: list[LiveBuffer]) -> None:
        if size_bytes:
            self._stacked.append(StackedCall(call, len(scratch)))
            span, accesses = (start, start + 1), Accesses(unread=1).total(size_bytes)
            scratch.append(LiveBuffer(f"stack of call {call}", "scratch", size_bytes, (span,), accesses))

    @staticmethod
    def _scratch(operator: OperatorSteps, call: int, start: int) -> list[LiveBuffer]:
        """The buffers behind an operator's requests, from the first step that touches each to the last."""
        buffers: list[LiveBuffer] = []
        for number, scratch in enumerate(operator.scratch):
            label = ("scratch", number)
            steps = [i for i, step in enumerate(operator.steps) if label in step] or [0]
            count = Accesses(unread=1 if operator.coarse is not None else 0)
            count.add(step[label] for step in operator.steps if label in step)
            span = (start + steps[0], start + steps[-1] + 1)
            name = f"{scratch.variable} of call {call}"
            if any(buffer.name == name for buffer in buffers):
                name = f"{scratch.variable} ({number}) of call {call}"
            accesses = count.total(scratch.size_bytes)
            buffers.append(LiveBuffer(name, "scratch", scratch.size_bytes, (span,), accesses))
        return buffers

    def _result(self) -> Liveness:
        return Liveness(
            steps=tuple(self._steps),
            buffers=tuple(self._buffers),
            requests=tuple(self._requests),
            stacked=tuple(self._stacked),
            coarse=tuple(CoarseOperator(function, why) for function, why in self._coarse.items()),
        )


def stack_bytes(library: ModelLibrary) -> int:
    """The most that an AOT model whose requests are served as a stack may hold at once."""
    return deepest_stack_bytes(CProgram(library.sources), library.request_sizes, library.main_function)


def deepest_stack_bytes(program: CProgram, sizes: Mapping[str, list[int]], function: str) -> int:
    """All requests of a function, and of that chain of functions below it whose requests are the largest.

    A request in a loop counts once, for it is given back in the same turn.
    """
    known: dict[str, int] = {}
    waiting = [function]
    open_: set[str] = set()
    while waiting:
        name = waiting[-1]
        called = sorted(program.called(name) - {name})
        new = [other for other in called if other in program and other not in known and other not in open_]
        if name not in open_ and new:
            open_.add(name)
            waiting += new
            continue
        waiting.pop()
        own = sum(map(stacked_bytes, sizes.get(name, ())))
        known[name] = own + max((known.get(other, 0) for other in called), default=0)
    return known[function]


def touches(operator: OperatorSteps, argument: int) -> list[tuple[int, Effect]]:
    """(step of the call, effect) for each step that touches one argument's memory."""
    if operator.coarse is not None:
        return [(0, operator.effect_on(argument))]
    label = ("data", argument)
    return [(index, step[label]) for index, step in enumerate(operator.steps) if label in step]


def _events(
    operator: OperatorSteps, places: tuple[Place | None, ...], start: int
) -> dict[int, tuple[int, int, bool]]:
    """Request of the main function -> (first step, last step, whether it begins a new content) in one call."""
    events: dict[int, tuple[int, int, bool]] = {}
    for argument, place in enumerate(places):
        if place is None or place.kind != "request":
            continue
        steps = [start + step for step, _ in touches(operator, argument)]
        if not steps:
            continue
        event = (steps[0], steps[-1], operator.effect_on(argument).defines)
        if place.index in events:
            other = events[place.index]
            event = (min(event[0], other[0]), max(event[1], other[1]), event[2] and other[2])
        events[place.index] = event
    return events


def _intervals(events: list[tuple[int, int, bool]]) -> tuple[tuple[int, int], ...]:
    """When a buffer's content counts: from each step that begins a content to the last that touches it."""
    spans: list[tuple[int, int]] = []
    for first, last, defines in events:
        if spans and (not defines or first <= spans[-1][1]):
            spans[-1] = (spans[-1][0], last + 1)
        else:
            spans.append((first, last + 1))
    return tuple(spans)
