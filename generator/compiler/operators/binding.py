"""A kernel's pointers tied to an operator's inputs: tensors, or tables where the compiler knows the content."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from generator.compiler.context import Context
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.step import C_TYPES, Constant, Step, Unsupported

_INPUT = re.compile(r"\bin(\d+)\b")


def bound_step(context: Context, kernel: Kernel, positions: Sequence[int] = (0, 1), *notes: str) -> Step:
    """The kernel as a step of the operator.

    ``in0``, ``in1``… in the kernel's body are the operator's inputs at positions. Those that are known become tables
    of the step.
    """
    inputs: list[int] = []
    constants: list[Constant] = []
    names: dict[int, str] = {}
    used = {int(number) for line in kernel.body for number in _INPUT.findall(line)}
    for number, position in enumerate(positions):
        if number not in used:
            continue
        tensor = context.input(position)
        known = context.known(position)
        if known is None:
            names[number] = f"in{len(inputs)}"
            inputs.append(tensor.index)
        else:
            names[number] = f"{{input{number}}}"
            constants.append(table_of(f"input{number}", known, tensor.dtype))
    overlaps = tuple(
        replace(overlap, input=int(names[overlap.input][2:]))
        for overlap in kernel.overlaps
        if names.get(overlap.input, "").startswith("in")
    )
    step = kernel.step(
        context.operator.index, context.operator.kind, tuple(inputs), context.operator.outputs, *notes
    )
    return replace(
        step,
        body=tuple(_INPUT.sub(lambda found: names[int(found[1])], line) for line in kernel.body),
        constants=(*kernel.constants, *constants),
        overlaps=overlaps,
    )


def table_of(name: str, content: np.ndarray, dtype: str) -> Constant:
    """A tensor's content as a table of a step, flattened. Raises Unsupported for element types without a C type."""
    if dtype not in C_TYPES:
        raise Unsupported(f"has a constant of {dtype}")
    values = np.ascontiguousarray(content).reshape(-1)
    return Constant(name, C_TYPES[dtype], values.astype(np.uint8) if dtype == "bool" else values)
