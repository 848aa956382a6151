"""Where constants go that the archive keeps in no pool: tables of compiled models, a graph's parameters."""

from __future__ import annotations

from generator.compose.pools import CONSTANTS, PoolMap
from generator.errors import UsageError
from generator.model.archive import ModelLibrary
from generator.model.project import PlacedConstants


def loose_constants(library: ModelLibrary) -> int:
    """Bytes of constants outside any pool: a graph's parameters, or arrays in the archive's C."""
    if library.graph is not None:
        return sum(len(parameter.data) for parameter in library.graph.parameters)
    pooled = sum(pool.size_bytes for pool in library.caller_pools if pool.constant)
    pooled += sum(pool.size_bytes for pool in library.internal_pools if pool.constant)
    return max(0, library.constants_bytes - pooled)


def place_constants(libraries: tuple[ModelLibrary, ...], places: PoolMap) -> tuple[PlacedConstants, ...]:
    """Where the constants of each model go, if they can be moved; C of another compiler decides that itself.

    libraries: those that run on the device. Raises UsageError for memory that nothing initialises, BoardError when
    the RTOS has no placement for it.
    """
    found = []
    for library in libraries:
        size_bytes = loose_constants(library)
        if not size_bytes or (library.compiled is None and library.graph is None):
            continue
        place = places.place(CONSTANTS, constant=True)
        # A board whose image is loaded into RAM as a whole has its own constants there.
        if places.board.region(place.region).writable and place.name != places.board.constant_pool:
            raise UsageError(
                f"constants can't go to '{place.name}': nothing initialises that memory",
                hint=f"--pool {CONSTANTS}={places.board.constant_pool}",
            )
        found.append(
            PlacedConstants(
                model=library.name,
                pool=place.name,
                region=place.region,
                section=place.placements[places.rtos].section,
                size_bytes=size_bytes,
                alignment_bytes=place.alignment_bytes,
                macro=f"{library.c_prefix.upper()}_CONSTANT" if library.compiled is not None else None,
            )
        )
    return tuple(found)
