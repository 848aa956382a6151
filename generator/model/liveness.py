"""When the bytes of a workspace count, before anything is placed: what the planner is asked about.

Time is counted in steps. A step is one top-level statement of an operator's C that touches memory, a loop
nest mostly: what a step touches is needed all through it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from generator.model.memory import align_up

if TYPE_CHECKING:
    from generator.model.host_driven import HostOperator

#: what the runtime rounds requests up to when it serves them as a stack
STACK_ALIGNMENT_BYTES = 16
#: of the header that the runtime puts in front of each block of a stack
STACK_HEADER_BYTES = 16


def stacked_bytes(size_bytes: int) -> int:
    """What a request takes of a stack, its header among it."""
    return STACK_HEADER_BYTES + align_up(size_bytes, STACK_ALIGNMENT_BYTES)


def tensor_name(entry: int) -> str:
    """The name of the buffer behind a tensor of a graph, by its entry's index."""
    return f"tensor {entry}"


class Step(Struct, frozen=True):
    """One step of a run.

    call: of the run's operator calls, from 0. function: its C function. nest: of the call's steps, from 0.
    """

    call: int
    function: str
    nest: int


class LiveBuffer(Struct, frozen=True):
    """Memory that has one address all through a run.

    kind:      ``tensor`` (of a graph), ``storage`` (the AOT main function's) or ``scratch`` (an operator's).
    intervals: half-open, in steps, ascending and apart, at least one; between them its content is lost.
    accesses:  loads and stores in a run, as far as the C can be analysed.
    """

    name: str
    kind: str
    size_bytes: int
    intervals: tuple[tuple[int, int], ...]
    accesses: int


class Request(Struct, frozen=True):
    """One ``TVMBackendAllocWorkspace`` call of a run.

    call:       of the operator that makes it, or None for the main function.
    buffer:     index into Liveness.buffers; its size is exactly what is requested.
    below:      index of the request that is the youngest not yet given back when this one is made, or None.
    """

    call: int | None
    buffer: int
    below: int | None


class StackedCall(Struct, frozen=True):
    """An operator call whose requests are not in a known order: a stack of memory, the buffer, serves them."""

    call: int
    buffer: int


class CoarseOperator(Struct, frozen=True):
    """An operator planned as one step. why: what its function does, as the end of a sentence."""

    function: str
    why: str


class Liveness(Struct, frozen=True):
    """A run of one model. requests: in the order in which the code makes them."""

    steps: tuple[Step, ...]
    buffers: tuple[LiveBuffer, ...]
    requests: tuple[Request, ...]
    stacked: tuple[StackedCall, ...]
    coarse: tuple[CoarseOperator, ...]


class Unread(Struct, frozen=True):
    """No order of requests could be read. function: that hides it; why: the end of a sentence about it."""

    function: str
    why: str


class PlacedBuffer(Struct, frozen=True):
    """A buffer that the compiler placed.

    kind: ``tensor``, ``scratch``, ``input`` or ``output``. lifespan: half-open, in steps.
    """

    name: str
    kind: str
    pool: str
    offset_bytes: int
    size_bytes: int
    lifespan: tuple[int, int]

    @property
    def end_byte(self) -> int:
        """The first byte behind it."""
        return self.offset_bytes + self.size_bytes


class PlacedRun(Struct, frozen=True):
    """A run of a model whose compiler placed its buffers.

    pools:    pool -> bytes. in_place: whether buffers may share bytes on purpose.
    unread:   C functions whose buffers are not known.
    """

    steps: tuple[Step, ...]
    buffers: tuple[PlacedBuffer, ...]
    pools: tuple[tuple[str, int], ...]
    in_place: bool = False
    unread: tuple[str, ...] = ()


class Overwrite(Struct, frozen=True):
    """A model's output whose bytes an operator uses for something else after they were written.

    tensor: C name of the output. function: the operator. pool, first_byte, end_byte: the bytes they share.
    """

    tensor: str
    function: str
    pool: str
    first_byte: int
    end_byte: int


class Analysis(Struct, frozen=True):
    """What the C of one model shows beyond its archive's metadata.

    liveness:    when its workspace is live; Unread where that can't be known; None where nothing is planned here.
    stack_bytes: with Unread, the most that a stack of its requests may hold at once; else 0.
    overwrites:  outputs that do not survive the run.
    placed:      where the compiler placed what, and when it is live; None where nothing of it is known.
    operators:   what a host can call, where a host drives the application.
    metadata:    the functions that return the model's own description, likewise.
    """

    liveness: Liveness | Unread | None = None
    stack_bytes: int = 0
    overwrites: tuple[Overwrite, ...] = ()
    operators: tuple[HostOperator, ...] = ()
    metadata: tuple[str, ...] = ()
    placed: PlacedRun | None = None
