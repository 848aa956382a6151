"""Where each tensor and scratch lies in the workspace: overlaps chosen, the rest left to the planner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from generator.compiler.lifespans import Lifespans, lifespans
from generator.compiler.program import Program
from generator.compiler.step import Step
from generator.model.memory import WORKSPACE, Buffer, MemoryPlan, PlanProblem, Pool, align_up
from generator.planner.api import plan
from generator.planner.solution import Budget

#: of the workspace and of everything in it: what the kernels' word loads and TVM's C take for granted
ALIGNMENT_BYTES = 16


class Laid(Struct, frozen=True):
    """A tensor or scratch in the workspace. over: the tensor whose bytes it may write over, or None."""

    name: str
    offset_bytes: int
    size_bytes: int
    lifespan: tuple[int, int]
    over: int | None = None


class Memory(Struct, frozen=True):
    """The workspace, laid out.

    tensors: root tensor -> place. scratch: step -> place. plan: the planner's, of blocks of overlapping tensors.
    overlapped: (step, input's root, output's root) of each overlap that is made use of.
    """

    size_bytes: int
    tensors: Mapping[int, Laid]
    scratch: Mapping[int, Laid]
    plan: MemoryPlan | None
    overlapped: tuple[tuple[int, int, int], ...]


class _Chance(Struct, frozen=True):
    """An overlap that a step allows: output's root at (input's root) - distance_bytes."""

    step: int
    source: int
    target: int
    distance_bytes: int


class _Block(Struct, frozen=True):
    """Tensors at fixed distances. offsets: root -> bytes from the block's start."""

    offsets: Mapping[int, int]
    size_bytes: int


def lay_out(
    program: Program, steps: Sequence[Step], planner: str = "portfolio", budget: Budget | None = None
) -> Memory:
    """Place every tensor and scratch; overlaps are taken where they lower the peak.

    budget: of the planner, None for the usual one. Raises PlanError from the planner.
    """
    spans = lifespans(program, steps)
    chances = _chances(program, steps, spans)
    plain = _plan(program, steps, spans, (), planner, budget)
    taken = _choose(program, steps, spans, chances)
    if not taken:
        return plain
    overlapped = _plan(program, steps, spans, taken, planner, budget)
    return overlapped if overlapped.size_bytes < plain.size_bytes else plain


def _chances(program: Program, steps: Sequence[Step], spans: Lifespans) -> list[_Chance]:
    """Overlaps whose input dies in the step, is read by it once, and is not what the caller reads later."""
    kept = {program.root(index) for index in program.outputs}
    found = []
    for number, step in enumerate(steps):
        roots = [program.root(index) for index in step.inputs]
        for overlap in step.overlaps:
            source = roots[overlap.input]
            target = program.root(step.outputs[overlap.output])
            if source in program.states or target in program.states or source in kept:
                continue
            dies = spans.end[source] == number + 1
            if dies and roots.count(source) == 1 and spans.first[target] == number:
                found.append(_Chance(number, source, target, overlap.distance_bytes))
    return found


def _choose(
    program: Program, steps: Sequence[Step], spans: Lifespans, chances: Sequence[_Chance]
) -> tuple[_Chance, ...]:
    """Take chances at the step of greatest pressure, one by one, as long as one helps there."""
    taken: list[_Chance] = []
    left = list(chances)
    live = _pressure(_buffers(program, steps, spans, taken), len(steps))
    while left:
        worst = max(live)
        peaks = {number for number, size in enumerate(live) if size == worst}
        best: tuple[tuple[int, int, int], _Chance, list[int]] | None = None
        for chance in left:
            if not any(spans.first[chance.source] <= number < spans.end[chance.target] for number in peaks):
                continue
            if _clashes(chance, taken):
                continue
            tried = _pressure(_buffers(program, steps, spans, [*taken, chance]), len(steps))
            key = (max(tried), sum(size == max(tried) for size in tried), sum(tried))
            if best is None or key < best[0]:
                best = (key, chance, tried)
        now = (worst, len(peaks), sum(live))
        if best is None or best[0][:2] >= now[:2]:
            break
        taken.append(best[1])
        left.remove(best[1])
        live = best[2]
    return tuple(taken)


def _clashes(chance: _Chance, taken: Sequence[_Chance]) -> bool:
    """Whether its output lies over something already, or something else lies over its input."""
    return any(chance.target == other.target or chance.source == other.source for other in taken)


def _blocks(program: Program, spans: Lifespans, taken: Sequence[_Chance]) -> list[_Block]:
    sizes = {root: program.tensors[root].size_bytes for root in spans.first}
    over = {chance.target: chance for chance in taken}
    offsets: dict[int, dict[int, int]] = {}
    head: dict[int, int] = {}
    # In the order of birth a tensor's source is always placed before it; an input of the model and what the first
    # step makes of it are born together.
    for root in sorted(spans.first, key=lambda index: (spans.first[index], index in over, index)):
        chance = over.get(root)
        if chance is None:
            head[root] = root
            offsets[root] = {root: 0}
            continue
        block = head[chance.source]
        head[root] = block
        at = offsets[block][chance.source] - chance.distance_bytes
        offsets[block][root] = at - at % ALIGNMENT_BYTES
    blocks = []
    for members in offsets.values():
        low = min(members.values())
        high = max(at + max(sizes[root], 1) for root, at in members.items())
        blocks.append(_Block({root: at - low for root, at in members.items()}, high - low))
    return blocks


def _buffers(
    program: Program, steps: Sequence[Step], spans: Lifespans, taken: Sequence[_Chance]
) -> list[Buffer]:
    buffers = []
    for block in _blocks(program, spans, taken):
        first = min(spans.first[root] for root in block.offsets)
        end = max(spans.end[root] for root in block.offsets)
        name = "+".join(str(root) for root in sorted(block.offsets))
        buffers.append(Buffer(f"tensor {name}", block.size_bytes, (first, end), ALIGNMENT_BYTES))
    for number, step in enumerate(steps):
        if step.scratch_bytes:
            buffers.append(
                Buffer(f"scratch {number}", step.scratch_bytes, (number, number + 1), ALIGNMENT_BYTES)
            )
    return buffers


def _pressure(buffers: Sequence[Buffer], steps: int) -> list[int]:
    live = [0] * max(steps, 1)
    for buffer in buffers:
        size = align_up(buffer.size_bytes, ALIGNMENT_BYTES)
        for number in range(*buffer.lifespan):
            live[number] += size
    return live


def _plan(
    program: Program,
    steps: Sequence[Step],
    spans: Lifespans,
    taken: Sequence[_Chance],
    planner: str,
    budget: Budget | None,
) -> Memory:
    buffers = _buffers(program, steps, spans, taken)
    problem = PlanProblem(tuple(buffers), (Pool(WORKSPACE, alignment_bytes=ALIGNMENT_BYTES),))
    result = plan(problem, planner, budget=budget)
    at = {allocation.buffer: allocation.offset_bytes for allocation in result.allocations}
    over = {chance.target: chance.source for chance in taken}
    tensors: dict[int, Laid] = {}
    blocks = _blocks(program, spans, taken)
    for block, buffer in zip(blocks, buffers, strict=False):
        for root, offset in block.offsets.items():
            tensor = program.tensors[root]
            tensors[root] = Laid(
                tensor.name or f"tensor {root}",
                at[buffer.name] + offset,
                tensor.size_bytes,
                (spans.first[root], spans.end[root]),
                over.get(root),
            )
    scratch = {
        number: Laid(
            f"scratch of {step.kind}", at[f"scratch {number}"], step.scratch_bytes, (number, number + 1)
        )
        for number, step in enumerate(steps)
        if step.scratch_bytes
    }
    size = max(use.peak_bytes for use in result.uses)
    return Memory(
        align_up(size, ALIGNMENT_BYTES),
        tensors,
        scratch,
        result,
        tuple((chance.step, chance.source, chance.target) for chance in taken),
    )
