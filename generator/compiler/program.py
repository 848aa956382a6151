"""A legalised model: steps in an order in which they can run, over tensors that need memory."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from generator.compiler.step import Lowered, Step
from generator.model.network import NetworkTensor


class Fused(Struct, frozen=True):
    """An operator that its neighbour does along. into: index of that operator."""

    operator: int
    kind: str
    into: int
    note: str


class Program(Struct, frozen=True):
    """A model ready to be scheduled and placed.

    tensors:  the main subgraph's, then those of states; a tensor's place in the tuple is its index.
    aliases:  tensor -> the tensor whose bytes it has, never itself an alias.
    states:   tensor -> its content before the first run. They keep their bytes between runs.
    inputs, outputs: of the model, in order.
    records:  what became of each operator, in the model's order.
    """

    label: str
    tensors: tuple[NetworkTensor, ...]
    steps: tuple[Step, ...]
    aliases: Mapping[int, int]
    states: Mapping[int, bytes]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    records: tuple[Lowered | Fused, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def root(self, tensor: int) -> int:
        """The tensor that holds the bytes of a tensor."""
        return self.aliases.get(tensor, tensor)
