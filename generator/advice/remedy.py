"""What a person can do when a memory is too small: only what has been tried and fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product

from generator.compose.pools import IO
from generator.model.board import Board, BoardPool
from generator.model.memory import align_up
from generator.model.options import GenerateOptions
from generator.model.report import MemoryReport, PoolLine, RegionLine
from generator.wording import counted

#: pools that are tried in other memories together
_TOGETHER = 3


def remedy(report: MemoryReport, board: Board, options: GenerateOptions, short: RegionLine) -> str:
    """What to do about a region that is too small, as a hint.

    short: the region that is too small. Every command named makes the whole project fit.
    """
    for moves in _moves(report, board, options, writable=short.writable):
        if _fits(report, _moved(report, board, moves)):
            commands = " ".join(f"--pool {name}={pool.name}" for name, pool in moves.items())
            free = {region.name: region.free_bytes for region in report.regions}
            room = " and ".join(
                f"'{name}' has {counted(free[board.pool(name).region], 'byte')} free"
                for name in dict.fromkeys(pool.name for pool in moves.values())
            )
            return f"{room}: {commands}"
    if not short.writable:
        return _less_flash(report, short)
    saved = _shared(report, short)
    if saved >= -short.free_bytes and not options.share_workspace:
        return f"if the models never run at the same time, --share-workspace saves {counted(saved, 'byte')}"
    reserved = options.reserved_bytes.get(short.name, 0)
    if reserved >= -short.free_bytes:
        return f"--reserve takes {counted(reserved, 'byte')} of it: reserve {-short.free_bytes:,} less"
    if any(line.owner == "archive" and line.region == short.name for line in report.pools):
        return (
            "the pool is declared in the archive's C and can't be moved: recompile with "
            "WorkspaceMemoryPools (USMP), so that the application places it"
        )
    return (
        "compile the model with USMP (tir.usmp.enable) and I/O in the workspace, or choose a board with more "
        "memory"
    )


def _less_flash(report: MemoryReport, short: RegionLine) -> str:
    samples = dict(short.kinds).get("samples", 0)
    if samples >= -short.free_bytes:
        return (
            f"recorded samples take {counted(samples, 'byte')} of it: leave out --golden, or give fewer sets"
        )
    movable = _movable(report, writable=False).values()
    here = any(line.region == short.name for lines in movable for line in lines)
    why = "no other memory of the board can hold the constants" if here else "constants can't be moved"
    return f"{why}: choose a board with more of this memory, or use a smaller model"


def _option_name(line: PoolLine) -> str:
    """What ``--pool`` calls it: all inputs and outputs go together."""
    return IO if line.kind == "io" else line.name


def _movable(report: MemoryReport, *, writable: bool) -> dict[str, list[PoolLine]]:
    """Pools that ``--pool`` moves to memory that is written to, or to read-only memory; largest first."""
    lines: dict[str, list[PoolLine]] = {}
    for line in report.pools:
        if line.owner == "application" and (line.kind != "constant") == writable:
            lines.setdefault(_option_name(line), []).append(line)
    return dict(sorted(lines.items(), key=lambda item: (-sum(x.size_bytes for x in item[1]), item[0])))


def _moves(
    report: MemoryReport, board: Board, options: GenerateOptions, *, writable: bool
) -> Iterator[Mapping[str, BoardPool]]:
    """Of pools that are written to, or of constants. Fewest moves first, then the largest pools, then the
    fastest memories.
    """
    targets = sorted(
        (
            p
            for p in board.pools
            if board.region(p.region).writable == writable and options.rtos in p.placements
        ),
        key=lambda pool: board.region(pool.region).access_cost,
    )
    names = tuple(_movable(report, writable=writable))
    for count in range(1, min(_TOGETHER, len(names)) + 1):
        for chosen in combinations(names, count):
            for places in product(targets, repeat=count):
                yield dict(zip(chosen, places, strict=True))


def _moved(report: MemoryReport, board: Board, moves: Mapping[str, BoardPool]) -> Mapping[str, int]:
    """Region -> how many bytes more it takes with the moves made."""
    more: dict[str, int] = {}
    movable = _movable(report, writable=True) | _movable(report, writable=False)
    for name, pool in moves.items():
        for line in movable[name]:
            more[line.region] = more.get(line.region, 0) - line.size_bytes
            size_bytes = align_up(line.size_bytes, max(pool.alignment_bytes, line.alignment_bytes))
            more[pool.region] = more.get(pool.region, 0) + size_bytes
    return more


def _fits(report: MemoryReport, more: Mapping[str, int]) -> bool:
    return all(more.get(region.name, 0) <= region.free_bytes for region in report.regions)


def _shared(report: MemoryReport, short: RegionLine) -> int:
    """What sharing saves in a region: of each name but the largest."""
    groups: dict[str, list[int]] = {}
    for line in report.pools:
        if line.region == short.name and line.kind == "workspace" and line.owner == "application":
            groups.setdefault(line.name, []).append(line.size_bytes)
    return sum(sum(sizes) - max(sizes) for sizes in groups.values())
