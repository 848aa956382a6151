"""FULLY_CONNECTED of networks that were uint8 for fully_connected_real.h."""

from __future__ import annotations

import numpy as np

from generator.compiler.kernels.fully_connected import dense_members
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.kernels.requantise import int8_offset
from generator.compiler.step import Constant


def pack_real(
    rows: int,
    weights: np.ndarray,
    folded: np.ndarray,
    scale: float,
    output_zero_point: int,
    activation: tuple[int, int],
) -> Kernel:
    """A dense layer on [rows, K], its sums scaled as double.

    weights: int64 [N, K], zero point 0, no more than 255 between the least and the greatest. folded: [N], bias with
    the input's zero point taken. Their ``sum_ranges`` must fit in int32; sums on the way, of weights less an offset,
    may be greater, and wrap. activation: (low, high) of the fused one, in output quanta.
    """
    outputs, inputs = weights.shape
    offset = int8_offset(weights)
    values: dict[str, int | float | str] = {
        **dense_members(rows, weights, output_zero_point, activation),
        **({"weight_offset": offset} if offset else {}),
        "bias": "bias",
        "weights": "weights",
    }
    macs = rows * outputs * inputs
    return Kernel(
        ("fully_connected_real.h",),
        struct_body(
            "mlf_fully_connected_real_layer",
            values,
            f"mlf_fully_connected_real(in0, out0, {scale.hex()}, &layer);",
        ),
        constants=(
            Constant("bias", "int32_t", folded.astype(np.int32)),
            Constant("weights", "int8_t", (weights - offset).astype(np.int8).reshape(-1)),
        ),
        description=f"int8 weights{f' less {offset}' if offset else ''}, sums scaled as double",
        macs=macs,
        # A double is scaled and rounded in software.
        instructions=7 * macs // 3 + 440 * rows * outputs + (3 * rows * inputs if offset else 0),
    )
