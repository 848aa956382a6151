"""Fixed-point arithmetic of TensorFlow Lite's int8 kernels, and the constants of requantize.h.

Source: gemmlowp's ``fixedpoint.h`` and TensorFlow's ``quantization_util.cc``; bounds proved here, channel by channel.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from generator.compiler.arithmetic import multiply_by_quantized_multiplier, quantize_multiplier

#: the high multiplication takes twice the accumulator
ACCUMULATOR_LIMIT = 1 << 30
_INT32 = 1 << 31


class Requantisation(Struct, frozen=True):
    """How the sums of each output channel become int8.

    fast: whether rows are {multiplier, rounding, shift} of ``mlf_requant``, proved to hold; otherwise they are
          {multiplier, shift, zero point} for the exact form.
    rows: int32 [channels, 3].
    constant: bool [channels], fast channels that give one value whatever the accumulator: weights may be 0.
    why:  what keeps the fast form away, or "".
    """

    fast: bool
    rows: np.ndarray
    constant: np.ndarray
    why: str = ""


def requantisation(
    scales: np.ndarray, zero_point: int, ranges: np.ndarray, activation: tuple[int, int] = (-128, 127)
) -> Requantisation:
    """Prepare the requantisation of a layer's output channels.

    scales: float64 [channels], of accumulators. ranges: int64 [channels, 2], least and greatest accumulators.

    activation: (low, high) of the fused one, which may make a channel constant.
    """
    pairs = [quantize_multiplier(float(scale)) for scale in scales]
    rows: list[tuple[int, int, int]] = []
    constant, why = [], ""
    for (multiplier, shift), (least, most) in zip(pairs, ranges.tolist(), strict=True):
        value = _only_value(multiplier, shift, zero_point, (least, most), activation)
        constant.append(value is not None)
        if value is not None:
            # Multiplied by 0, (-1 or 0, by the sign, + 1 + 2 * value) >> 1 is the value.
            rows.append((0, 1 + 2 * value, 1))
            continue
        why = why or _obstacle(multiplier, shift, zero_point, least, most)
        rows.append((multiplier, _rounding(-shift, zero_point), -shift))
    if not why:
        return Requantisation(True, np.array(rows, np.int32).reshape(-1, 3), np.array(constant, bool))
    exact = [(multiplier, shift, zero_point) for multiplier, shift in pairs]
    return Requantisation(False, np.array(exact, np.int32).reshape(-1, 3), np.zeros(len(exact), bool), why)


def _only_value(
    multiplier: int, shift: int, zero_point: int, ends: tuple[int, int], activation: tuple[int, int]
) -> int | None:
    """What every accumulator between two ends gives, where it is one value: the scaling is monotonic."""
    if multiplier == 0:
        ends = (0, 0)
    if ends[0] < -_INT32 or ends[1] >= _INT32 or shift > 0:
        return None
    low, high = activation
    values = {
        min(max(multiply_by_quantized_multiplier(end, multiplier, shift) + zero_point, low), high)
        for end in ends
    }
    return values.pop() if len(values) == 1 else None


def _rounding(right: int, zero_point: int) -> int:
    return (1 << (right - 1)) + (zero_point << right) if right > 0 else 0


def _obstacle(multiplier: int, shift: int, zero_point: int, least: int, most: int) -> str:
    """What keeps a channel from the fast form, or ""."""
    reach = max(-least, most)
    if reach >= ACCUMULATOR_LIMIT:
        return f"accumulators reach {reach}, beyond 2^30"
    scale = multiplier / 2.0 ** (31 - shift)
    if shift >= 0:
        return f"a scale of {scale:.3g} is not below 0.5"
    rounding = _rounding(-shift, zero_point)
    highs = [((end * multiplier + (1 << 30)) >> 31) + rounding for end in (least, most)]
    if not -_INT32 <= rounding < _INT32 or highs[0] - 1 < -_INT32 or highs[1] >= _INT32:
        return f"a scale of {scale:.3g} needs a shift by {-shift}"
    return ""


def accumulator_ranges(weights: np.ndarray, bias: np.ndarray, input_zero_point: int) -> np.ndarray:
    """The least and the greatest sum that int8 inputs can give, int64 [channels, 2].

    weights: [channels, taps], bias: [channels], of which the zero point's share is not yet taken. Sums on the way
    may be greater; they wrap, and what is left of them at the end is right.
    """
    return sum_ranges(weights, folded_bias(weights, bias, input_zero_point))


def folded_bias(weights: np.ndarray, bias: np.ndarray, input_zero_point: int) -> np.ndarray:
    """The bias with the input's zero point taken: int64 [channels].

    weights: [channels, taps], zero point 0. bias: [channels].
    """
    folded: np.ndarray = bias.astype(np.int64) - input_zero_point * weights.astype(np.int64).sum(axis=1)
    return folded


def sum_ranges(weights: np.ndarray, folded: np.ndarray) -> np.ndarray:
    """The least and the greatest sum that int8 inputs can give: int64 [channels, 2].

    weights: [channels, taps]. folded: int64 [channels], as ``folded_bias`` gives it.
    """
    wide = weights.astype(np.int64)
    above, below = np.maximum(wide, 0).sum(axis=1), np.minimum(wide, 0).sum(axis=1)
    return np.stack([folded - 128 * above + 127 * below, folded + 127 * above - 128 * below], axis=1)


def int8_offset(weights: np.ndarray) -> int:
    """What to subtract from weights, so that the middle of their range is that of int8; 0 where they are int8."""
    low, high = int(weights.min(initial=0)), int(weights.max(initial=0))
    return 0 if low >= -128 and high <= 127 else (low + high + 1) // 2


def without(constant: np.ndarray, values: np.ndarray) -> np.ndarray:
    """values [channels, ...] with 0 where ``constant``, bool [channels], is set."""
    mask = constant.reshape(-1, *(1,) * (values.ndim - 1))
    return np.where(mask, np.zeros_like(values), values)


def pairs_fit(weights: np.ndarray, ranges: np.ndarray) -> bool:
    """Whether each odd channel can share int16 words with the even one before it, as first + 256 * second.

    weights: [channels, taps]; ranges: of their sums. The second's sum is taken from the upper 24 bits
    of 32.
    """
    if weights.min(initial=0) < -128 or weights.max(initial=0) > 127:
        return False
    second = weights[1::2]
    beyond = (second == -128) & (weights[0::2][: len(second)] < 0)
    return not beyond.any() and bool((np.abs(ranges[1::2]) < 1 << 23).all())


def pair(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """int64: first + 256 * second, of weights or of biases of one shape."""
    return first.astype(np.int64) + 256 * second.astype(np.int64)
