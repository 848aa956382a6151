"""The archive's pools become static buffers in the board's memories."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from generator.compose.workspace import owners
from generator.errors import BoardError, UnknownPoolError, UsageError
from generator.model.archive import ModelLibrary
from generator.model.board import Board, BoardPool
from generator.model.memory import WORKSPACE, align_up
from generator.model.options import GenerateOptions
from generator.model.project import PlacedConstants, PoolBuffer

#: names by which ``--pool`` addresses what has no name in the archive
IO = "io"
ARENA = "arena"
STATE = "state"
CONSTANTS = "constants"


class PoolMap:
    """Where the pools of an application go on one board, and why; remembers which mappings were used.

    Raises UsageError for a ``--pool`` that names no pool of the board, BoardError when the RTOS has no
    placement for it.
    """

    def __init__(self, board: Board, options: GenerateOptions) -> None:
        self.board = board
        self.rtos = options.rtos
        self._chosen = dict(options.pools)
        self._used: set[str] = set()
        self.notes: list[str] = []
        for name, targets in self._chosen.items():
            for target in targets.split(","):
                if board.find_pool(target) is None:
                    raise UsageError(
                        f"--pool {name}={targets}: board '{board.name}' has no pool '{target}'",
                        hint="its pools: " + ", ".join(pool.name for pool in board.pools),
                    )
            if "," in targets and name != WORKSPACE:
                raise UsageError(
                    f"--pool {name}={targets}: the pool '{name}' is one array and can't be split",
                    hint=f"give one pool; only '{WORKSPACE}', which mlfgen plans, can be spread",
                )

    def place(self, name: str, *, constant: bool = False) -> BoardPool:
        """The board pool for an archive's pool called name: as ``--pool`` says, else of that name, else the default.

        constant: whether the pool holds constants. Raises UsageError for a choice of several pools, which only a
        workspace that is planned here can use.
        """
        board = self.board
        if name in self._chosen:
            self._used.add(name)
            found = board.find_pool(self._chosen[name])
            if found is None:
                raise UsageError(
                    f"--pool {name}={self._chosen[name]}: the model's compiler placed the pool '{name}' as one array",
                    hint=f"give one pool: --pool {name}={self._chosen[name].partition(',')[0]}",
                )
        else:
            found = None if name == IO else board.find_pool(name)
            if constant and found is not None and board.region(found.region).writable:
                found = None
        if found is None:
            found = board.pool(
                board.constant_pool if constant else board.io_pool if name == IO else board.workspace_pool
            )
            if name not in (IO, WORKSPACE, ARENA, STATE, CONSTANTS):
                kind = "read-only pool" if constant else "pool"
                note = (
                    f"pool '{name}' goes to '{found.name}': board '{board.name}' has no {kind} of that name"
                )
                if note not in self.notes:
                    self.notes.append(note)
        if name == IO:
            self.note_dma(found, "inputs and outputs are")
        return self._placed(found) if constant else self._usable(name, found.name)

    def note_dma(self, place: BoardPool, what: str) -> None:
        """Say so where peripherals can't reach ``what`` (it lies ...) in ``place``."""
        if self.board.region(place.region).dma:
            return
        reached = [pool.name for pool in self.writable() if self.board.region(pool.region).dma]
        hint = f", or choose another with --pool ({', '.join(reached)})" if reached else ""
        note = f"{what} in '{place.name}', which DMA can't access: the CPU has to copy them{hint}"
        if note not in self.notes:
            self.notes.append(note)

    def _usable(self, name: str, target: str) -> BoardPool:
        """The pool named target, which must be writable. UsageError, BoardError if it can't."""
        found = self.board.find_pool(target)
        if found is None or not self.board.region(found.region).writable:
            raise UsageError(
                f"pool '{name}' must be written at run time, but '{target}' is read-only memory",
                hint=f"choose another with --pool {name}=POOL; writable here: " + ", ".join(self._writable()),
            )
        return self._placed(found)

    def _placed(self, found: BoardPool) -> BoardPool:
        """The pool, with which the RTOS has a way to get there. BoardError if it has none."""
        if self.rtos not in found.placements:
            raise BoardError(
                f"pool '{found.name}' of board '{self.board.name}' can't be used with {self.rtos}",
                hint=f"add a '{self.rtos}' placement to the board file",
            )
        return found

    def is_chosen(self, name: str) -> bool:
        """Whether ``--pool`` names the archive's pool."""
        return name in self._chosen

    def candidates(self, name: str) -> tuple[BoardPool, ...]:
        """The board pools that ``--pool NAME=A,B`` names, or the one for the archive pool called name."""
        if "," not in self._chosen.get(name, ""):
            return (self.place(name),)
        self._used.add(name)
        return tuple(self._usable(name, pool) for pool in self._chosen[name].split(","))

    def writable(self) -> tuple[BoardPool, ...]:
        """All pools that are written to, that the RTOS can use and that are not on request, in board order."""
        return tuple(
            pool
            for pool in self.board.pools
            if pool.name in self._writable() and self.rtos in pool.placements and not pool.on_request
        )

    def check_all_used(self, buffers: Iterable[PoolBuffer], constants: Iterable[PlacedConstants]) -> None:
        """UnknownPoolError for a ``--pool`` whose pool no archive has. buffers, constants: what was placed."""
        names = {IO if buffer.kind == "io" else buffer.name for buffer in buffers}
        names |= {CONSTANTS for _ in constants}
        for name in self._chosen:
            if name not in self._used:
                raise UnknownPoolError(
                    f"--pool {name}={self._chosen[name]}: no model has a pool '{name}'",
                    pool=name,
                    hint="pools here: " + (", ".join(sorted(names)) or "none"),
                )

    def _writable(self) -> list[str]:
        return [pool.name for pool in self.board.pools if self.board.region(pool.region).writable]


def workspace_buffers(library: ModelLibrary, ident: str, places: PoolMap) -> tuple[PoolBuffer, ...]:
    """One buffer per caller pool. ident: C prefix of the model's symbols (``mlf_kws``).

    Raises UsageError for constants in memory that nothing initialises.
    """
    buffers = []
    for pool in library.caller_pools:
        place = places.place(pool.name, constant=pool.constant)
        alignment = max(pool.alignment_bytes, place.alignment_bytes)
        if library.io_in_workspace and not pool.constant and not pool.kept:
            places.note_dma(place, f"inputs and outputs of model '{library.name}' may be")
        filled = place.name == places.board.constant_pool or not places.board.region(place.region).writable
        if pool.constant and not filled:
            raise UsageError(
                f"constant pool '{pool.name}' can't go to '{place.name}': nothing initialises that memory",
                hint=f"--pool {pool.name}={places.board.constant_pool}",
            )
        buffers.append(
            PoolBuffer(
                symbol=f"{ident}_{pool.name}",
                name=pool.name,
                kind="constant" if pool.constant else "state" if pool.kept else "workspace",
                pool=place.name,
                region=place.region,
                section=place.placements[places.rtos].section,
                size_bytes=align_up(pool.size_bytes, alignment),
                alignment_bytes=alignment,
                checks=(pool.size_macro,),
                headers=(library.header,) if library.header else (),
                data_macro=pool.data_macro,
                models=(library.name,),
            )
        )
    return tuple(buffers)


def static_buffer(
    symbol: str,
    name: str,
    kind: str,
    size_bytes: int,
    place: BoardPool,
    rtos: str,
    *,
    ordinary: bool = False,
    models: tuple[str, ...] = (),
) -> PoolBuffer:
    """An array that no archive has a say in, rounded up to its place's alignment.

    ordinary: it is a variable like any other: it needs no section, and is zero at start.
    """
    return PoolBuffer(
        symbol=symbol,
        name=name,
        kind=kind,
        pool=place.name,
        region=place.region,
        section=None if ordinary else place.placements[rtos].section,
        size_bytes=align_up(size_bytes, place.alignment_bytes),
        alignment_bytes=place.alignment_bytes,
        checks=(),
        headers=(),
        data_macro=None,
        models=models,
    )


def io_buffers(library: ModelLibrary, ident: str, places: PoolMap) -> tuple[PoolBuffer, ...]:
    """One buffer an input or output, padded to the alignment so that no cache line is shared."""
    if library.io_in_workspace:
        return ()
    place = places.place(IO)
    buffers = []
    tensors = [("in", tensor) for tensor in library.inputs] + [("out", tensor) for tensor in library.outputs]
    for position, (owner, (side, tensor)) in enumerate(zip(owners(library), tensors, strict=True)):
        if owner != position:
            continue
        buffers.append(
            static_buffer(
                f"{ident}_{side}_{tensor.c_name}",
                tensor.name,
                "io",
                tensor.size_bytes,
                place,
                places.rtos,
                ordinary=place.name == places.board.io_pool,
                models=(library.name,),
            )
        )
    return tuple(buffers)


def share_workspace(buffers: tuple[PoolBuffer, ...]) -> tuple[tuple[PoolBuffer, ...], dict[str, str]]:
    """One workspace per board pool and name, as large as the largest; and old symbol -> shared symbol."""
    groups: dict[tuple[str, str], list[PoolBuffer]] = {}
    for buffer in buffers:
        if buffer.kind == "workspace":
            groups.setdefault((buffer.pool, buffer.name), []).append(buffer)
    renamed: dict[str, str] = {}
    shared: list[PoolBuffer] = []
    done: set[tuple[str, str]] = set()
    for buffer in buffers:
        key = (buffer.pool, buffer.name)
        if buffer.kind != "workspace" or len(groups[key]) == 1:
            shared.append(buffer)
            continue
        if key in done:
            continue
        done.add(key)
        group = groups[key]
        symbol = f"mlf_shared_{buffer.name}"
        renamed.update({member.symbol: symbol for member in group})
        shared.append(
            replace(
                buffer,
                symbol=symbol,
                size_bytes=max(member.size_bytes for member in group),
                alignment_bytes=max(member.alignment_bytes for member in group),
                checks=tuple(check for member in group for check in member.checks),
                headers=tuple(header for member in group for header in member.headers),
                models=tuple(model for member in group for model in member.models),
            )
        )
    return tuple(shared), renamed
