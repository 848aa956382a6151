"""Outputs that an archive's own plan loses: with I/O in the workspace some operator may write over one.

The compiler placed everything, so nothing can be planned here; but who reads the outputs should know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.liveness.extent import Written, written_bytes
from generator.liveness.main_function import Call, read_main
from generator.liveness.syntax import CProgram, UnreadableError, arguments, kind_of
from generator.model.archive import IoPlacement, ModelLibrary
from generator.model.liveness import Overwrite


@dataclass(frozen=True)
class _Write:
    """A write of the run, in pool bytes. target: the main function's name for the address, or None."""

    function: str
    pool: str
    target: str | None
    first_byte: int
    end_byte: int


def find_overwrites(library: ModelLibrary) -> tuple[Overwrite, ...]:
    """One a lost output: the first operator that certainly writes over it after it is complete.

    library: an AOT model with ``io_placements``. Code that can't be read is taken to do nothing.
    """
    program = CProgram(library.sources)
    main = library.main_function
    try:
        pools = _pools(program, library.entry or "", main)
        actions = read_main(program, main, packed=False) if _counts_bytes(program, main) else ()
    except UnreadableError:
        return ()
    writes = [
        write for action in actions if isinstance(action, Call) for write in _writes(program, action, pools)
    ]
    sizes = {tensor.c_name: tensor.size_bytes for tensor in library.outputs}
    found = (
        _lost(place, sizes[place.tensor_c_name], writes)
        for place in library.io_placements
        if place.tensor_c_name in sizes
    )
    return tuple(overwrite for overwrite in found if overwrite is not None)


def _lost(place: IoPlacement, size_bytes: int, writes: list[_Write]) -> Overwrite | None:
    first, end = place.offset_bytes, place.offset_bytes + size_bytes
    own = [index for index, write in enumerate(writes) if _is(write.target, place.tensor_c_name)]
    if not own:
        return None
    for write in writes[own[-1] + 1 :]:
        common = max(first, write.first_byte), min(end, write.end_byte)
        if write.pool == place.pool and common[0] < common[1]:
            return Overwrite(place.tensor_c_name, write.function, place.pool, *common)
    return None


def _is(target: str | None, c_name: str) -> bool:
    """Whether the main function's variable is the one for an output: TVM appends to the output's name."""
    return target is not None and target.removeprefix(c_name) in ("", "_buffer_var", "_buffer_var_let")


def _pools(program: CProgram, entry: str, main: str) -> tuple[str, ...]:
    """The pool that each parameter of the main function points at, from the entry function's call of it."""
    if entry not in program or main not in program:
        raise UnreadableError("is not in the archive")
    for statement in program.function(entry).statements:
        call = statement.expr if kind_of(statement) == "Return" else statement
        if kind_of(call) == "FuncCall" and call.name.name == main:
            given = arguments(call)
            if all(kind_of(argument) == "StructRef" for argument in given):
                return tuple(argument.field.name for argument in given)
    raise UnreadableError("calls the main function in a way that is not followed")


def _counts_bytes(program: CProgram, main: str) -> bool:
    """Whether an index into each pool counts bytes, as the placements do."""
    return all(pointed in ("uint8_t", "int8_t") for _, pointed in program.function(main).parameters)


def _writes(program: CProgram, call: Call, pools: tuple[str, ...]) -> Iterator[_Write]:
    """What one operator call writes, in the order of its statements."""
    try:
        written: tuple[Written, ...] = written_bytes(program.function(call.function))
    except (UnreadableError, RecursionError):
        return
    for write in written:
        place = call.places[write.parameter] if write.parameter < len(call.places) else None
        if place is not None and place.kind == "parameter" and place.index < len(pools):
            yield _Write(
                call.function,
                pools[place.index],
                place.name or None,
                place.offset + write.first_byte,
                place.offset + write.end_byte,
            )
