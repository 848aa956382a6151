"""The memory table: each pool and region of a board, and what takes how much of it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

from generator.compose.constants import loose_constants
from generator.compose.pools import CONSTANTS
from generator.compose.workspace import Workspace
from generator.model.archive import ModelLibrary
from generator.model.board import Board
from generator.model.options import NONE, GenerateOptions
from generator.model.project import PlacedConstants, PoolBuffer, SampleSet
from generator.model.report import SUMMED_AS, MemoryReport, PeakLine, PoolLine, RegionLine

#: what the report calls what the platform itself takes, where it is not its name
_SYSTEMS = {NONE: "port"}


def memory_report(
    libraries: tuple[ModelLibrary, ...],
    workspaces: Mapping[str, Workspace],
    buffers: tuple[PoolBuffer, ...],
    constants: tuple[PlacedConstants, ...],
    samples: tuple[SampleSet, ...],
    board: Board,
    options: GenerateOptions,
    notes: tuple[str, ...],
    server_bytes: int = 0,
) -> MemoryReport:
    """Pools in the order of the buffers, then constants, then what the archives' own C declares; regions in
    board order.

    server_bytes: variables of the server of hosts.
    """
    pools = [
        PoolLine(
            name=buffer.name,
            kind=buffer.kind,
            region=buffer.region,
            section=buffer.section,
            size_bytes=buffer.size_bytes,
            alignment_bytes=buffer.alignment_bytes,
            owner="application",
            models=buffer.models,
        )
        for buffer in buffers
    ]
    pools += [
        PoolLine(
            name=CONSTANTS,
            kind="constant",
            region=each.region,
            section=each.section,
            size_bytes=each.size_bytes,
            alignment_bytes=each.alignment_bytes,
            owner="application",
            models=(each.model,),
        )
        for each in constants
    ]
    ram = board.pool(board.io_pool).region
    flash = board.pool(board.constant_pool).region
    for library in libraries:
        for pool in library.internal_pools:
            pools.append(
                PoolLine(
                    name=pool.symbol,
                    kind="constant" if pool.constant else "workspace",
                    region=flash if pool.constant else ram,
                    section=pool.section,
                    size_bytes=pool.size_bytes,
                    alignment_bytes=pool.alignment_bytes,
                    owner="archive",
                    models=(library.name,),
                )
            )
    sizes: dict[str, dict[str, int]] = {region.name: {} for region in board.regions}

    def count(region: str, kind: str, size_bytes: int) -> None:
        if size_bytes:
            sizes[region][kind] = sizes[region].get(kind, 0) + size_bytes

    for line in pools:
        count(line.region, SUMMED_AS[line.kind], line.size_bytes)
    placed = {each.model for each in constants}
    for library in libraries:
        # A host keeps a graph's parameters itself, and sends them.
        if options.on_device(library) and library.name not in placed:
            count(flash, "constants", loose_constants(library))
    count(flash, "samples", sum(len(data) for s in samples for data in (*s.inputs, *s.expected)))
    count(ram, "stack", options.stack_bytes)
    count(ram, "server", server_bytes)
    for region in board.regions:
        count(region.name, _SYSTEMS.get(options.rtos, options.rtos), region.system_bytes.get(options.rtos, 0))
        count(region.name, "reserved", options.reserved_bytes.get(region.name, 0))
    return MemoryReport(
        pools=tuple(pools),
        regions=tuple(
            RegionLine(region.name, region.writable, region.size_bytes, tuple(sizes[region.name].items()))
            for region in board.regions
        ),
        peaks=tuple(peak for library in libraries for peak in peak_of(library, workspaces.get(library.name))),
        compiler_bytes=tuple((library.name, library.workspace_bytes) for library in libraries),
        notes=notes,
    )


def peak_of(library: ModelLibrary, workspace: Workspace | None) -> tuple[PeakLine, ...]:
    """The operator during which the most workspace is in use, as far as the archive shows it."""
    if workspace is not None:
        return _planned_peak(library, workspace)
    writable = {pool.name: pool.size_bytes for pool in library.caller_pools if not pool.constant}
    writable |= {pool.symbol: pool.size_bytes for pool in library.internal_pools if not pool.constant}
    return tuple(
        PeakLine(
            library.name,
            top.function,
            writable[top.pool],
            f"its buffer '{top.variable}' has the highest offset in '{top.pool}', {top.offset_bytes:,}",
        )
        for top in library.pool_tops
        if top.pool in writable
    )


def _planned_peak(library: ModelLibrary, workspace: Workspace) -> tuple[PeakLine, ...]:
    """The first step at which the most bytes count, and whose they are, largest first."""
    liveness = workspace.liveness
    if liveness is None:
        return ()
    changes = [0] * (len(liveness.steps) + 1)
    for buffer in liveness.buffers:
        for first, end in buffer.intervals:
            changes[first] += buffer.size_bytes
            changes[end] -= buffer.size_bytes
    live_bytes = list(accumulate(changes))
    step = live_bytes.index(max(live_bytes))
    held = [b for b in liveness.buffers if any(first <= step < end for first, end in b.intervals)]
    buffers = sorted(held, key=lambda buffer: (-buffer.size_bytes, buffer.name))
    return (
        PeakLine(
            library.name,
            liveness.steps[step].function,
            live_bytes[step],
            "live buffers: " + ", ".join(f"{buffer.name} {buffer.size_bytes:,}" for buffer in buffers),
            tuple((buffer.name, buffer.size_bytes) for buffer in buffers),
        ),
    )
