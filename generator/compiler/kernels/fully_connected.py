"""FULLY_CONNECTED on int8 for fully_connected_s8.h."""

from __future__ import annotations

import numpy as np

from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.kernels.requantise import (
    accumulator_ranges,
    folded_bias,
    pair,
    pairs_fit,
    requantisation,
    without,
)
from generator.compiler.step import Constant, Overlap


def pack_fully_connected(
    rows: int,
    weights: np.ndarray,
    bias: np.ndarray | None,
    scales: np.ndarray,
    input_zero_point: int,
    output_zero_point: int,
    activation: tuple[int, int] = (-128, 127),
) -> Kernel:
    """A dense layer on [rows, K].

    weights: int8 [N, K], zero point 0. bias: int32 [N] or None. scales: float64 [1] or [N], input times weight over
    output. activation: (low, high) of the fused one, in output quanta.
    """
    outputs, inputs = weights.shape
    zero = np.zeros(outputs, np.int32) if bias is None else bias
    ranges = accumulator_ranges(weights, zero, input_zero_point)
    per_channel = len(scales) > 1
    widest = np.array([[ranges[:, 0].min(), ranges[:, 1].max()]])
    quantised = requantisation(scales, output_zero_point, ranges if per_channel else widest, activation)
    constant = np.broadcast_to(quantised.constant, (outputs,))
    weights, zero, ranges = (without(constant, each) for each in (weights, zero, ranges))
    folded = folded_bias(weights, zero, input_zero_point)
    padded = np.zeros((outputs, -(-inputs // 4) * 4), np.int8)
    padded[:, :inputs] = weights
    whole = outputs // 4 * 4 if quantised.fast else 0
    paired = quantised.fast and pairs_fit(weights[:whole], ranges[:whole])
    packed = np.concatenate(
        [_fours(padded[:whole], folded[:whole], paired), _rows(padded[whole:], folded[whole:])]
    )
    columns = 3 if quantised.fast else 2
    values: dict[str, int | str] = {
        **dense_members(rows, weights, output_zero_point, activation),
        "per_channel": int(per_channel),
        "packed": "packed",
        "quantisation": "quantisation",
    }
    form = "" if paired else "_plain" if quantised.fast else "_exact"
    scratch = inputs % 4 != 0
    return Kernel(
        headers=("fully_connected_s8.h",),
        body=struct_body(
            "mlf_fully_connected_s8_layer",
            values,
            f"mlf_fully_connected_s8{form}(in0, out0, {'scratch' if scratch else '0'}, &layer);",
        ),
        constants=(
            Constant("packed", "uint32_t", packed.astype(np.uint32)),
            Constant("quantisation", "int32_t", quantised.rows[:, :columns].reshape(-1)),
        ),
        scratch_bytes=padded.shape[1] if scratch else 0,
        overlaps=(Overlap(0, 0, max((row + 1) * outputs - row * inputs for row in (0, rows - 1))),),
        description=(
            "4 outputs per pass, int8 weights" if quantised.fast else "int8 weights, 64-bit requantisation"
        )
        + (" in pairs" if paired else ""),
        macs=rows * weights.size,
        instructions=_instructions(rows, (whole, outputs - whole), padded.shape[1], 1.03 if paired else 1.28),
        notes=(f"exact 64-bit requantisation: {quantised.why}",) if quantised.why else (),
    )


def dense_members(
    rows: int, weights: np.ndarray, output_zero_point: int, activation: tuple[int, int]
) -> dict[str, int]:
    """The first members of the structs of dense layers on int8.

    weights: [N, K]; activation: (low, high) of the output.
    """
    outputs, inputs = weights.shape
    return {
        "rows": rows,
        "inputs": inputs,
        "outputs": outputs,
        "output_zero_point": output_zero_point,
        "low": activation[0],
        "high": activation[1],
    }


def _rows(weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """uint32: for each output its bias and its weights. weights: int8 [outputs, inputs in fours]."""
    head = (bias & 0xFFFFFFFF).astype("<u4")[:, None]
    return np.concatenate([head, np.ascontiguousarray(weights).view("<u4")], axis=1).reshape(-1)


def _fours(weights: np.ndarray, bias: np.ndarray, paired: bool) -> np.ndarray:
    """uint32: for each four outputs their biases, then their weights of each four inputs."""
    blocks, steps = len(weights) // 4, weights.shape[1] // 4
    if not paired:
        words = np.ascontiguousarray(weights).view("<u4").reshape(blocks, 4, steps).transpose(0, 2, 1)
        head = bias.reshape(blocks, 4)
    else:
        # [block, pair of outputs, output, step, (inputs 0 and 2, 1 and 3), input]
        six = weights.reshape(blocks, 2, 2, steps, 2, 2).transpose(0, 1, 2, 3, 5, 4)
        halves = pair(six[:, :, 0], six[:, :, 1]).astype("<i2").transpose(0, 2, 1, 3, 4)
        words = np.ascontiguousarray(halves).view("<u4")
        two = bias.reshape(blocks, 2, 2)
        head = np.stack([two[..., 0], pair(two[..., 0], two[..., 1])], axis=-1).reshape(blocks, 4)
    head = (head & 0xFFFFFFFF).astype("<u4")
    return np.concatenate([head, words.reshape(blocks, 4 * steps)], axis=1).reshape(-1)


def _instructions(rows: int, outputs: tuple[int, int], inputs: int, each: float) -> int:
    """outputs: in fours, and one by one."""
    whole, rest = outputs
    return rows * (round(whole * (inputs * each + 12)) + rest * (inputs * 9 // 4 + 50) + 60)
