"""Where a compiler placed what, and when it is live, read from an archive's C.

An AOT main function passes addresses in the pools to its operators; what an operator writes behind one is that
buffer's size. Scratch is what an operator places itself, behind a pool that it is given as a whole. A step is a
top-level statement of an operator; a buffer lives from the first that mentions it to the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from generator.liveness.extent import written_bytes
from generator.liveness.main_function import Call, Place, read_main
from generator.liveness.pool_arguments import counts_bytes, pool_arguments, tensor_of
from generator.liveness.syntax import CFunction, CProgram, UnreadableError, kind_of
from generator.model.archive import ModelLibrary
from generator.model.compiled import CompiledModel
from generator.model.liveness import PlacedBuffer, PlacedRun, Step


def read_placed(library: ModelLibrary) -> PlacedRun | None:
    """None where the compiler placed nothing in the workspace, or where nothing of it can be read."""
    pools = {
        pool.name: pool.size_bytes for pool in library.caller_pools if not pool.constant and not pool.kept
    }
    pools |= {pool.symbol: pool.size_bytes for pool in library.internal_pools if not pool.constant}
    if library.compiled is not None:
        return _of_compiled(library.compiled, pools)
    if library.graph is not None or library.unplanned or not pools:
        return None
    program = CProgram(library.sources)
    main = library.main_function
    try:
        arguments = pool_arguments(program, library.entry or "", main)
        actions = read_main(program, main, packed=False) if counts_bytes(program, main) else ()
    except UnreadableError:
        return None
    reader = _Reader(program, arguments, pools)
    for action in actions:
        if isinstance(action, Call):
            reader.read(action)
    reader.hold({tensor.c_name for tensor in library.inputs}, {tensor.c_name for tensor in library.outputs})
    return reader.run()


def _of_compiled(model: CompiledModel, pools: dict[str, int]) -> PlacedRun | None:
    if len(pools) != 1 or not model.buffers:
        return None
    ((pool, size_bytes),) = pools.items()
    return PlacedRun(
        steps=tuple(Step(number, layer.function, 0) for number, layer in enumerate(model.layers)),
        buffers=tuple(
            PlacedBuffer(b.name, b.kind, pool, b.offset_bytes, b.size_bytes, b.lifespan)
            for b in model.buffers
        ),
        pools=((pool, size_bytes),),
        in_place=True,
    )


class _Open(Struct):
    """A buffer being read. size_bytes: of what is seen to be written, 0 so far when nothing is."""

    name: str
    kind: str
    pool: str
    offset_bytes: int
    size_bytes: int
    first: int
    end: int


class _Reader:
    def __init__(self, program: CProgram, arguments: tuple[str, ...], pools: dict[str, int]) -> None:
        self._program = program
        self._arguments = arguments
        self._pools = pools
        self._steps: list[Step] = []
        self._tensors: dict[str, _Open] = {}
        self._found: list[_Open] = []
        self._unread: list[str] = []
        self._calls = 0

    def read(self, call: Call) -> None:
        start, number = len(self._steps), self._calls
        self._calls += 1
        try:
            function = self._program.function(call.function)
            written = written_bytes(function)
        except (UnreadableError, RecursionError):
            self._unread.append(call.function)
            self._steps.append(Step(number, call.function, 0))
            for _, place in self._places(call):
                self._touch(place, start, start + 1)
            return
        count = max(1, len(function.statements))
        self._steps += [Step(number, call.function, nest) for nest in range(count)]
        mentioned = _mentions(function)
        for parameter, place in self._places(call):
            if place.name:
                at = mentioned.get(function.parameters[parameter][0], [0])
                open_ = self._touch(place, start + at[0], start + at[-1] + 1)
                ends = [w.end_byte for w in written if w.parameter == parameter]
                open_.size_bytes = max([open_.size_bytes, *ends])
                continue
            scratch: dict[str, _Open] = {}
            for write in written:
                if write.parameter != parameter or write.variable == function.parameters[parameter][0]:
                    continue
                at = mentioned.get(write.variable, [write.statement])
                offset = place.offset + write.first_byte
                known = scratch.get(write.variable)
                if known is None:
                    known = scratch[write.variable] = _Open(
                        f"{write.variable.removesuffix('_let')} of call {number}",
                        "scratch",
                        self._arguments[place.index],
                        offset,
                        0,
                        start + at[0],
                        start + at[-1] + 1,
                    )
                end = max(known.offset_bytes + known.size_bytes, place.offset + write.end_byte)
                known.offset_bytes = min(known.offset_bytes, offset)
                known.size_bytes = end - known.offset_bytes
            self._found += scratch.values()

    def _places(self, call: Call) -> list[tuple[int, Place]]:
        """Arguments that point into a pool."""
        return [
            (number, place)
            for number, place in enumerate(call.places)
            if place is not None
            and place.kind == "parameter"
            and place.index < len(self._arguments)
            and self._arguments[place.index] in self._pools
        ]

    def _touch(self, place: Place, first: int, end: int) -> _Open:
        known = self._tensors.get(place.name)
        if known is None:
            pool = self._arguments[place.index]
            known = _Open(place.name.removesuffix("_let"), "tensor", pool, place.offset, 0, first, end)
            if place.name:
                self._tensors[place.name] = known
        known.end = max(known.end, end)
        return known

    def hold(self, inputs: set[str], outputs: set[str]) -> None:
        """The caller fills inputs before the run and reads outputs behind it. By C name."""
        for name, tensor in self._tensors.items():
            c_name = tensor_of(name)
            if c_name in inputs:
                tensor.kind, tensor.first = "input", 0
            elif c_name in outputs:
                tensor.kind, tensor.end = "output", len(self._steps)

    def run(self) -> PlacedRun | None:
        found = [*self._tensors.values(), *self._found]
        buffers = tuple(
            PlacedBuffer(o.name, o.kind, o.pool, o.offset_bytes, o.size_bytes, (o.first, o.end))
            for o in found
            if o.size_bytes and o.offset_bytes + o.size_bytes <= self._pools[o.pool]
        )
        if not buffers:
            return None
        used = {buffer.pool for buffer in buffers}
        pools = tuple((name, size) for name, size in self._pools.items() if name in used)
        return PlacedRun(tuple(self._steps), buffers, pools, unread=tuple(dict.fromkeys(self._unread)))


def _mentions(function: CFunction) -> dict[str, list[int]]:
    """Name -> the statements that use it, ascending; a declaration that gives it its address does not."""
    found: dict[str, list[int]] = {}
    for number, statement in enumerate(function.statements):
        node = statement.init if kind_of(statement) == "Decl" else statement
        if kind_of(statement) == "Decl" and statement.name.endswith("_let"):
            continue
        for name in _names(node):
            at = found.setdefault(name, [])
            if not at or at[-1] != number:
                at.append(number)
    return found


def _names(node: Any) -> Iterator[str]:
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if here is None:
            continue
        if kind_of(here) == "ID":
            yield here.name
        waiting += [child for _, child in here.children()]
