"""Operators that only move elements, as copies from a view of one tensor to a view of another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from generator.compiler.c_tables import real_literal
from generator.compiler.context import NUMPY, Context, wrong_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.step import C_TYPES, Alias, Folded, Lowered, Unsupported
from generator.model.network import NetworkTensor


class View(Struct, frozen=True):
    """Elements of a tensor in an order: element [i, j, …] lies at offset + i * strides[0] + j * strides[1] + …

    offset, strides: in elements; a stride may be negative, or 0 where an element is repeated.
    """

    extents: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0

    def take(self, axis: int, begin: int, count: int, step: int = 1) -> View:
        """count elements along axis: begin, begin + step, …"""
        extents, strides = list(self.extents), list(self.strides)
        offset = self.offset + begin * strides[axis]
        extents[axis] = count
        strides[axis] *= step
        return View(tuple(extents), tuple(strides), offset)

    def transpose(self, order: Sequence[int]) -> View:
        """Axis i of the result is axis order[i]."""
        extents = tuple(self.extents[axis] for axis in order)
        return View(extents, tuple(self.strides[axis] for axis in order), self.offset)

    def split(self, axis: int, inner: int) -> View:
        """axis becomes two: extent / inner, and inner."""
        extent, stride = self.extents[axis], self.strides[axis]
        extents = (*self.extents[:axis], extent // inner, inner, *self.extents[axis + 1 :])
        strides = (*self.strides[:axis], stride * inner, stride, *self.strides[axis + 1 :])
        return View(extents, strides, self.offset)

    def broadcast(self, shape: Sequence[int]) -> View:
        """Repeated along missing axes and axes of extent 1. Raises Unsupported where the shapes disagree."""
        missing = len(shape) - len(self.extents)
        if missing < 0 or any(
            own not in (1, new) for own, new in zip(self.extents, shape[missing:], strict=True)
        ):
            raise Unsupported(f"can't broadcast the shape {self.extents} to {tuple(shape)}")
        repeated = [
            stride if own == new else 0
            for own, new, stride in zip(self.extents, shape[missing:], self.strides, strict=True)
        ]
        return View(tuple(shape), (0,) * missing + tuple(repeated), self.offset)

    def indices(self) -> np.ndarray:
        """int64 [extents]: where each element lies."""
        total = np.full(self.extents, self.offset, np.int64)
        for axis, (extent, stride) in enumerate(zip(self.extents, self.strides, strict=True)):
            shape = [1] * len(self.extents)
            shape[axis] = extent
            total += (np.arange(extent, dtype=np.int64) * stride).reshape(shape)
        return total


class Move(Struct, frozen=True):
    """Elements of the operator's input at a position, copied to its output at another."""

    source: View
    target: View
    input: int = 0
    output: int = 0


def view_of(tensor: NetworkTensor) -> View:
    """All of a tensor, in its own order."""
    return dense(tensor.shape)


def dense(shape: Sequence[int]) -> View:
    """The view of a whole tensor, outermost dimension first."""
    strides, step = [], 1
    for extent in reversed(shape):
        strides.append(step)
        step *= extent
    return View(tuple(shape), tuple(reversed(strides)))


def merged(extents: Sequence[int], *strides: Sequence[int]) -> tuple[list[int], list[list[int]]]:
    """(extents, strides of each): the same walk in as few loops as can be."""
    kept: list[int] = []
    rows: list[list[int]] = [[] for _ in strides]
    for axis, extent in enumerate(extents):
        if extent == 1:
            continue
        fits = kept and all(row[-1] == own[axis] * extent for row, own in zip(rows, strides, strict=True))
        if fits:
            kept[-1] *= extent
            for row, own in zip(rows, strides, strict=True):
                row[-1] = own[axis]
        else:
            kept.append(extent)
            for row, own in zip(rows, strides, strict=True):
                row.append(own[axis])
    return kept, rows


def place(offset: int, strides: Sequence[int]) -> str:
    """The C expression of an element's index; loop variables are i0, i1…"""
    terms = [f"i{axis}" if stride == 1 else f"i{axis} * {stride}" for axis, stride in enumerate(strides)]
    terms = [term for term, stride in zip(terms, strides, strict=True) if stride]
    if offset or not terms:
        terms.append(str(offset))
    return " + ".join(terms).replace("+ -", "- ")


def nest(extents: Sequence[int], lines: Sequence[str]) -> list[str]:
    """lines within a loop for each extent."""
    result, indent = [], ""
    for axis, extent in enumerate(extents):
        result.append(f"{indent}for (int32_t i{axis} = 0; i{axis} < {extent}; i{axis}++) {{{{")
        indent += "  "
    result += [indent + line for line in lines]
    for _ in extents:
        indent = indent[2:]
        result.append(indent + "}}")
    return result


def copy_lines(move: Move, element_bytes: int) -> list[str]:
    """C that copies a move's elements: runs by memcpy, others one by one. element_bytes: size of an element."""
    if 0 in move.source.extents:
        return []
    extents, (source, target) = merged(move.source.extents, move.source.strides, move.target.strides)
    run = 1
    if extents and source[-1] == target[-1] == 1:
        run = extents.pop()
        source.pop()
        target.pop()
    to, origin = place(move.target.offset, target), place(move.source.offset, source)
    if run > 1:
        line = f"memcpy(out{move.output} + {to}, in{move.input} + {origin}, {run * element_bytes}u);"
    else:
        line = f"out{move.output}[{to}] = in{move.input}[{origin}];"
    return nest(extents, [line])


def lower_moves(
    context: Context,
    moves: Sequence[Move],
    what: str,
    fill: int | float | None = None,
) -> Lowered:
    """The operator as copies; as constants where everything is known, as an alias where nothing moves.

    what: what the kernel does, for people. fill: what the first output holds where no move writes.
    Raises Unsupported where inputs and outputs differ in element type.
    """
    operator = context.operator
    outputs = [context.output(number) for number in range(len(operator.outputs))]
    used = sorted({move.input for move in moves})
    for move in moves:
        source = context.input(move.input)
        if source.dtype != outputs[move.output].dtype:
            raise Unsupported(f"copies {source.dtype} to {outputs[move.output].dtype}")
        if source.dtype not in C_TYPES:
            raise wrong_dtype(source)
    for output in outputs:
        if output.dtype not in C_TYPES:
            raise wrong_dtype(output)
    if all(context.known(position) is not None for position in used):
        return Folded(operator.index, operator.kind, _folded(context, moves, outputs, fill))
    if len(moves) == 1 and _still(moves[0], context.input(used[0]), outputs[0]):
        note = "moves nothing"
        return Alias(operator.index, operator.kind, context.input(used[0]).index, outputs[0].index, note)
    element_bytes = {position: np.dtype(NUMPY[context.input(position).dtype]).itemsize for position in used}
    body = [] if fill is None else _fill_lines(outputs[0], fill)
    for move in moves:
        body += copy_lines(move, element_bytes[move.input])
    elements = sum(output.elements for output in outputs)
    kernel = Kernel((), tuple(body), description=what, instructions=4 * elements)
    return bound_step(context, kernel, range(max(used) + 1))


def _still(move: Move, source: NetworkTensor, target: NetworkTensor) -> bool:
    extents, (first, second) = merged(move.source.extents, move.source.strides, move.target.strides)
    whole = source.elements == target.elements == int(np.prod(move.source.extents))
    return (
        whole
        and move.source.offset == move.target.offset == 0
        and len(extents) < 2
        and (first, second) in (([], []), ([1], [1]))
    )


def _folded(
    context: Context, moves: Sequence[Move], outputs: Sequence[NetworkTensor], fill: int | float | None
) -> dict[int, np.ndarray]:
    values = {}
    for number, output in enumerate(outputs):
        content = np.full(output.elements, 0 if fill is None else fill, NUMPY[output.dtype])
        for move in moves:
            known = context.known(move.input)
            if move.output == number and known is not None:
                content[move.target.indices().reshape(-1)] = known.reshape(-1)[
                    move.source.indices().reshape(-1)
                ]
        values[output.index] = content.reshape(output.shape)
    return values


def _fill_lines(output: NetworkTensor, fill: int | float) -> list[str]:
    content = np.array([fill], NUMPY[output.dtype]).tobytes()
    if len(set(content)) == 1:
        return [f"memset(out0, {content[0]}, {output.size_bytes}u);"]
    literal = real_literal(fill) if isinstance(fill, float) else str(fill)
    return [f"for (int32_t i = 0; i < {output.elements}; i++) {{{{", f"  out0[i] = {literal};", "}}"]
