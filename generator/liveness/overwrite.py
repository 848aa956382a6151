"""Outputs that an archive's own plan loses: with I/O in the workspace some operator may write over one.

The compiler placed everything, so nothing can be planned here; but who reads the outputs should know.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from generator.liveness.extent import Written, written_bytes
from generator.liveness.main_function import Call, read_main
from generator.liveness.pool_arguments import counts_bytes, pool_arguments, tensor_of
from generator.liveness.syntax import CProgram, UnreadableError
from generator.model.archive import IoPlacement, ModelLibrary
from generator.model.liveness import Overwrite


class _Write(Struct, frozen=True):
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
        pools = pool_arguments(program, library.entry or "", main)
        actions = read_main(program, main, packed=False) if counts_bytes(program, main) else ()
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
    own = [i for i, write in enumerate(writes) if tensor_of(write.target or "") == place.tensor_c_name]
    if not own:
        return None
    for write in writes[own[-1] + 1 :]:
        common = max(first, write.first_byte), min(end, write.end_byte)
        if write.pool == place.pool and common[0] < common[1]:
            return Overwrite(place.tensor_c_name, write.function, place.pool, *common)
    return None


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
