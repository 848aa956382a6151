"""ADD, SUB and MUL on int8 for elementwise_s8.h."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

from generator.compiler.arithmetic import multiply_by_quantized_multiplier, quantize_multiplier
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.kernels.requantise import Requantisation, requantisation
from generator.compiler.step import Constant, Overlap

_LEFT_SHIFT = 20
_RANK = 4


class Operand(Struct, frozen=True):
    """An int8 tensor: its shape, scale (float32 as a Python float) and zero point."""

    shape: tuple[int, ...]
    scale: float
    zero_point: int


def pack_add(
    first: Operand,
    second: Operand,
    output: Operand,
    activation: tuple[int, int] = (-128, 127),
    subtract: bool = False,
) -> Kernel:
    """first + second, or first - second. Raises ValueError where broadcasting takes more than four dimensions.

    Source: TensorFlow Lite's ``add.cc``: inputs scaled by 2^20 over twice the greater scale, rounded by themselves.
    """
    twice = 2.0 * max(first.scale, second.scale)
    values = [_scaled(first, twice), _scaled(second, twice)]
    if subtract:
        values[1] = -values[1]
    # The input of the greater scale is halved without rounding: a factor does, and the other has the table.
    tabled = 0 if second.scale >= first.scale else 1
    straight = (first, second)[1 - tabled]
    factor = (-1 if subtract and tabled == 0 else 1) << _LEFT_SHIFT
    table = 2 * values[tabled] - factor * straight.zero_point
    bound = sum(int(np.abs(each).max()) for each in values)
    scale = twice / ((1 << _LEFT_SHIFT) * output.scale)
    quantised = requantisation(np.array([scale]), output.zero_point, np.array([[-bound, bound]]))
    operands = (first, second) if tabled == 0 else (second, first)
    members = {**_members(operands, output, activation, quantised), "factor": factor, "table": "table"}
    names = ("in0", "in1") if tabled == 0 else ("in1", "in0")
    return _kernel(
        (first, second),
        output,
        struct_body(
            "mlf_elementwise_s8_layer",
            members,
            f"mlf_elementwise_s8_add({names[0]}, {names[1]}, out0, &layer);",
        ),
        (Constant("table", "int32_t", table.astype(np.int32)),),
        quantised,
        11,
    )


def pack_mul(
    first: Operand, second: Operand, output: Operand, activation: tuple[int, int] = (-128, 127)
) -> Kernel:
    """first * second. Raises ValueError where broadcasting takes more than four dimensions."""
    scale = first.scale * second.scale / output.scale
    quantised = requantisation(np.array([scale]), output.zero_point, np.array([[-(255 * 255), 255 * 255]]))
    members: dict[str, int | str] = {
        **_members((first, second), output, activation, quantised),
        "first_zero_point": first.zero_point,
        "second_zero_point": second.zero_point,
    }
    call = "mlf_elementwise_s8_mul(in0, in1, out0, &layer);"
    body = struct_body("mlf_elementwise_s8_layer", members, call)
    return _kernel((first, second), output, body, (), quantised, 12)


def add_with(
    first: Operand, second: Operand, output: Operand, activation: tuple[int, int], subtract: bool = False
) -> Callable[[int, int], int]:
    """What ``pack_add`` computes of one element of each input."""
    twice = 2.0 * max(first.scale, second.scale)
    left, right = _scaled(first, twice).tolist(), _scaled(second, twice).tolist()
    pair = quantize_multiplier(twice / ((1 << _LEFT_SHIFT) * output.scale))

    def element(a: int, b: int) -> int:
        total = left[a & 0xFF] + (-right[b & 0xFF] if subtract else right[b & 0xFF])
        return _finished(multiply_by_quantized_multiplier(total, *pair), output, activation)

    return element


def mul_with(
    first: Operand, second: Operand, output: Operand, activation: tuple[int, int]
) -> Callable[[int, int], int]:
    """What ``pack_mul`` computes of one element of each input."""
    pair = quantize_multiplier(first.scale * second.scale / output.scale)

    def element(a: int, b: int) -> int:
        product = (a - first.zero_point) * (b - second.zero_point)
        return _finished(multiply_by_quantized_multiplier(product, *pair), output, activation)

    return element


def _finished(scaled: int, output: Operand, activation: tuple[int, int]) -> int:
    """With the zero point, which may wrap as the reference kernels' sum does, and the activation."""
    value = (scaled + output.zero_point + (1 << 31)) % (1 << 32) - (1 << 31)
    return min(max(value, activation[0]), activation[1])


def _scaled(operand: Operand, twice: float) -> np.ndarray:
    """int64 [256]: what each byte, as uint8, becomes before the addition."""
    pair = quantize_multiplier(operand.scale / twice)
    bytes_ = np.arange(256, dtype=np.uint8).view(np.int8).tolist()
    shifted = [(value - operand.zero_point) << _LEFT_SHIFT for value in bytes_]
    return np.array([multiply_by_quantized_multiplier(value, *pair) for value in shifted], np.int64)


def _members(
    operands: tuple[Operand, Operand],
    output: Operand,
    activation: tuple[int, int],
    quantised: Requantisation,
) -> dict[str, int | str]:
    lengths, steps = walk(output.shape, [operand.shape for operand in operands])
    members: dict[str, int | str] = {}
    for name, row in (("lengths", lengths), ("first_steps", steps[0]), ("second_steps", steps[1])):
        members |= {f"{name}[{axis}]": value for axis, value in enumerate(row)}
    multiplier, second, third = quantised.rows[0].tolist()
    return {
        **members,
        "exact": int(not quantised.fast),
        "output_zero_point": output.zero_point,
        "low": activation[0],
        "high": activation[1],
        "requant.multiplier": multiplier,
        "requant.rounding": second,
        "requant.shift": third,
    }


def walk(output: tuple[int, ...], shapes: Sequence[tuple[int, ...]]) -> tuple[list[int], list[list[int]]]:
    """(lengths, steps of each input) of the four loops of elementwise_s8.h, outermost first; steps are in elements.

    Neighbouring dimensions are merged where that is possible. Raises ValueError if more than four loops remain.
    """
    rank = len(output)
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    strides = [
        [int(np.prod(shape[axis + 1 :])) if shape[axis] > 1 else 0 for axis in range(rank)]
        for shape in padded
    ]
    lengths: list[int] = []
    steps: list[list[int]] = [[] for _ in shapes]
    for axis in range(rank):
        if output[axis] == 1:
            continue
        fits = lengths and all(
            row[-1] == stride[axis] * output[axis] for row, stride in zip(steps, strides, strict=True)
        )
        if fits:
            lengths[-1] *= output[axis]
            for row, stride in zip(steps, strides, strict=True):
                row[-1] = stride[axis]
        else:
            lengths.append(output[axis])
            for row, stride in zip(steps, strides, strict=True):
                row.append(stride[axis])
    if len(lengths) > _RANK or any(row and row[-1] > 1 for row in steps):
        raise ValueError(f"broadcasting takes more than {_RANK} dimensions")
    missing = _RANK - len(lengths)
    return [1] * missing + lengths, [[0] * missing + row for row in steps]


def _kernel(
    operands: tuple[Operand, Operand],
    output: Operand,
    body: tuple[str, ...],
    constants: tuple[Constant, ...],
    quantised: Requantisation,
    each: int,
) -> Kernel:
    elements = int(np.prod(output.shape))
    whole = [int(np.prod(operand.shape)) == elements for operand in operands]
    return Kernel(
        headers=("elementwise_s8.h",),
        body=body,
        constants=constants,
        overlaps=tuple(Overlap(position, 0, 0) for position, fits in enumerate(whole) if fits),
        description=("4 elements per pass" if all(whole) else "broadcast")
        + ("" if quantised.fast else ", 64-bit requantisation"),
        instructions=elements * (each if all(whole) and quantised.fast else 30),
        notes=(f"exact 64-bit requantisation: {quantised.why}",) if quantised.why else (),
    )
