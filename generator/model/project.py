"""A project before it is text: every value that a template prints, computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from generator.model.ides import DEFAULT_IDES

if TYPE_CHECKING:
    from generator.model.board import Board, Setting
    from generator.model.host_driven import HostDriven
    from generator.model.library import Library
    from generator.model.liveness import Liveness, PlacedRun
    from generator.model.memory import MemoryPlan
    from generator.model.port import FreeRtosApplication, PortApplication, ZephyrApplication
    from generator.model.profile import OperatorRecord
    from generator.model.report import MemoryReport


class PoolBuffer(Struct, frozen=True):
    """One static buffer of the application.

    symbol:  C name of the array. kind: ``workspace``, ``state``, ``constant``, ``io``; of a host-driven one also
             ``arena`` and ``session``.
    name:    the pool's name in the archive, or the tensor's for an I/O buffer.
    size_bytes: of the array: the archive's figure rounded up to the alignment.
    checks:  the archive's macros that must not exceed size_bytes (the compile-time fence).
    headers: that define those macros. data_macro: initialiser bytes of a constant pool.
    models:  names of the models that use it.
    """

    symbol: str
    name: str
    kind: str
    pool: str
    region: str
    section: str | None
    size_bytes: int
    alignment_bytes: int
    checks: tuple[str, ...]
    headers: tuple[str, ...]
    data_macro: str | None
    models: tuple[str, ...]


class PlacedConstants(Struct, frozen=True):
    """Constants of one model that no pool of its archive holds, and where they are stored.

    section: None for the compiler's own choice. size_bytes: of all of them together.
    macro:   what stands behind each table in the C of mlfgen's compiler; None for a graph's parameters, whose
             tables are the application's own.
    """

    model: str
    pool: str
    region: str
    section: str | None
    size_bytes: int
    alignment_bytes: int
    macro: str | None


class ProjectTensor(Struct, frozen=True):
    """An input or output as the descriptor prints it. buffer + offset_bytes is its address."""

    name: str
    c_name: str
    ident: str
    dtype: str
    shape: tuple[int, ...]
    size_bytes: int
    scale: float
    zero_point: int
    buffer: str
    offset_bytes: int
    size_macro: str | None


class GraphTensor(Struct, frozen=True):
    """A DLTensor of a graph model: an address and a type."""

    comment: str
    address: str
    code: int
    bits: int
    shape: tuple[int, ...]


class GraphParameter(Struct, frozen=True):
    """A constant array. ctype: C element type; count: of elements; rows: their literals, line by line."""

    symbol: str
    comment: str
    ctype: str
    count: int
    rows: tuple[str, ...]


class GraphStep(Struct, frozen=True):
    """One operator call.

    first_slot, num_slots: of its own requests in the model's slots; stack, stack_offset, stack_bytes: array
    and part of it that serve them as a stack when their order is not known.
    """

    function: str
    first_argument: int
    num_arguments: int
    first_slot: int
    num_slots: int
    stack: str | None
    stack_offset: int
    stack_bytes: int


class WorkspaceSlot(Struct, frozen=True):
    """Where one request for workspace is served; slots are in the order of a run's requests.

    array + offset_bytes is its place. below: the slot of the youngest request still held then, or None;
    counted within its call for a graph.
    """

    comment: str
    size_bytes: int
    array: str
    offset_bytes: int
    below: int | None


class ProjectGraph(Struct, frozen=True):
    """The tables of ``mlf_graph_t``."""

    parameters: tuple[GraphParameter, ...]
    tensors: tuple[GraphTensor, ...]
    arguments: tuple[int, ...]
    steps: tuple[GraphStep, ...]
    functions: tuple[str, ...]
    max_arguments: int


class PoolBinding(Struct, frozen=True):
    """A member of the archive's workspace_pools struct and the buffer it is given."""

    member: str
    symbol: str
    constant: bool


class ProjectModel(Struct, frozen=True):
    """One model of the application.

    ident:     C identifier of the descriptor (``mlf_kws``).
    call:      ``c``, ``packed`` or ``graph``.
    arena:     symbol of the pool buffer that serves TVMBackendAllocWorkspace as a stack, or None.
    slots:     places of its requests for workspace; empty where they take a stack, or where there are none.
    sources:   paths below ``model/codegen`` of its C files.
    on_device: the device runs it as a whole; otherwise a host calls its operators.
    internal_workspace_bytes: what the archive's own C reserves.
    operators: its operators' C functions, with what is known of each.
    reset:     C function that gives the model's state its first content, or None without state.
    """

    name: str
    ident: str
    archive: str
    archive_sha256: str
    call: str
    c_prefix: str
    entry: str | None
    header: str | None
    inputs: tuple[ProjectTensor, ...]
    outputs: tuple[ProjectTensor, ...]
    bindings: tuple[PoolBinding, ...]
    buffers: tuple[str, ...]
    arena: str | None
    internal_workspace_bytes: int
    internal_pools: int
    io_in_workspace: bool
    graph: ProjectGraph | None
    sources: tuple[str, ...]
    cmsis_nn: tuple[str, ...]
    quantized: bool
    slots: tuple[WorkspaceSlot, ...] = ()
    operators: tuple[OperatorRecord, ...] = ()
    on_device: bool = True
    reset: str | None = None


class SampleSet(Struct, frozen=True):
    """One set of inputs for one model, and what must come out (empty: not known).

    inputs, expected: little-endian bytes per tensor, in the model's order.
    tolerance: greatest absolute difference that still counts, 0 for bit for bit.
    """

    model: str
    inputs: tuple[bytes, ...]
    expected: tuple[bytes, ...]


class Project(Struct, frozen=True):
    """Everything the templates print and the emitters copy.

    slug:    folder-safe name. conf_name: Zephyr's file name for the board (``mps2_an500``).
    constants: of models, outside of buffers.
    plans:   memory plans made here, per model name; empty where the compiler had planned.
    timelines: the steps of a run that those plans count in, per model name.
    placed:  per model name, what the compiler placed, as far as its C shows.
    files:   copied byte for byte: (path in the project, content, origin).
    zephyr:  what the templates of Zephyr print, or None for another platform.
    emulated: boards on which Zephyr's tests run it, where they only build it for its own.
    port:    what the templates of FreeRTOS and bare metal print, or None for Zephyr.
    freertos: what its templates print beyond that, or None for another RTOS.
    host:    what a host is offered, or None for an application that runs by itself.
    ides:    that it comes with files for, of IDES.
    library: the names of a library, or None for an application.
    """

    slug: str
    rtos: str
    board: Board
    models: tuple[ProjectModel, ...]
    buffers: tuple[PoolBuffer, ...]
    samples: tuple[SampleSet, ...]
    settings: tuple[Setting, ...]
    overlays: tuple[str, ...]
    stack_bytes: int
    uses_float: bool
    report: MemoryReport
    plans: tuple[tuple[str, MemoryPlan], ...]
    files: tuple[tuple[str, bytes, str], ...]
    port: PortApplication | None = None
    freertos: FreeRtosApplication | None = None
    timelines: tuple[tuple[str, Liveness], ...] = ()
    placed: tuple[tuple[str, PlacedRun], ...] = ()
    host: HostDriven | None = None
    ides: tuple[str, ...] = DEFAULT_IDES
    library: Library | None = None
    constants: tuple[PlacedConstants, ...] = ()
    zephyr: ZephyrApplication | None = None
    emulated: tuple[Board, ...] = ()
