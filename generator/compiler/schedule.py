"""The order of the steps: the one with the least memory pressure where a graph branches."""

from __future__ import annotations

from msgspec import Struct

from generator.compiler.lifespans import pressure_bytes
from generator.compiler.program import Program
from generator.compiler.step import Step
from generator.model.memory import align_up

#: sets of done steps that the search looks at before it keeps the model's own order
_MAX_STATES = 20_000


def schedule(program: Program, alignment_bytes: int) -> tuple[Step, ...]:
    """The steps in an order of least peak pressure; the model's own where none is better.

    The search is exact while it sees fewer than 20,000 sets of done steps: dynamic programming over the sets
    that are closed under the steps' dependencies, which are few in a network.
    """
    order = _least_pressure(program, alignment_bytes)
    if order is None:
        return program.steps
    found = tuple(program.steps[number] for number in order)
    if max(pressure_bytes(program, found, alignment_bytes)) < max(
        pressure_bytes(program, program.steps, alignment_bytes)
    ):
        return found
    return program.steps


class _Node(Struct):
    """The best way known to have done a set of steps. peak: of the pressure so far, in bytes."""

    peak: int
    held: int
    last: int
    before: frozenset[int]


def _least_pressure(program: Program, alignment_bytes: int) -> list[int] | None:
    """Step numbers in the best order, or None where the search is too large or there is but one order."""
    needs = _dependencies(program)
    steps = program.steps
    sizes = {
        root: align_up(program.tensors[root].size_bytes, alignment_bytes)
        for root in {program.root(i) for step in steps for i in (*step.inputs, *step.outputs)}
        | {program.root(i) for i in program.inputs}
        if root not in program.states
    }
    readers: dict[int, set[int]] = {root: set() for root in sizes}
    for number, step in enumerate(steps):
        for index in step.inputs:
            root = program.root(index)
            if root in readers:
                readers[root].add(number)
    kept = {program.root(index) for index in program.outputs}
    start = sum(sizes.get(program.root(index), 0) for index in dict.fromkeys(program.inputs))
    layer: dict[frozenset[int], _Node] = {frozenset(): _Node(start, start, -1, frozenset())}
    history: list[dict[frozenset[int], _Node]] = []
    seen = 0
    for _ in steps:
        following: dict[frozenset[int], _Node] = {}
        for done, node in layer.items():
            for number, need in enumerate(needs):
                if number in done or not need <= done:
                    continue
                step = steps[number]
                born = sum(sizes.get(program.root(i), 0) for i in step.outputs)
                scratch = align_up(step.scratch_bytes, alignment_bytes)
                after = done | {number}
                dead = sum(
                    sizes[root]
                    for root in {program.root(i) for i in (*step.inputs, *step.outputs)}
                    if root in sizes and root not in kept and readers[root] <= after
                )
                peak = max(node.peak, node.held + born + scratch)
                better = following.get(after)
                if better is None or (peak, number) < (better.peak, better.last):
                    following[after] = _Node(peak, node.held + born - dead, number, done)
        seen += len(following)
        if seen > _MAX_STATES:
            return None
        history.append(following)
        layer = following
    if all(len(layer) == 1 for layer in history):
        return None
    order: list[int] = []
    done = frozenset(range(len(steps)))
    for layer in reversed(history):
        node = layer[done]
        order.append(node.last)
        done = node.before
    return order[::-1]


def _dependencies(program: Program) -> list[frozenset[int]]:
    """Step -> the steps that must come before it: writers of what it reads, and all that touched its state."""
    writer: dict[int, int] = {}
    touched: dict[int, list[int]] = {}
    needs: list[frozenset[int]] = []
    for number, step in enumerate(program.steps):
        need = {writer[root] for i in step.inputs if (root := program.root(i)) in writer}
        for root in {program.root(i) for i in (*step.inputs, *step.outputs)} & program.states.keys():
            need.update(touched.get(root, ()))
            touched.setdefault(root, []).append(number)
        for index in step.outputs:
            writer[program.root(index)] = number
        needs.append(frozenset(need - {number}))
    return needs
