"""When each tensor of a program needs its bytes, in steps of one order; and the memory pressure of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from generator.compiler.program import Program
from generator.compiler.step import Step
from generator.model.memory import align_up


class Lifespans(Struct, frozen=True):
    """When each tensor needs its bytes.

    first, end: root tensor -> half-open interval [first, end) of steps. States are not in it.

    readers: root tensor -> the steps that read it, in order.
    """

    first: Mapping[int, int]
    end: Mapping[int, int]
    readers: Mapping[int, tuple[int, ...]]


def lifespans(program: Program, steps: Sequence[Step]) -> Lifespans:
    """Inputs live from step 0, outputs to the end, everything else from its writer to its last reader."""
    first: dict[int, int] = {}
    end: dict[int, int] = {}
    readers: dict[int, list[int]] = {}
    last = max(len(steps), 1)
    for index in program.inputs:
        first[program.root(index)] = 0
        end[program.root(index)] = 1
    for number, step in enumerate(steps):
        for index in step.outputs:
            root = program.root(index)
            if root not in program.states:
                first.setdefault(root, number)
                end[root] = number + 1
        for index in step.inputs:
            root = program.root(index)
            if root not in program.states:
                end[root] = max(end[root], number + 1)
                readers.setdefault(root, []).append(number)
    for index in program.outputs:
        end[program.root(index)] = last
    return Lifespans(first, end, {root: tuple(row) for root, row in readers.items()})


def pressure_bytes(program: Program, steps: Sequence[Step], alignment_bytes: int) -> list[int]:
    """Live bytes at each step, scratch included; every tensor and scratch is rounded up to the alignment.

    [max(steps, 1)].
    """
    spans = lifespans(program, steps)
    live = [0] * max(len(steps), 1)
    for root, start in spans.first.items():
        size = align_up(program.tensors[root].size_bytes, alignment_bytes)
        for number in range(start, spans.end[root]):
            live[number] += size
    for number, step in enumerate(steps):
        live[number] += align_up(step.scratch_bytes, alignment_bytes)
    return live
