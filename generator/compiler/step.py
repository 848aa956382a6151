"""What an operator becomes: a step with its C, an alias, or constants. And how an operator is refused."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct, field

#: C types of the element types that steps pass around
C_TYPES: dict[str, str] = {
    "bool": "uint8_t",
    "int8": "int8_t",
    "uint8": "uint8_t",
    "int16": "int16_t",
    "uint16": "uint16_t",
    "int32": "int32_t",
    "uint32": "uint32_t",
    "int64": "int64_t",
    "uint64": "uint64_t",
    "float32": "float",
}


class Unsupported(Exception):
    """An operator can't be compiled. what: a clause that follows the operator's name; hint: what to do, or None.

    Every operator of a model is tried, and all refusals are reported together.
    """

    def __init__(self, what: str, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


#: what the compiler computes and keeps for a model: folded constants, and state
MAX_KEPT_BYTES = 256 << 20


class TooLarge(Unsupported):
    """There is no room for what an operator needs; those behind it aren't tried."""


def require_room(size_bytes: int) -> None:
    """Raises TooLarge where constants and state of size_bytes are more than the compiler keeps."""
    if size_bytes > MAX_KEPT_BYTES:
        raise TooLarge(
            f"brings computed constants and state to {size_bytes:,} bytes; at most {MAX_KEPT_BYTES:,} are kept",
            "use smaller tensors, or make them inputs of the model",
        )


class Constant(Struct, frozen=True):
    """A table in the model's C.

    name:  of the step's own, made unique by the printer; the body refers to it as ``{name}``.
    c_type: of one element (``int8_t``), or of a struct that a kernel header declares (then values holds rows).
    values: one dimension, or [rows, members] for a struct.
    """

    name: str
    c_type: str
    values: np.ndarray
    alignment_bytes: int = 4

    @property
    def size_bytes(self) -> int:
        """Flash that the table takes."""
        return int(self.values.nbytes)


class Overlap(Struct, frozen=True):
    """How far a step's output may lie over one of its inputs (see docs/kernels.md).

    A distance of 0 means in place: the output starts exactly where the input starts. Any other distance is the
    least: the output may start at any address <= the input's start - distance_bytes (a negative distance lets it
    start inside the input). The step then reads every byte of that input before it writes over it.
    input, output: positions in the step's inputs and outputs.
    """

    input: int = 0
    output: int = 0
    distance_bytes: int = 0


class Step(Struct, frozen=True):
    """One C function of the compiled model.

    operator: index of the operator in the main subgraph. kind: the operator's (``CONV_2D``).
    inputs, outputs: tensors that it reads and writes at run time, by index. Constants are not among them.
    body:     C statements. ``in0``, ``in1``… and ``out0``… are typed pointers to the tensors, ``scratch`` a
              ``void *`` where scratch_bytes > 0; ``{name}`` stands for a constant's or state's C name. Braces of
              C are written ``{{`` and ``}}``.
    headers:  kernel headers that it calls (``conv_s8.h``), of templates/runtime/kernels.
    constants: tables that it reads.
    updates:  positions of inputs that it writes as well as reads: state. Their pointers are not const.
    state:    name -> (element type, initial content) of memory that is the step's own from run to run;
              ``{name}`` is a typed pointer to it.
    scratch_bytes: memory that it needs only while it runs.
    overlaps: where its outputs may lie over its inputs.
    kernel:   what does the work, for people (``1x1, 2 pixels x 2 channels, int8 weights``).
    macs:     multiplications with an addition in one run.
    notes:    what was fused into it and why it is as it is, for people.
    instructions: estimated instructions of one run on a Cortex-M7, or None where nothing is known.
    """

    operator: int
    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    body: tuple[str, ...]
    headers: tuple[str, ...] = ()
    constants: tuple[Constant, ...] = ()
    updates: tuple[int, ...] = ()
    state: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    scratch_bytes: int = 0
    overlaps: tuple[Overlap, ...] = ()
    kernel: str = ""
    macs: int = 0
    notes: tuple[str, ...] = ()
    instructions: int | None = None

    @property
    def constants_bytes(self) -> int:
        """Flash that the step's tables take, without padding between them."""
        return sum(constant.size_bytes for constant in self.constants)


class Alias(Struct, frozen=True):
    """The operator's output has the very bytes of its input: no code. note: why, for people."""

    operator: int
    kind: str
    source: int
    target: int
    note: str = "same bytes in another shape"


class Folded(Struct, frozen=True):
    """The operator's outputs are known before the model runs. values: tensor index -> content."""

    operator: int
    kind: str
    values: Mapping[int, np.ndarray]
    note: str = "computed by the compiler"


class Handle(Struct, frozen=True):
    """The operator's output stands for a resource variable. key: what identifies it in the whole model."""

    operator: int
    kind: str
    target: int
    key: tuple[str, str]


class VariableAccess(Struct, frozen=True):
    """The operator copies a resource variable to a tensor (read) or a tensor to the variable."""

    operator: int
    kind: str
    handle: int
    tensor: int
    read: bool


class Call(Struct, frozen=True):
    """The operator runs another subgraph once, before the first run: it initialises variables."""

    operator: int
    kind: str
    subgraph: int


Lowered = Step | Alias | Folded | Handle | VariableAccess | Call
