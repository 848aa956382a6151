"""Everything that a model's C shows, read once for those who compose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from generator.model.archive import ModelLibrary
from generator.model.liveness import Analysis, Overwrite, PlacedRun, Unread
from generator.model.options import GenerateOptions


def analyse(
    libraries: Iterable[ModelLibrary], options: GenerateOptions, placed: Mapping[str, PlacedRun] | None = None
) -> dict[str, Analysis]:
    """Model name -> what composing with these options needs to know of its C.

    placed: what is known already of some models, by name; it is not read again.
    """
    known = placed or {}
    return {library.name: _analyse(library, options, known.get(library.name)) for library in libraries}


# What only some models need is loaded for them alone: each module adds to the start of every command.
def _analyse(library: ModelLibrary, options: GenerateOptions, known: PlacedRun | None) -> Analysis:
    liveness, stack = None, 0
    if library.unplanned and options.on_device(library):
        from generator.liveness.timeline import read_liveness, stack_bytes

        liveness = read_liveness(library)
        stack = stack_bytes(library) if isinstance(liveness, Unread) else 0
    overwrites: tuple[Overwrite, ...] = ()
    if library.io_in_workspace:
        from generator.liveness.overwrite import find_overwrites

        overwrites = find_overwrites(library)
    placed = None
    if options.on_device(library) and not library.unplanned:
        if known is not None:
            placed = known
        else:
            from generator.liveness.placed import read_placed

            placed = read_placed(library)
    if not options.host_driven:
        return Analysis(liveness, stack, overwrites, placed=placed)
    from generator.liveness.host_operators import metadata_of, operators_of

    return Analysis(liveness, stack, overwrites, operators_of(library), metadata_of(library), placed)
