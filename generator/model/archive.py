"""What an archive says, read and checked: no more files, no more dictionaries.

Sources: TVM's Model Library Format (``python/tvm/micro/model_library_format.py``, v0.8 to v0.18) and the
C that ``src/target/source/source_module.cc`` and ``interface_c.cc`` print.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from generator.model.compiled import CompiledModel
    from generator.model.tensor import Tensor


class Executor(Enum):
    """How the archive's operators are put in order."""

    GRAPH = "graph"
    AOT = "aot"


class Interface(Enum):
    """How the entry function takes its arguments."""

    C = "c"
    PACKED = "packed"


def compiled_path(name: str) -> str:
    """Where an archive that mlfgen compiled says more of a model. name: the model's."""
    return f"src/{name}.compiled.json"


class SourceFile(Struct, frozen=True):
    """One C file or header. path: POSIX, relative to ``codegen/host`` (``src/kws_lib0.c``)."""

    path: str
    data: bytes


class CallerPool(Struct, frozen=True):
    """A pool the caller hands to ``run``: a member of ``struct tvmgen_<m>_workspace_pools``.

    name:        the member's name, and the pool's name in TVM's ``WorkspaceMemoryPools``.
    size_macro:  the header's macro for the size; the compile-time fence compares against it.
    constant:    True for a ``ConstantMemoryPools`` pool; then data_macro names its initialiser bytes.
    kept:        True for state: its content counts from run to run, and the entry ``_reset`` gives the first.
    """

    name: str
    size_bytes: int
    size_macro: str
    constant: bool = False
    data_macro: str | None = None
    alignment_bytes: int = 16
    kept: bool = False


class InternalPool(Struct, frozen=True):
    """A static buffer that the archive's own C declares: it must not be reserved a second time.

    section: the ``section("…")`` attribute it carries, or None.
    """

    symbol: str
    size_bytes: int
    section: str | None
    constant: bool
    alignment_bytes: int = 16


class IoPlacement(Struct, frozen=True):
    """Where ``map_inputs``/``map_outputs`` puts a tensor inside a caller pool (USMP with I/O inside)."""

    tensor_c_name: str
    pool: str
    offset_bytes: int


class PoolTop(Struct, frozen=True):
    """The buffer that USMP placed highest in a pool. function: the operator that uses it."""

    pool: str
    function: str
    variable: str
    offset_bytes: int


class WorkspaceCall(Struct, frozen=True):
    """One ``TVMBackendAllocWorkspace`` call in the archive's C.

    function: the C function that makes it; variable: the C variable that receives the address.
    Calls of one function are live together unless freed before the next, in source order.
    """

    function: str
    variable: str
    size_bytes: int


class Operator(Struct, frozen=True):
    """A compiled operator and the scratch that metadata.json reports for it."""

    function: str
    workspace_bytes: int


class Parameter(Struct, frozen=True):
    """A constant of a graph-executor archive. data: little endian, densely packed."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    data: bytes


class GraphEntry(Struct, frozen=True):
    """One tensor of the graph (an output of a node), in the graph's entry order.

    storage_id: entries with the same id share memory. parameter: index into Graph.parameters or None.
    alias_of: index of the entry whose very bytes these are, in another shape (``__nop``), or None; never
    an alias itself.
    """

    node_name: str
    dtype: str
    shape: tuple[int, ...]
    storage_id: int
    parameter: int | None = None
    alias_of: int | None = None


class GraphCall(Struct, frozen=True):
    """One operator call. arguments: indices into Graph.entries, inputs first, then outputs."""

    function: str
    arguments: tuple[int, ...]
    num_inputs: int


class Graph(Struct, frozen=True):
    """The graph JSON of TVM's graph executor, resolved (``__nop`` nodes removed).

    inputs, outputs: indices into entries, in the order of the model's inputs and outputs.
    """

    entries: tuple[GraphEntry, ...]
    parameters: tuple[Parameter, ...]
    calls: tuple[GraphCall, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def owner(self, index: int) -> int:
        """The entry that owns the memory of entry index: itself, unless it is an alias."""
        alias = self.entries[index].alias_of
        return index if alias is None else alias


class ModelLibrary(Struct, frozen=True):
    """One compiled model of an archive.

    name:            the key in ``modules`` (``kws``), always a C identifier after reading.
    c_prefix:        what every symbol of its C starts with (``tvmgen_kws``).
    entry:           the C function that runs it, or None for the graph executor.
    header:          the header that declares the entry (``tvmgen_kws.h``), or None.
    workspace_bytes: what TVM itself says it needs (``workspace_size_bytes``).
    sources:         its own C files and headers, in path order.
    cmsis_nn:        the ``arm_*`` functions its C calls, sorted; empty when it calls none.
    constants_bytes: of all constants, wherever they are kept.
    pool_tops:       who sets the peak of each pool that USMP filled.
    instructions:    instruction-set features its C needs beyond C itself (``dsp`` for Arm's packed SIMD).
    compiled:        what mlfgen's compiler says of it, or None for another compiler's.
    """

    name: str
    c_prefix: str
    executor: Executor
    interface: Interface
    entry: str | None
    header: str | None
    targets: tuple[str, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    workspace_bytes: int
    constants_bytes: int
    operators: tuple[Operator, ...]
    caller_pools: tuple[CallerPool, ...]
    internal_pools: tuple[InternalPool, ...]
    io_placements: tuple[IoPlacement, ...]
    workspace_calls: tuple[WorkspaceCall, ...]
    graph: Graph | None
    sources: tuple[SourceFile, ...]
    cmsis_nn: tuple[str, ...]
    instructions: tuple[str, ...]
    uses_float: bool
    pool_tops: tuple[PoolTop, ...] = ()
    compiled: CompiledModel | None = None

    @property
    def main_function(self) -> str:
        """The C function that calls the operators of an AOT model, in order."""
        return f"{self.c_prefix}___tvm_main__"

    @property
    def request_sizes(self) -> dict[str, list[int]]:
        """C function -> bytes of the workspace that it requests at run time, in source order."""
        sizes: dict[str, list[int]] = {}
        for call in self.workspace_calls:
            sizes.setdefault(call.function, []).append(call.size_bytes)
        return sizes

    @property
    def io_in_workspace(self) -> bool:
        """Whether the compiler placed inputs and outputs in the workspace."""
        return bool(self.io_placements)

    @property
    def calls_allocator(self) -> bool:
        """Whether the operators call TVMBackendAllocWorkspace."""
        return bool(self.workspace_calls)

    @property
    def unplanned(self) -> bool:
        """Whether the compiler left the workspace to be planned."""
        return self.executor is Executor.GRAPH or self.calls_allocator


#: version of the Model Library Format -> versions of TVM that write it
TVM_VERSIONS = {5: "0.8", 7: "0.9 to 0.18"}


class Archive(Struct, frozen=True):
    """An archive, whole.

    label:   what the user called it, without folders (``kws-aot-c-pool.tar``).
    sha256:  of the archive file, or of the sorted (path, content) list of a folder; hex.
    version: of the Model Library Format, 5 or 7.
    tvm_version: from ``external_dependencies``, or None: archives for the graph executor do not state it.
    """

    label: str
    sha256: str
    version: int
    tvm_version: str | None
    models: tuple[ModelLibrary, ...]
