"""Fixed-point arithmetic of TensorFlow Lite's int8 kernels, and the constants of requantize.h.

Source: gemmlowp's ``fixedpoint.h`` and TensorFlow's ``quantization_util.cc``; bounds proved here, channel by channel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from generator.compiler.arithmetic import quantize_multiplier

#: the high multiplication takes twice the accumulator
ACCUMULATOR_LIMIT = 1 << 30
_MAX_SHIFT = 22


@dataclass(frozen=True)
class Requantisation:
    """Of each output channel.

    fast: whether rows are {multiplier, rounding, shift} of ``mlf_requant``, proved to hold; otherwise they are
          {multiplier, shift, zero point} for the exact form.
    rows: int32 [channels, 3].
    why:  what keeps the fast form away, or "".
    """

    fast: bool
    rows: np.ndarray
    why: str = ""


def requantisation(scales: np.ndarray, zero_point: int, bounds: np.ndarray) -> Requantisation:
    """scales: float64 [channels], of accumulators. bounds: int64 [channels], of accumulators' magnitudes."""
    pairs = [quantize_multiplier(float(scale)) for scale in scales]
    rows, why = [], ""
    for (multiplier, shift), bound in zip(pairs, bounds.tolist(), strict=True):
        row = _fast_row(multiplier, shift, zero_point, bound)
        if isinstance(row, str):
            why = why or row
            break
        rows.append(row)
    if not why:
        return Requantisation(True, np.array(rows, np.int32).reshape(-1, 3))
    exact = [(multiplier, shift, zero_point) for multiplier, shift in pairs]
    return Requantisation(False, np.array(exact, np.int32).reshape(-1, 3), why)


def _fast_row(multiplier: int, shift: int, zero_point: int, bound: int) -> tuple[int, int, int] | str:
    """{multiplier, rounding, shift} for requantize.h, or what keeps it from being exact."""
    constant = (0, 1 + 2 * zero_point, 1)
    if multiplier == 0:
        return constant
    if bound >= ACCUMULATOR_LIMIT:
        return f"accumulators reach {bound}, beyond 2^30"
    right = -shift
    if right < 1:
        return f"a scale of {multiplier / 2.0 ** (31 - shift):.3g} is not below 0.5"
    if right > _MAX_SHIFT:
        # Rounded away altogether: every accumulator gives the zero point.
        reach = (bound * multiplier + (1 << 30)) >> 31
        if reach < 1 << (right - 1):
            return constant
        return f"a scale of {multiplier / 2.0 ** (31 - shift):.3g} needs a shift by {right}"
    return multiplier, (1 << (right - 1)) + (zero_point << right), right


def accumulator_bounds(weights: np.ndarray, bias: np.ndarray, input_zero_point: int) -> np.ndarray:
    """Largest magnitudes that sums can pass through, int64 [channels]: whatever int8 inputs, in any order.

    weights: [channels, taps], bias: [channels], of which the zero point's share is not yet taken.
    """
    taps = np.abs(weights.astype(np.int64)).sum(axis=1) * 128
    folded = bias.astype(np.int64) - input_zero_point * weights.astype(np.int64).sum(axis=1)
    bound: np.ndarray = taps + np.abs(folded)
    return bound


def pairs_fit(weights: np.ndarray, bounds: np.ndarray) -> bool:
    """Whether each odd channel can share int16 words with the even one before it, as first + 256 * second.

    weights: int8 [channels, taps]; bounds: of their sums. The second's sum is taken from the upper 24 bits of 32.
    """
    second = weights[1::2]
    beyond = (second == -128) & (weights[0::2][: len(second)] < 0)
    return not beyond.any() and bool((bounds[1::2] < 1 << 23).all())


def pair(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """int64: first + 256 * second, of weights or of biases."""
    return first.astype(np.int64) + 256 * second.astype(np.int64)
