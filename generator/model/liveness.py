"""When the bytes of a workspace count, before anything is placed: what the planner is asked about.

Time is counted in steps. A step is one top-level statement of an operator's C that touches memory, a loop
nest mostly: what a step touches is needed all through it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """call: of the run's operator calls, from 0. function: its C function. nest: of the call's steps, from 0."""

    call: int
    function: str
    nest: int


@dataclass(frozen=True)
class LiveBuffer:
    """Memory that has one address all through a run.

    kind:      ``tensor`` (of a graph), ``storage`` (the AOT main function's) or ``scratch`` (an operator's).
    intervals: half-open, in steps, ascending and apart, at least one; between them its content is lost.
    accesses:  loads and stores in a run, as far as the C lets one count them.
    """

    name: str
    kind: str
    size_bytes: int
    intervals: tuple[tuple[int, int], ...]
    accesses: int


@dataclass(frozen=True)
class Request:
    """One ``TVMBackendAllocWorkspace`` call of a run.

    call:       of the operator that makes it, or None for the main function.
    buffer:     index into Liveness.buffers; its size is exactly what is asked for.
    below:      index of the request that is the youngest not yet given back when this one is made, or None.
    """

    call: int | None
    buffer: int
    below: int | None


@dataclass(frozen=True)
class StackedCall:
    """An operator call whose requests are not in a known order: a stack of memory, the buffer, serves them."""

    call: int
    buffer: int


@dataclass(frozen=True)
class CoarseOperator:
    """An operator planned as one step. why: what its function does, as the end of a sentence."""

    function: str
    why: str


@dataclass(frozen=True)
class Liveness:
    """A run of one model. requests: in the order in which the code makes them."""

    steps: tuple[Step, ...]
    buffers: tuple[LiveBuffer, ...]
    requests: tuple[Request, ...]
    stacked: tuple[StackedCall, ...]
    coarse: tuple[CoarseOperator, ...]


@dataclass(frozen=True)
class Unread:
    """No order of requests could be read. function: that hides it; why: the end of a sentence about it."""

    function: str
    why: str


@dataclass(frozen=True)
class Overwrite:
    """A model's output whose bytes an operator uses for something else after they were written.

    tensor: C name of the output. function: the operator. pool, first_byte, end_byte: the bytes they share.
    """

    tensor: str
    function: str
    pool: str
    first_byte: int
    end_byte: int
