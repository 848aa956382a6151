"""What LSTMs of all element types have in common: their inputs' positions, shapes, states and steps."""

from __future__ import annotations

import math

import numpy as np

from generator.compiler.context import Context, quantization
from generator.compiler.kernels.kernel import struct_body
from generator.compiler.step import Constant, Step, Unsupported

#: gate -> what comes after its index in the names of members
GATES = ("input", "forget", "cell", "output")
#: positions of the last output and of the cell state
HIDDEN, STATE = 18, 19


def lstm_sizes(context: Context) -> dict[str, int]:
    """The members that both structs begin with. Raises Unsupported where shapes disagree."""
    source, weights, target = context.input(0), context.input(2), context.output()
    if len(source.shape) != 3 or len(weights.shape) != 2 or 0 in (*source.shape, *weights.shape):
        raise Unsupported(f"has an input of shape {source.shape} and weights of shape {weights.shape}")
    time_major = int(bool(context.operator.integer("time_major")))
    first, second, inputs = source.shape
    batches, steps = (second, first) if time_major else (first, second)
    cells = weights.shape[0]
    for gate in gates_of(context):
        for position, shape in (
            (1 + gate, (cells, inputs)),
            (5 + gate, (cells, cells)),
            (12 + gate, (cells,)),
        ):
            tensor = context.input(position)
            if tensor.shape != shape:
                raise Unsupported(f"has {tensor.name!r} of shape {tensor.shape}, not {shape}")
    if target.shape != (first, second, cells):
        raise Unsupported(f"has an output of shape {target.shape}, not {(first, second, cells)}")
    for position in (HIDDEN, STATE):
        tensor = context.input(position)
        if not tensor.variable or tensor.elements != batches * cells:
            raise Unsupported(
                f"has a state {tensor.name!r} of {tensor.elements} elements that is not a variable"
            )
    return {"batches": batches, "steps": steps, "inputs": inputs, "cells": cells, "time_major": time_major}


def gates_of(context: Context) -> tuple[int, ...]:
    """The gates that have weights."""
    return (0, 1, 2, 3) if context.optional(1) is not None else (1, 2, 3)


def state_exponent(context: Context, least: int, most: int) -> int:
    """The power of two that is the scale of the cell state. Raises Unsupported for other scales."""
    scale = quantization(context.input(STATE)).scale
    exponent = round(math.log2(scale))
    if not math.isclose(scale, 2.0**exponent, rel_tol=1e-3) or not least <= exponent <= most:
        raise Unsupported(
            f"has a cell state of scale {scale:g}; it must be a power of two from 2^{least} to 2^{most}"
        )
    return exponent


def quantised_clip(context: Context) -> int:
    """The clip of the cell state in its quanta, 0 without one."""
    clip, scale = context.operator.real("cell_clip"), quantization(context.input(STATE)).scale
    return int(min(max(clip / scale, -32768.0), 32767.0)) if clip > 0 else 0


def table(name: str, c_type: str, content: np.ndarray) -> Constant:
    """content, row by row."""
    return Constant(name, c_type, np.ascontiguousarray(content).reshape(-1))


def lstm_step(
    context: Context,
    sizes: dict[str, int],
    kernel: str,
    values: dict[str, int | float | str],
    tables: list[Constant],
    cost: float,
    scratch_bytes: int = 0,
) -> Step:
    """A call of ``mlf_<kernel>`` with its layer. cost: instructions of a multiplication."""
    gates = len(gates_of(context))
    macs = sizes["batches"] * sizes["steps"] * gates * sizes["cells"] * (sizes["inputs"] + sizes["cells"])
    scratch = ", scratch" if scratch_bytes else ""
    call = f"mlf_{kernel}(in0, in1, in2, out0{scratch}, &layer);"
    return Step(
        context.operator.index,
        context.operator.kind,
        (context.input(0).index, context.input(HIDDEN).index, context.input(STATE).index),
        context.operator.outputs,
        struct_body(f"mlf_{kernel}_layer", values, call),
        headers=(f"{kernel}.h",),
        constants=tuple(tables),
        updates=(1, 2),
        scratch_bytes=scratch_bytes,
        kernel=f"{sizes['steps']} steps, {sizes['cells']} cells",
        macs=macs,
        notes=("input gate is 1 less the forget gate",) if gates == 3 else (),
        instructions=round(cost * macs + 500 * sizes["batches"] * sizes["steps"] * sizes["cells"]),
    )
