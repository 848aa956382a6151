"""Memory that a model keeps from run to run, one after the other in a pool of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from generator.compiler.memory import ALIGNMENT_BYTES
from generator.compiler.program import Program
from generator.compiler.step import Step
from generator.model.memory import align_up


class StateLayout(Struct, frozen=True):
    """Where states lie, as offsets in bytes.

    tensors: state tensor -> offset. own: (step, name) -> offset of a step's own state.
    contents: (offset, first content), in order of the offsets.
    """

    size_bytes: int
    tensors: Mapping[int, int]
    own: Mapping[tuple[int, str], int]
    contents: tuple[tuple[int, bytes], ...]


def lay_out_state(program: Program, steps: Sequence[Step]) -> StateLayout:
    """All states live always, so there is nothing to plan."""
    tensors: dict[int, int] = {}
    own: dict[tuple[int, str], int] = {}
    contents: list[tuple[int, bytes]] = []
    end = 0

    def place(content: bytes) -> int:
        nonlocal end
        at = end
        contents.append((at, content))
        end = align_up(at + len(content), ALIGNMENT_BYTES)
        return at

    used = {program.root(i) for step in steps for i in (*step.inputs, *step.outputs)}
    for index in sorted(program.states):
        if index in used and program.states[index]:
            tensors[index] = place(program.states[index])
    for number, step in enumerate(steps):
        for name, (_, content) in step.state.items():
            own[number, name] = place(content)
    return StateLayout(end, tensors, own, tuple(contents))
