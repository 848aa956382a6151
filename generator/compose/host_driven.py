"""What a host-driven application offers, and the memory that takes; every figure from the models and the board.

Sources: TVM's ``src/runtime/graph_executor/graph_executor.cc`` (``SetupStorage``) for what its host allocates,
``mlf/rpc_config.h`` and ``mlf/rpc_framing.h`` for the device.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from msgspec import Struct

from generator.compose.names import model_ident
from generator.compose.pools import ARENA, IO, PoolMap, static_buffer
from generator.compose.port import console_of
from generator.errors import BoardError, DoesNotFitError
from generator.model.archive import Executor, Graph, ModelLibrary
from generator.model.board import Board
from generator.model.host_driven import HostDriven, HostEntry, HostScope
from generator.model.liveness import Analysis, stacked_bytes
from generator.model.memory import align_up
from generator.model.options import ZEPHYR, GenerateOptions
from generator.model.project import PoolBuffer, SampleSet
from generator.model.report import MemoryReport
from generator.model.tensor import size_of
from generator.readers.text.names import sanitise
from generator.wording import counted

PACKET = "mlf_rpc_packet"
RING = "mlf_rpc_ring_bytes"
SCRATCH = "mlf_rpc_scratch"

#: TVM's own host can't receive a larger payload (``MLF_RPC_TVM_PACKET_BYTES``)
PACKET_BYTES = 2048
#: of a message: session, length, code, function, count; then of each tensor, without its dimensions
_CALL_BYTES = 3 + 8 + 4 + 8 + 4
_TENSOR_BYTES = 4 + 8 + 8 + 4 + 4 + 8
#: of the server's variables: for each argument, for each block, and what does not depend on the models
_ARGUMENT_BYTES = 52
_BLOCK_BYTES = 12
_SERVER_BYTES = 496
#: TVM's host allocates storage in elements of 4 bytes, at least 16 apart
_ELEMENT_BYTES = 4
_BLOCK_ALIGNMENT_BYTES = 16
#: a time evaluator's, the longest argument list of the protocol's own
_MIN_ARGUMENTS = 11
#: blocks that a host may want beside its executor's: another set of inputs and outputs, and some
_SPARE_BLOCKS = 8


class HostDrivenProject(Struct, frozen=True):
    """How an application that a host drives is composed; see ``ProjectType``. analyses: by model name."""

    analyses: Mapping[str, Analysis]

    def check_board(self, board: Board, options: GenerateOptions) -> None:
        """BoardError when the board has no UART that a host could be served on."""
        if board.core.hosted:
            raise BoardError(
                "a host-driven application needs a board with a UART; this board's programs run on this computer",
                where=board.name,
                hint="choose an emulated board: `mlfgen boards` lists them",
            )
        if options.rtos != ZEPHYR:
            console = console_of(board)
            if "MLF_CONSOLE_INTERRUPT" not in dict(console.constants):
                raise BoardError(
                    f"driver '{console.name}' has no receive interrupt",
                    where=board.name,
                    hint=f"add 'interrupt: NUMBER' to port.drivers.{console.name} in the board file",
                )

    def session_buffers(self, libraries: tuple[ModelLibrary, ...], places: PoolMap) -> tuple[PoolBuffer, ...]:
        """Arena of the default scope, scratch of operators, packet and receive ring."""
        place = places.place(ARENA)
        size = max(host_bytes(library, place.alignment_bytes) for library in libraries)
        buffers = [_arena(place.name, size, places)]
        scratch = max(
            (
                sum(map(stacked_bytes, sizes))
                for library in libraries
                for function, sizes in library.request_sizes.items()
                if function != library.main_function
            ),
            default=0,
        )
        if scratch:
            buffers.append(_buffer(SCRATCH, "scratch", "workspace", "workspace", scratch, places))
        buffers.append(_buffer(PACKET, "packet", "session", IO, PACKET_BYTES, places))
        buffers.append(_buffer(RING, "receive ring", "session", IO, ring_bytes(PACKET_BYTES), places))
        return tuple(buffers)

    def built_in(self, samples: tuple[SampleSet, ...]) -> tuple[SampleSet, ...]:
        """None: a host sends its own inputs."""
        return ()

    def spare_buffers(
        self, buffers: tuple[PoolBuffer, ...], report: MemoryReport, places: PoolMap
    ) -> tuple[PoolBuffer, ...]:
        """The board's other writable pools: each as large as the default scope, or as its region has room.

        buffers, report: the application's so far. The region of ordinary variables gets no second arena: its free
        bytes are an estimate.
        """
        board = places.board
        default = next(buffer for buffer in buffers if buffer.kind == "arena")
        free = {region.name: region.free_bytes for region in report.regions}
        taken = {default.region, board.pool(board.io_pool).region}
        scopes = []
        for pool in board.pools:
            usable = board.region(pool.region).writable and places.rtos in pool.placements
            size = min(default.size_bytes, free[pool.region]) // pool.alignment_bytes * pool.alignment_bytes
            if usable and pool.region not in taken and size > 0:
                taken.add(pool.region)
                scopes.append(_arena(pool.name, size, places))
        return tuple(scopes)

    def host(self, libraries: tuple[ModelLibrary, ...], buffers: tuple[PoolBuffer, ...]) -> HostDriven:
        """What the device offers to a host.

        buffers: the application's. DoesNotFitError when a call of these models is longer than a packet.
        """
        arguments, dimensions, blocks = self._limits(libraries)
        request = _CALL_BYTES + arguments * _TENSOR_BYTES + dimensions * 8
        if request > PACKET_BYTES:
            raise DoesNotFitError(
                f"a call with {arguments} tensors of {dimensions} dimensions takes {counted(request, 'byte')}, "
                f"but TVM's packets have room for {PACKET_BYTES:,}",
                hint="compile the model for the AOT executor, which the device runs as a whole",
            )
        symbols = {buffer.symbol for buffer in buffers}
        return HostDriven(
            operators=tuple(
                operator for library in libraries for operator in self.analyses[library.name].operators
            ),
            entries=tuple(entry for library in libraries for entry in entries_of(library)),
            metadata=tuple(name for library in libraries for name in self.analyses[library.name].metadata),
            scratch=SCRATCH if SCRATCH in symbols else None,
            limits=(
                ("MLF_RPC_CONFIG_MAX_ARGS", max(arguments, _MIN_ARGUMENTS)),
                ("MLF_RPC_CONFIG_MAX_DIMS", max(dimensions, _MIN_ARGUMENTS)),
                ("MLF_RPC_CONFIG_MAX_BLOCKS", blocks),
            ),
            server_bytes=self.server_bytes(libraries),
            packet_bytes=PACKET_BYTES,
            ring_bytes=ring_bytes(PACKET_BYTES),
            scopes=tuple(
                HostScope(buffer.pool, buffer.symbol, buffer.alignment_bytes)
                for buffer in buffers
                if buffer.kind == "arena"
            ),
        )

    def server_bytes(self, libraries: tuple[ModelLibrary, ...]) -> int:
        """At most what ``mlf_rpc_server_t`` takes on a 32-bit machine; an assertion in the generated C checks it."""
        arguments, dimensions, blocks = self._limits(libraries)
        return (
            max(arguments, _MIN_ARGUMENTS) * _ARGUMENT_BYTES
            + max(dimensions, _MIN_ARGUMENTS) * 8
            + blocks * _BLOCK_BYTES
            + _SERVER_BYTES
        )

    def _limits(self, libraries: tuple[ModelLibrary, ...]) -> tuple[int, int, int]:
        """Most arguments and dimensions of one call, and blocks at one time."""
        arguments = dimensions = blocks = 0
        for library in libraries:
            tensors = (*library.inputs, *library.outputs)
            shapes = [[tensor.printed_shape for tensor in tensors]]
            storage = 0
            if library.graph is not None:
                entries = library.graph.entries
                shapes += [[entries[i].shape for i in call.arguments] for call in library.graph.calls]
                storage = len({entry.storage_id for entry in entries})
            arguments = max(arguments, *(len(each) for each in shapes))
            operators = self.analyses[library.name].operators
            arguments = max([arguments, *(operator.num_arguments for operator in operators)])
            dimensions = max(dimensions, *(sum(len(shape) for shape in each) for each in shapes))
            blocks = max(blocks, storage + len(tensors) + _SPARE_BLOCKS)
        return arguments, dimensions, blocks


def entries_of(library: ModelLibrary) -> tuple[HostEntry, ...]:
    """Names by which hosts know the function that runs the whole model; none for a graph."""
    if library.executor is Executor.GRAPH or library.entry is None:
        return ()
    names = dict.fromkeys((library.main_function, library.entry))
    return tuple(HostEntry(name, model_ident(library.name)) for name in names)


def host_bytes(library: ModelLibrary, alignment_bytes: int) -> int:
    """What a host allocates on the device to run the model: parameters, storage, one more set of I/O.

    A graph executor takes one block for each storage id, as large as its largest tensor. An AOT executor
    runs in the device's own buffers; then only tensors of the host's own remain.
    """
    sizes = [*_storage_bytes(library.graph)] if library.graph is not None else []
    sizes += [tensor.size_bytes for tensor in (*library.inputs, *library.outputs)]
    alignment = max(alignment_bytes, _BLOCK_ALIGNMENT_BYTES)
    return sum(align_up(align_up(size, _ELEMENT_BYTES), alignment) for size in sizes)


def ring_bytes(packet_bytes: int) -> int:
    """``MLF_RPC_RING_MIN_BYTES``: a whole packet with every byte escaped, and one more."""
    return 3 + 2 * (packet_bytes + 6) + 1


def _storage_bytes(graph: Graph) -> list[int]:
    sizes: dict[int, int] = defaultdict(int)
    for entry in graph.entries:
        sizes[entry.storage_id] = max(sizes[entry.storage_id], size_of(entry.dtype, entry.shape))
    return list(sizes.values())


def _arena(pool: str, size_bytes: int, places: PoolMap) -> PoolBuffer:
    symbol = f"mlf_rpc_arena_{sanitise(pool)}"
    return static_buffer(symbol, ARENA, "arena", size_bytes, places.board.pool(pool), places.rtos)


def _buffer(symbol: str, name: str, kind: str, role: str, size_bytes: int, places: PoolMap) -> PoolBuffer:
    place = places.place(role)
    ordinary = place.name == places.board.io_pool and role == IO
    return static_buffer(symbol, name, kind, size_bytes, place, places.rtos, ordinary=ordinary)
