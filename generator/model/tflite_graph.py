"""The memory of a .tflite model: which tensors an interpreter holds, and from which operator to which."""

from __future__ import annotations

from msgspec import Struct


class HeldTensor(Struct, frozen=True):
    """A tensor that needs memory while the model runs; constants need none of it.

    index:      in the main subgraph. name: as the model spells it, may be empty or shared by several.
    size_bytes: > 0.
    lifespan:   half-open interval of operator indices [first written, last read + 1).
    touches:    operators that write or read it, each counted once.
    role:       ``input``, ``output``, ``variable`` (kept between runs), ``scratch`` (an operator's own) or
                ``tensor``.
    """

    index: int
    name: str
    dtype: str
    shape: tuple[int, ...]
    size_bytes: int
    lifespan: tuple[int, int]
    touches: int
    role: str


class TfliteGraph(Struct, frozen=True):
    """The main subgraph, in operator order.

    label:     the file's name, without folders.
    operators: kind of each operator (``CONV_2D``); custom ones by their own name.
    unplanned_subgraphs: further subgraphs (bodies of IF and WHILE), whose tensors are not in ``tensors``.
    """

    label: str
    operators: tuple[str, ...]
    tensors: tuple[HeldTensor, ...]
    unplanned_subgraphs: int = 0
