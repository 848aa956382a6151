"""FULLY_CONNECTED on int8 for fully_connected_s8.h."""

from __future__ import annotations

import numpy as np

from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.kernels.requantise import accumulator_bounds, requantisation
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
    bounds = accumulator_bounds(weights, zero, input_zero_point)
    per_channel = len(scales) > 1
    quantised = requantisation(
        scales, output_zero_point, bounds if per_channel else np.array([bounds.max(initial=0)])
    )
    folded = zero.astype(np.int64) - input_zero_point * weights.astype(np.int64).sum(axis=1)
    padded = np.zeros((outputs, -(-inputs // 4) * 4), np.int8)
    padded[:, :inputs] = weights
    words = padded.view("<u4")
    head = (folded & 0xFFFFFFFF).astype("<u4")[:, None]
    whole = outputs // 4 * 4
    table = np.concatenate([head, words], axis=1)
    fours = table[:whole].reshape(-1, 4, table.shape[1]).transpose(0, 2, 1).reshape(-1)
    packed = np.concatenate([fours, table[whole:].reshape(-1)]).astype(np.uint32)
    columns = 3 if quantised.fast else 2
    values: dict[str, int | str] = {
        "rows": rows,
        "inputs": inputs,
        "outputs": outputs,
        "output_zero_point": output_zero_point,
        "low": activation[0],
        "high": activation[1],
        "per_channel": int(per_channel),
        "packed": "packed",
        "quantisation": "quantisation",
    }
    function = "mlf_fully_connected_s8" + ("" if quantised.fast else "_exact")
    scratch = inputs % 4 != 0
    return Kernel(
        headers=("fully_connected_s8.h",),
        body=struct_body(
            "mlf_fully_connected_s8_layer",
            values,
            f"{function}(in0, out0, {'scratch' if scratch else '0'}, &layer);",
        ),
        constants=(
            Constant("packed", "uint32_t", packed),
            Constant("quantisation", "int32_t", quantised.rows[:, :columns].reshape(-1)),
        ),
        scratch_bytes=padded.shape[1] if scratch else 0,
        overlaps=(Overlap(0, 0, max((row + 1) * outputs - row * inputs for row in (0, rows - 1))),),
        description="4 outputs a pass, int8 weights" + ("" if quantised.fast else ", 64-bit requantisation"),
        macs=rows * weights.size,
        instructions=_instructions(rows, outputs, padded.shape[1], quantised.fast),
        notes=(f"exact 64-bit requantisation: {quantised.why}",) if quantised.why else (),
    )


def _instructions(rows: int, outputs: int, inputs: int, fast: bool) -> int:
    if not fast:
        return rows * outputs * (inputs * 5 // 2 + 40)
    whole, rest = outputs // 4 * 4, outputs % 4
    return rows * (round(whole * (inputs * 1.28 + 12)) + rest * (inputs * 5 // 2 + 25) + 60)
