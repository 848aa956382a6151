"""Steps whose inputs may be constants: those become tables, and the step reads fewer tensors."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from generator.compiler.context import Context
from generator.compiler.step import C_TYPES, Constant, Overlap, Step

_INPUT = re.compile(r"\bin([0-9]+)\b")


def as_inputs(context: Context, step: Step) -> Step:
    """step, written as if all its inputs were computed, with those that are known as tables of its own.

    ``in0``, ``in1``… keep their meaning in the body. Tables' names are ``constant0``…
    """
    constants: list[Constant] = []
    kept: list[int] = []
    moved: dict[int, int] = {}
    for position, index in enumerate(step.inputs):
        tensor = context.tensors[index]
        known = context.content(tensor)
        if known is None:
            moved[position] = len(kept)
            kept.append(index)
            continue
        constants.append(
            Constant(f"constant{position}", C_TYPES[tensor.dtype], np.ascontiguousarray(known).reshape(-1))
        )
    if not constants:
        return step
    names = {position: f"in{place}" for position, place in moved.items()}
    names |= {
        position: f"{{constant{position}}}" for position in range(len(step.inputs)) if position not in moved
    }
    body = tuple(_renamed(line, names) for line in step.body)
    overlaps = tuple(
        Overlap(moved[overlap.input], overlap.output, overlap.distance_bytes)
        for overlap in step.overlaps
        if overlap.input in moved
    )
    return replace(
        step,
        inputs=tuple(kept),
        body=body,
        constants=(*step.constants, *constants),
        overlaps=overlaps,
    )


def _renamed(line: str, names: dict[int, str]) -> str:
    return _INPUT.sub(lambda match: names[int(match[1])], line)
