"""Functions of fixed-point numbers as the reference kernels approximate them.

A number is an int32 ``raw`` with a count of integer bits: value = raw / 2^(31 - bits). Source: gemmlowp's
``fixedpoint.h``.
"""

from __future__ import annotations

from generator.compiler.arithmetic import rounding_divide_by_pot, rounding_doubling_high_mul

_MAX, _MIN = 2**31 - 1, -(2**31)
#: (exponent, exp(-2^exponent) with 0 integer bits)
_EXP_STEPS = (
    (-2, 1672461947),
    (-1, 1302514674),
    (0, 790015084),
    (1, 290630308),
    (2, 39332535),
    (3, 720401),
    (4, 242),
)
_EXP_OF_MINUS_EIGHTH = 1895147668
_THIRD = 715827883
_ROOT_OF_HALF = 1518500250
_48_OVER_17, _MINUS_32_OVER_17 = 1515870810, -1010580540


def _saturate(value: int) -> int:
    return min(max(value, _MIN), _MAX)


def _times_power_of_two(raw: int, exponent: int) -> int:
    """raw * 2^exponent: saturating to the left, rounding to the right."""
    return _saturate(raw << exponent) if exponent >= 0 else rounding_divide_by_pot(raw, -exponent)


def _half_sum(a: int, b: int) -> int:
    """(a + b) / 2, ties away from zero."""
    total = a + b
    return (total + 1) // 2 if total >= 0 else -((1 - total) // 2)


def exp_on_negative_values(raw: int, integer_bits: int) -> int:
    """exp of a number <= 0, with 0 integer bits."""
    if raw == 0:
        return _MAX
    fraction_bits = 31 - integer_bits
    quarter = 1 << (fraction_bits - 2)
    part = (raw & (quarter - 1)) - quarter
    result = _exp_of_last_quarter(_times_power_of_two(part, integer_bits))
    remainder = part - raw
    for exponent, multiplier in _EXP_STEPS:
        if integer_bits > exponent and remainder >> (fraction_bits + exponent) & 1:
            result = rounding_doubling_high_mul(result, multiplier)
    if integer_bits > 5 and raw < -(32 << fraction_bits):
        return 0
    return result


def _exp_of_last_quarter(raw: int) -> int:
    """exp on [-1/4, 0), by a polynomial around -1/8; 0 integer bits."""
    x = raw + (1 << 28)
    x2 = rounding_doubling_high_mul(x, x)
    x3 = rounding_doubling_high_mul(x2, x)
    x4 = rounding_doubling_high_mul(x2, x2)
    third = rounding_doubling_high_mul(rounding_divide_by_pot(x4, 2) + x3, _THIRD)
    rest = rounding_divide_by_pot(third + x2, 1)
    return _EXP_OF_MINUS_EIGHTH + rounding_doubling_high_mul(_EXP_OF_MINUS_EIGHTH, x + rest)


def _reciprocal(raw: int) -> int:
    """2 / (1 + x) for x in [0, 1] with 0 integer bits, by Newton's method; 2 integer bits."""
    half = _half_sum(raw, _MAX)
    x = _48_OVER_17 + rounding_doubling_high_mul(half, _MINUS_32_OVER_17)
    for _ in range(3):
        error = (1 << 29) - rounding_doubling_high_mul(half, x)
        x += _times_power_of_two(rounding_doubling_high_mul(x, error), 2)
    return x


def one_over_one_plus(raw: int) -> int:
    """1 / (1 + x) for x in [0, 1]; 0 integer bits."""
    return _times_power_of_two(_reciprocal(raw), 1)


def logistic(raw: int, integer_bits: int) -> int:
    """1 / (1 + exp(-x)), with 0 integer bits."""
    if raw == 0:
        return 1 << 30
    positive = one_over_one_plus(exp_on_negative_values(-abs(raw), integer_bits))
    return positive if raw > 0 else _MAX - positive


def tanh(raw: int, integer_bits: int) -> int:
    """With 0 integer bits."""
    if raw == 0:
        return 0
    small = exp_on_negative_values(-abs(raw), integer_bits + 1)
    positive = _times_power_of_two(_reciprocal(small) - (1 << 29), 2)
    return positive if raw > 0 else -positive


def inverse_root(value: int) -> tuple[int, int]:
    """(multiplier, shift to the left) of 1 / sqrt(value), by Newton's method. value: int32 >= 1.

    Source: ``GetInvSqrtQuantizedMultiplierExp``.
    """
    if value <= 1:
        return _MAX, 0
    shift = 11
    while value >= 1 << 29:
        value //= 4
        shift += 1
    while value < 1 << 27:
        value *= 4
        shift -= 1
    whole = value >> 1
    half = (whole >> 1) + (whole & 1)
    x = 1 << 28
    for _ in range(5):
        # x has 3 integer bits, its cube 9, the products below 6.
        cube = _times_power_of_two(rounding_doubling_high_mul(rounding_doubling_high_mul(x, x), x), 6)
        step = rounding_doubling_high_mul((1 << 28) + (1 << 27), x) - rounding_doubling_high_mul(half, cube)
        x = _times_power_of_two(step, 3)
    x = rounding_doubling_high_mul(x, _ROOT_OF_HALF)
    if shift < 0:
        return (x << -shift) & 0x7FFFFFFF, 0
    return x, -shift
