"""One operator's C: its steps, what each of them touches, and the workspace that it requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from generator.liveness.access import OF_ARRAYS, AccessReader
from generator.liveness.labels import ANY, NOTHING, Effect, Label, Labels
from generator.liveness.syntax import (
    ALLOCATE,
    FREE,
    CFunction,
    CProgram,
    UnreadableError,
    arguments,
    call_of,
    kind_of,
    variable,
)

_RECURSION = "calls itself"
_DEPTH = "nests its expressions too deeply"


class Scratch(Struct, frozen=True):
    """A request of an operator. below: number of the youngest request not yet given back then, or None."""

    variable: str
    size_bytes: int
    below: int | None


class OperatorSteps(Struct, frozen=True):
    """What the C of one operator shows.

    steps: what each step touches, at least one; labels as in ``AccessReader``, ``data`` and ``scratch`` only.

    scratch:   its requests in order; those that ``scratch`` labels count.
    coarse:    why its one step stands for the whole operator (``steps`` then names no label), or None.
    unordered: why the order of its requests is not known (``scratch`` is then empty), or None.
    """

    function: str
    steps: tuple[Mapping[Label, Effect], ...]
    scratch: tuple[Scratch, ...]
    coarse: str | None
    unordered: str | None

    def effect_on(self, argument: int) -> Effect:
        """What a whole call does to the memory of one argument, where an operator is called.

        It defines it when it writes it and never reads it, or certainly writes before it reads: TVM's operators
        compute whole tensors, whose memory others have used in between, so what one begins to write it completes.
        """
        effect = self.effect_as_part(argument)
        return replace(effect, defines=effect.defines or (effect.writes and not effect.reads))

    def effect_as_part(self, argument: int) -> Effect:
        """The effect of a call that is a part of an operator, which may complete a tensor bit by bit."""
        if self.coarse is not None:
            return ANY
        found = [step[("data", argument)] for step in self.steps if ("data", argument) in step]
        if not found:
            return Effect(False, False, False)
        return reduce(Effect.then, found)


class OperatorReader:
    """Reads operators of one program, each once. sizes: C function -> sizes of its requests in source order."""

    def __init__(self, program: CProgram, sizes: Mapping[str, Sequence[int]]) -> None:
        self._program = program
        self._sizes = sizes
        self._known: dict[tuple[str, bool], OperatorSteps] = {}
        self._open: set[str] = set()

    def read(self, name: str, *, packed: bool = False) -> OperatorSteps:
        """The steps of an operator.

        packed: whether it takes its arguments as TVM's packed functions do. Never raises for odd code.
        """
        key = (name, packed)
        if key not in self._known:
            self._known[key] = self._read(name, packed)
        return self._known[key]

    def _read(self, name: str, packed: bool) -> OperatorSteps:
        scratch: tuple[Scratch, ...] = ()
        unordered = coarse = None
        steps: tuple[Mapping[Label, Effect], ...] = ({},)
        try:
            function = self._program.function(name)
        except UnreadableError as error:
            asks = name in self._sizes or self._asking_helper(name) is not None
            return OperatorSteps(name, steps, (), error.why, error.why if asks else None)
        try:
            scratch = self._requests(function)
        except UnreadableError as error:
            unordered = coarse = error.why
        if coarse is None:
            try:
                steps = self._steps(function, packed)
            except UnreadableError as error:
                coarse = error.why
            except RecursionError:
                coarse = _DEPTH
        return OperatorSteps(name, steps, scratch, coarse, unordered)

    def _steps(self, function: CFunction, packed: bool) -> tuple[Mapping[Label, Effect], ...]:
        names: dict[str, Labels] = {}
        for position, (name, pointed) in enumerate(function.parameters):
            if pointed == "":
                raise UnreadableError(OF_ARRAYS)
            label = ("data", position) if pointed is not None and not packed else None
            names[name] = frozenset({label}) if label else NOTHING
        if packed:
            if not names:
                raise UnreadableError("takes no arguments")
            names[function.parameters[0][0]] = frozenset({("args", 0)})
        reader = AccessReader(names, self._callee)
        while True:
            before = dict(reader.names)
            touched = [reader.read(statement) for statement in function.statements]
            if reader.names == before:
                return _joined([effects for effects in touched if effects])

    def _callee(self, name: str) -> Sequence[Effect | None] | None:
        if name not in self._program:
            return None
        if name in self._open:
            raise UnreadableError(_RECURSION)
        self._open.add(name)
        try:
            operator = self.read(name)
            if operator.coarse is not None:
                raise UnreadableError(f"calls {name}, which {operator.coarse}")
            parameters = self._program.function(name).parameters
        finally:
            self._open.discard(name)
        return [
            None if pointed is None else operator.effect_as_part(index)
            for index, (_, pointed) in enumerate(parameters)
        ]

    def _requests(self, function: CFunction) -> tuple[Scratch, ...]:
        helper = self._asking_helper(function.name)
        if helper is not None:
            raise UnreadableError(f"calls {helper}, which requests workspace")
        if function.allocations == 0 and function.frees == 0:
            return ()
        scratch: list[Scratch] = []
        held: list[int] = []
        allocations = frees = 0
        sizes = self._sizes.get(function.name, ())
        for statement in function.statements:
            asked, freed = requested_variable(statement), freed_variable(statement)
            if asked is not None and allocations < len(sizes):
                scratch.append(Scratch(asked, sizes[allocations], held[-1] if held else None))
                held.append(allocations)
                allocations += 1
            elif freed is not None:
                if not held or scratch[held[-1]].variable != freed:
                    raise UnreadableError("does not free workspace in the opposite order")
                held.pop()
                frees += 1
        if (allocations, frees) != (function.allocations, function.frees) or allocations != len(sizes):
            raise UnreadableError("requests workspace in a loop or on a condition")
        if held:
            raise UnreadableError("does not free all of its workspace")
        return tuple(scratch)

    def _asking_helper(self, name: str) -> str | None:
        """A function that name calls, directly or indirectly, and that requests workspace; or None."""
        seen = {name}
        waiting = [name]
        while waiting:
            for called in sorted(self._program.called(waiting.pop()) - seen):
                if called in self._sizes:
                    return called
                if called in self._program:
                    seen.add(called)
                    waiting.append(called)
        return None


def requested_variable(statement: Any) -> str | None:
    """The variable to which a statement assigns the workspace that it requests, or None."""
    if kind_of(statement) == "Decl" and call_of(statement.init, ALLOCATE) is not None:
        name: str = statement.name
        return name
    if kind_of(statement) == "Assignment" and call_of(statement.rvalue, ALLOCATE) is not None:
        return variable(statement.lvalue)
    return None


def freed_variable(statement: Any) -> str | None:
    """The variable whose workspace a statement releases, or None."""
    call = call_of(statement, FREE)
    if kind_of(statement) == "If" and kind_of(statement.cond) == "BinaryOp":
        call = call_of(statement.cond.left, FREE)
    given = arguments(call) if call is not None else []
    return variable(given[-1]) if given else None


def _joined(steps: list[dict[Label, Effect]]) -> tuple[Mapping[Label, Effect], ...]:
    """Steps with neighbours that touch the same buffers made one: no lifespan can begin or end between them."""
    joined: list[dict[Label, Effect]] = []
    for step in steps:
        if joined and joined[-1].keys() == step.keys():
            joined[-1] = {label: effect.then(step[label]) for label, effect in joined[-1].items()}
        else:
            joined.append(step)
    return tuple(joined) or ({},)
